// Errors of the databases and of services.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const DATABASES = {
  // Databases
  ANON_UNREACHABLE: entry(
    EXIT.databaseAway,
    '{side}: {detail}',
    'Check host, port and that the server accepts connections.',
  ),
  ANON_NO_DATABASE: entry(
    EXIT.databaseAway,
    '{side}: the server has no database "{database}".',
    'Create it, or correct the URL.',
  ),
  ANON_AUTHENTICATION: entry(
    EXIT.privilege,
    '{side}: the server refused the log-in of role "{role}".{detail}',
    'Check user and password, and the certificate where the server asks for one (`tls: { cert, key }`).',
  ),
  ANON_TLS: entry(
    EXIT.databaseAway,
    '{side}: TLS: {detail}',
    'Give the CA with `tls: { ca: FILE }`, and a certificate of ours with `cert` and `key`; weakening it takes an explicit `tls: { verify: … }`.',
  ),
  ANON_CONNECTION_LOST: entry(
    EXIT.databaseAway,
    '{side}: the connection was lost{place}.',
    'Check the server and the network, then run again.',
  ),
  ANON_SERVER_SHUTDOWN: entry(
    EXIT.databaseAway,
    '{side}: the server ended the session{place}.',
    'Check why, then run again.',
  ),
  ANON_CANCELLED: entry(
    EXIT.locked,
    '{side}: the server cancelled a statement{place}: somebody asked it to, or a time limit that this session may not change.',
    'Find who did (the log of the server says why), then run again.',
  ),
  ANON_DISK_FULL: entry(EXIT.diskFull, '{side}: the disk is full{place}.', 'Make room, then run again.'),
  ANON_SNAPSHOT_GONE: entry(
    EXIT.databaseAway,
    'The snapshot of the source is gone{detail}.',
    'Run again; a new snapshot is taken. After --resume, `anonymize sync --restart` does that.',
  ),
  ANON_TARGET_NOT_RESTORED: entry(
    EXIT.databaseAway,
    'The target could not be put right after that: {reason}',
    'Run again when it can be reached: what pgveil.put_aside lists comes back first, before anything is copied.',
  ),
  ANON_DATABASE: entry(
    EXIT.databaseAway,
    '{side}: SQLSTATE {sqlstate} ({condition}){place}.',
    'Look it up in the log of the server.',
  ),

  // Services that texts are sent to
  ANON_ANALYZER_AWAY: entry(
    EXIT.databaseAway,
    '{place}: the analyzer at {url} {detail}.',
    'Check that it runs, knows the language and can be reached from here, then run again.',
  ),
  ANON_ANALYZER_ANSWER: entry(
    EXIT.dataRefused,
    '{place}: an answer of the analyzer at {url} is of no use: {detail}.',
    'Check that `presidio.url` leads to the analyzer of Presidio, not to its anonymizer or to something in between.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
