// Errors of the control database: its vault, the privacy budget, and the way back.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const CONTROL = {
  // The control database and its vault
  ANON_CONTROL_MIGRATE: entry(
    EXIT.config,
    'The control database lacks {missing}.',
    'Run `anonymize migrate --config FILE`.',
  ),
  ANON_CONTROL_LOCKED: entry(
    EXIT.locked,
    'A lock on the control database could not be had in time{place}.',
    'Find the session that holds it (pg_locks), then run again.',
  ),
  ANON_VAULT_PLACE: entry(
    EXIT.config,
    'The URL under `control:` leads to the {side} database.',
    'Give vault and budget a database of their own: whoever has the {side} must not have what tokens stand for.',
  ),
  ANON_VAULT_SECRET: entry(
    EXIT.config,
    'The secret is not the one that the vault was filled with.',
    'Use the earlier secret, or another control database.',
  ),
  ANON_VAULT_DOMAIN: entry(
    EXIT.config,
    'The vault has no domain "{domain}".{suggestion}',
    'Run `anonymize vault stats` for the domains that it has.',
  ),
  ANON_VAULT_COLLISION: entry(
    EXIT.dataRefused,
    'Domain "{domain}": two values got the same token.',
    'Make the tokens longer, or use `mode: random`, in a domain of another name.',
  ),
  ANON_VAULT_FORMAT: entry(
    EXIT.dataRefused,
    'Domain "{domain}": the vault has other tokens for its values than the options say.',
    'Use the same options wherever a domain is used, or a domain of another name; `anonymize vault purge` forgets the old tokens.',
  ),
  ANON_VAULT_FULL: entry(
    EXIT.dataRefused,
    'Domain "{domain}": no free token could be drawn for a value.',
    'Make the tokens longer, in a domain of another name.',
  ),
  ANON_VAULT_PURGED: entry(
    EXIT.locked,
    'Domain "{domain}" was purged while its tokens were written.',
    'Run again; values get tokens anew.',
  ),
  ANON_VAULT_TOKENS: entry(
    EXIT.dataRefused,
    '{missing} of {asked} token(s) are not in domain "{domain}".',
    'Check the domain; tokens of a purged one stand for nothing any more.',
  ),
  ANON_VAULT_SEAL: entry(
    EXIT.dataRefused,
    'Domain "{domain}": {count} sealed value(s) do not open: rows of the vault were changed.',
    'Restore the vault from a backup.',
  ),

  // The privacy budget
  ANON_BUDGET_SPENT: entry(
    EXIT.config,
    '{place}: each of its rows has spent {what} = {spent} of local differential privacy, this run asks for {asked} more, and the ceiling is {ceiling}.',
    'Repeat an epoch with the options and the secret that it had, spend less, or raise the ceiling under `budget:`.',
  ),
  ANON_BUDGET_DATABASE: entry(
    EXIT.config,
    'The source does not tell this role its identity (SQLSTATE {sqlstate}), under which spent privacy is recorded.',
    'Grant EXECUTE on function pg_control_system(), or name the data by `budget: { database: NAME }`.',
  ),

  // Decrypting
  ANON_DECRYPT_COLUMN: entry(
    EXIT.config,
    '{place}: the target has no such {what}.{suggestion}',
    'Correct the name; it is schema.table.column of the target.',
  ),
  ANON_DECRYPT_RULE: entry(EXIT.config, '{place}: {detail}', '{fixHint}'),
  ANON_DECRYPT_READS: entry(
    EXIT.config,
    '{place}: its values depend on column {column}, {why}.',
    'Where you know what that column held, give the values with `--table-column` and `--with {column}=VALUE`.',
  ),
  ANON_DECRYPT_SECRET: entry(
    EXIT.config,
    'The secret is not the one that the target was filled with.',
    'Use the secret of that run; another one would give values that nobody ever had.',
  ),
  ANON_DECRYPT_UNCHECKED: entry(
    EXIT.config,
    'The ledger of the target does not tell which secret it was filled with.',
    'Name a target that `anonymize sync` has filled, or add --unchecked: a wrong secret then gives wrong values.',
  ),
  ANON_DECRYPT_VALUES: entry(
    EXIT.dataRefused,
    '{place}: {missing} of {asked} replacement(s) have no value that can be told.',
    'Check that they are of this column, and that the configuration is that of the run; what a rule replaced for good is gone.',
  ),

  ANON_EMBEDDED_POSTGRES: entry(
    EXIT.databaseAway,
    'The embedded PostgreSQL (demo, tests) cannot start: {detail}',
    '{fixHint}',
  ),
} as const satisfies Record<string, CatalogueEntry>;
