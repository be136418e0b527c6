// Errors of the quarantine: rows that the target refuses, sealed for who has the private key.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const QUARANTINE = {
  ANON_QUARANTINED: entry(
    EXIT.dataRefused,
    'The run is done, but the target refused {count} row(s); they are sealed in {file}.',
    'Open them with `anonymize quarantine open` where the private key is; `quarantined` in the report counts them by table.',
  ),
  ANON_QUARANTINE_FULL: entry(
    EXIT.dataRefused,
    'The target refuses more than {max} row(s), which is all that `quarantine.max_rows` allows.',
    'Correct what makes it refuse them, or raise `max_rows`.',
  ),
  ANON_QUARANTINE_FILE: entry(
    EXIT.diskFull,
    'The file {file} of the quarantine cannot be written: {detail}.',
    'Correct `quarantine.file`, or move the other file away; with {run} in its name, every run has a file of its own.',
  ),
  ANON_QUARANTINE_KEY: entry(
    EXIT.config,
    '{path}: that is no X25519 {wanted} key in PEM.',
    'Make a pair with `anonymize quarantine keygen`; runs get the public key, and who opens has the private one.',
  ),
  ANON_QUARANTINE_KEY_FILE: entry(
    EXIT.diskFull,
    'The key file {file} cannot be written ({detail}).',
    'Choose another name; a key file is never overwritten.',
  ),
  ANON_QUARANTINE_WRONG_KEY: entry(
    EXIT.privilege,
    '{file} is sealed for the key {wanted}; the private key given is of {given}.',
    'Give the private key whose public one the run had.',
  ),
  ANON_QUARANTINE_DAMAGED: entry(
    EXIT.dataRefused,
    '{file} is damaged: {detail}.',
    'Use an unchanged copy of the file; nothing behind the damage was opened.',
  ),
  ANON_QUARANTINE_UNFINISHED: entry(
    EXIT.dataRefused,
    '{file} has no end: its run did not get all of its slices into the target.',
    'Resume the run, which completes the file; --unfinished opens what is there, also rows of attempts that were repeated.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
