// Errors of preflight, and of structures that are built and swapped.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const PREFLIGHT = {
  // Preflight
  ANON_PREFLIGHT_REFUSED: entry(
    EXIT.privilege,
    'Preflight has {count} finding(s).',
    'Correct them all; nothing was written to the target.',
  ),
  ANON_TRIAL_REFUSED: entry(
    EXIT.dataRefused,
    'A sample of the rows does not fit the target: {count} finding(s).',
    'Correct them all; nothing was written to the target.',
  ),
  ANON_TRIAL_ROWS: entry(
    EXIT.dataRefused,
    '{place}: {share} of {rows} sampled rows violate {what} of the target.',
    'Choose strategies and options whose output the target takes, or change what the target wants.',
  ),
  ANON_SAME_DATABASE: entry(
    EXIT.config,
    'Source and target are the same database.',
    'Point target.url at another database.',
  ),
  ANON_SOURCE_LOCKED: entry(
    EXIT.locked,
    'A lock on the source could not be had in time{place}.',
    'Find the session that holds it (pg_locks), then run again. `?options=-c lock_timeout=5min` in the URL waits longer.',
  ),
  ANON_SOURCE_CHANGED: entry(
    EXIT.locked,
    '{place} was altered or dropped while the run began.',
    'Run again; the plan is made anew.',
  ),
  ANON_SOURCE_DDL_WAITS: entry(
    EXIT.locked,
    '{place}: a change of its structure on the source waits for the run ({sessions} waiting), which is to stop then.',
    'Run again when the change is done; `source.on_blocked_ddl: pause` lets it through and goes on where that is possible.',
  ),
  ANON_SOURCE_DRIFT: entry(
    EXIT.locked,
    '{place} was emptied, rewritten, altered or dropped on the source while the run gave way to that, so its rows as of the snapshot are gone.',
    'Run again; a new snapshot is taken. `source.on_blocked_ddl: continue` makes such changes wait for the run instead.',
  ),
  ANON_TARGET_CHANGED: entry(
    EXIT.locked,
    '{place} was emptied, altered, renamed or dropped on the target while the run wrote to it.',
    'Run again when nobody changes the structure of the target; the plan is made anew.',
  ),
  ANON_TARGET_READ_ONLY: entry(
    EXIT.config,
    'The target cannot be written: its server is a standby, or makes every transaction read-only.',
    'Point target.url at the primary.',
  ),
  ANON_STANDBY_CONFLICT: entry(
    EXIT.databaseAway,
    'The source is a standby, and had to choose between the snapshot of the run and what its primary sent{place}.',
    'Read from the primary; or set `max_standby_streaming_delay` (`max_standby_archive_delay`) of the standby to -1 for the run, and `hot_standby_feedback` to on.',
  ),
  ANON_SNAPSHOT_AGE: entry(
    EXIT.locked,
    'The snapshot of the source is older than `source.snapshot.max_age` allows: {age}.',
    'Run again when the servers have less to do, or raise the limit: until the end of a run the source keeps the dead rows that the snapshot sees.',
  ),
  ANON_ALREADY_RUNNING: entry(EXIT.locked, 'Another run is writing to this target.', 'Wait for it, or stop it.'),
  ANON_TARGET_LOCKED: entry(
    EXIT.locked,
    'A lock on the target could not be had in time{place}.',
    'Find the session that holds it (pg_locks), then run again. `?options=-c lock_timeout=5min` in the URL waits longer.',
  ),
  ANON_PRIVILEGE: entry(EXIT.privilege, '{place}: {side} role {role} lacks {privilege}.', '{fixHint}'),
  ANON_VERSION: entry(EXIT.config, '{side}: PostgreSQL {version} is older than {wanted}.', 'Upgrade the server.'),
  ANON_CONNECTIONS: entry(
    EXIT.databaseAway,
    '{side}: {detail}',
    'Lower `parallel` or `max_connections`, or raise the limit of the server.',
  ),
  ANON_POOLER: entry(
    EXIT.config,
    '{side}: connections do not share what they should; a pooler or load balancer seems to sit in between.',
    'Connect to the server itself.',
  ),
  ANON_KEY_CHANGED: entry(
    EXIT.config,
    'The secret is not the one that this target was filled with before.',
    'Use the earlier secret, or run with --yes to replace all pseudonyms.',
  ),

  // Building a structure, and swapping databases
  ANON_PG_TOOLS: entry(
    EXIT.config,
    'A structure is copied by pg_dump and pg_restore of PostgreSQL {wanted} or later, but {detail}.',
    'Install the client programs of PostgreSQL {wanted} (such as postgresql-client-{wanted} on Debian, libpq with Homebrew), or name their folder under `target.pg_bin`.',
  ),
  ANON_PG_TOOL_FAILED: entry(
    EXIT.databaseAway,
    '{side}: {tool} ended with an error.',
    'Look it up in the log of the server: what {tool} says itself may hold values of rows.',
  ),
  ANON_STRUCTURE_REFUSED: entry(
    EXIT.config,
    'The target does not take the structure, for {count} reason(s).',
    'Correct them all; the target is as it was.',
  ),
  ANON_STRUCTURE_DEFINITION: entry(
    EXIT.config,
    '{definition}: the target does not take this definition (SQLSTATE {sqlstate}, {condition}).',
    'Compare the versions, extensions and roles of both servers.',
  ),
  ANON_TARGET_EXTENSION: entry(
    EXIT.config,
    "The target's server does not have extension {extension}, which the source uses.",
    'Install its package on that server.',
  ),
  ANON_TARGET_NOT_EMPTY: entry(
    EXIT.config,
    'The target is not empty: {objects}.',
    'Set `schema: existing` now that it has its structure, or `publish: swap`, which replaces the whole database; or empty it.',
  ),
  ANON_SWAP_BUSY: entry(
    EXIT.locked,
    'Database {database} cannot be renamed: it is in use by {why}.',
    'End them, or `grant pg_signal_backend to {role}`, which may then end those of all but superusers; then run again.',
  ),
  ANON_SWAP_SETTING: entry(
    EXIT.privilege,
    'Setting {setting} of the target database cannot be carried over to a new one (SQLSTATE {sqlstate}).',
    'Let a role run this that may set it, or reset it in the target.',
  ),
  ANON_SWAP_LEFTOVER: entry(
    EXIT.databaseAway,
    'The unfinished database {database} could not be dropped: {reason}',
    'Run again: what an earlier run left is dropped first.',
  ),
  ANON_SWAP_PREVIOUS: entry(
    EXIT.databaseAway,
    'The run is done, but a database that was replaced before could not be dropped: {reason}',
    'Drop it, or leave it to the next run.',
  ),
  ANON_ROLLBACK_NOTHING: entry(
    EXIT.config,
    'There is no {wanted} to put back. {kept}',
    'A swap keeps as many previous databases as `target.keep_previous` says.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
