// The error catalogue, as data: code → exit code, message, fix. docs/errors.md is generated from it.
// A message names the place, the fact and the fix; it never holds a row's value, nor a database's own message text.

/** Exit codes, after sysexits.h where one fits. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 64,
  dataRefused: 65,
  databaseAway: 69,
  diskFull: 73,
  locked: 75,
  privilege: 77,
  config: 78,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface CatalogueEntry {
  readonly exit: ExitCode;
  /** `{name}` is filled from the error's facts. */
  readonly message: string;
  readonly fix: string;
}

const entry = (exit: ExitCode, message: string, fix: string): CatalogueEntry => ({ exit, message, fix });

export const CATALOGUE = {
  // The command line
  ANON_USAGE: entry(EXIT.usage, '{detail}', 'Run `anonymize --help` for the commands and their options.'),
  ANON_BUG: entry(
    EXIT.bug,
    'Something happened that pgveil does not expect: {detail}',
    'Please report it, with this message and the command.',
  ),
  ANON_INTERRUPTED: entry(
    EXIT.interrupted,
    'Stopped on request. {detail}',
    'Run the same command again: it starts over.',
  ),
  ANON_REPORT_FILE: entry(
    EXIT.diskFull,
    '{state} the report {file} cannot be written ({detail}).',
    'Check the path given with --report, and the room on its disk.',
  ),

  // Configuration
  ANON_CONFIG_FILE: entry(
    EXIT.config,
    'The configuration {file} cannot be read: {detail}',
    'Check the path and its permissions.',
  ),
  ANON_CONFIG_YAML: entry(
    EXIT.config,
    '{file} is not valid YAML at line {line}, column {column}: {detail}',
    'Correct that line.',
  ),
  ANON_CONFIG_REFUSED: entry(
    EXIT.config,
    'The configuration has {count} finding(s).',
    'Correct them all; nothing was read or written.',
  ),
  ANON_CONFIG_UNKNOWN_KEY: entry(EXIT.config, '{path}: unknown key.{suggestion}', 'Remove it or correct its name.'),
  ANON_CONFIG_VALUE: entry(EXIT.config, '{path}: {detail}', 'Correct the value.'),
  ANON_CONFIG_PASSWORD: entry(
    EXIT.config,
    '{path}: the URL holds a password.',
    'Put the URL into an environment variable or a file with mode 0600, and write env:NAME or file:PATH here.',
  ),
  ANON_CONFIG_URL: entry(EXIT.config, '{path}: {detail}', 'Write postgresql://user@host:port/database.'),
  ANON_CONFIG_REFERENCE: entry(
    EXIT.config,
    '{path}: {detail}',
    'Set the variable, or correct the name after env:, file: or command:.',
  ),
  ANON_CONFIG_FILE_MODE: entry(
    EXIT.config,
    '{path}: {file} can be read by others than its owner.',
    'Run chmod 600 on it.',
  ),
  ANON_SECRET_MISSING: entry(
    EXIT.config,
    'No secret: {detail}',
    'Set `secret: env:NAME` (or file:, command:) and give it at least 32 random bytes, such as from `openssl rand -base64 48`.',
  ),
  ANON_SECRET_SHORT: entry(
    EXIT.config,
    'The secret has {bytes} bytes; at least {wanted} are needed.',
    'Use a longer one, such as from `openssl rand -base64 48`.',
  ),

  // The plan
  ANON_PLAN_REFUSED: entry(
    EXIT.config,
    'The plan has {count} finding(s).',
    'Correct them all; nothing was written to the target.',
  ),
  ANON_PLAN_EMPTY: entry(
    EXIT.config,
    'No table is planned.',
    'Name at least one table under `tables:` that is neither skipped nor unknown.',
  ),
  ANON_PLAN_UNKNOWN_TABLE: entry(
    EXIT.config,
    '{place}: the source has no such table.{suggestion}',
    'Correct the name, or remove it.',
  ),
  ANON_PLAN_GLOB_MATCHES_NOTHING: entry(
    EXIT.config,
    '{place}: the pattern matches no table of the source.{suggestion}',
    'Correct the pattern, or remove it.',
  ),
  ANON_PLAN_UNKNOWN_COLUMN: entry(
    EXIT.config,
    '{place}: the table has no such column.{suggestion}',
    'Correct the name, or remove it.',
  ),
  ANON_PLAN_UNKNOWN_STRATEGY: entry(
    EXIT.config,
    '{place}: there is no strategy "{strategy}".{suggestion}',
    'Run `anonymize strategies` for the list.',
  ),
  ANON_PLAN_UNKNOWN_OPTION: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" has no option "{option}".{suggestion}',
    'Run `anonymize strategies {strategy}` for its options.',
  ),
  ANON_PLAN_STRATEGY_OPTION: entry(
    EXIT.config,
    '{place}: {detail}',
    'Run `anonymize strategies {strategy}` for its options.',
  ),
  ANON_PLAN_STRATEGY_REFUSED: entry(EXIT.config, '{place}: strategy "{strategy}": {detail}', '{fixHint}'),
  ANON_PLAN_STRATEGY_FILE: entry(
    EXIT.config,
    'The strategy file {file} cannot be used: {detail}',
    'It must default-export defineStrategy({ … }).',
  ),
  ANON_PLAN_TABLE_UNDECIDED: entry(
    EXIT.config,
    '{place}: nothing decides this table.{suggestion}',
    'Add it under `tables:`, with its columns, or as keep, empty or skip.',
  ),
  ANON_PLAN_WHERE: entry(
    EXIT.config,
    '{place}: the source does not understand its `where` (SQLSTATE {sqlstate}, {condition}).',
    'Correct the condition; it is SQL that the source runs, over the columns of this table.',
  ),
  ANON_PLAN_COLUMN_UNDECIDED: entry(
    EXIT.config,
    '{place} ({type}): nothing decides this column.{suggestion}',
    'Give it a strategy, or list it under `keep:`.',
  ),
  ANON_PLAN_COLUMN_TWICE: entry(
    EXIT.config,
    '{place}: the column is both kept and given a strategy.',
    'Remove one of the two.',
  ),
  ANON_PLAN_COLUMN_GENERATED: entry(
    EXIT.config,
    '{place}: the column is generated; the target computes it.',
    'Remove it from the configuration.',
  ),
  ANON_PLAN_TYPE: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" does not accept {type}.{suggestion}',
    'Choose a strategy that does; `anonymize strategies` lists what each accepts.',
  ),
  ANON_PLAN_NOT_NULL: entry(
    EXIT.config,
    '{place}: the column is NOT NULL and strategy "{strategy}" yields NULL.',
    'Use another strategy, such as constant.',
  ),
  ANON_PLAN_TOO_LONG: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" writes up to {length} characters into {type}.',
    'Shorten the output with its options, or use another strategy.',
  ),
  ANON_PLAN_LOOKUP_SIZE: entry(
    EXIT.config,
    '{place}: the table {table} is too large to look values up in: more than {limit}.',
    'Look up in a view of the table with fewer rows, or replace the values by a keyed strategy.',
  ),
  ANON_PLAN_OUTPUT: entry(
    EXIT.config,
    '{place}: what strategy "{strategy}" writes is no value of {type}.',
    'Correct its options: the value must be written as PostgreSQL reads the type.',
  ),
  ANON_PLAN_FOREIGN_KEY: entry(
    EXIT.config,
    '{place}: foreign key {constraint} references {referenced}, which has another rule.',
    'Give both the same strategy, options and domain, or leave this column out: it then takes the rule of the key.',
  ),
  ANON_PLAN_REFERENCE: entry(EXIT.config, '{place}: `references: {referenced}`: {detail}', '{fixHint}'),
  ANON_PLAN_REFERENCE_TYPE: entry(
    EXIT.config,
    '{place} ({type}) references {referenced} ({keyType}), which writes equal values in another way: their replacements would differ.',
    'Keep the key, or give both columns the same type.',
  ),
  ANON_PLAN_SUBSET: entry(
    EXIT.config,
    '{place}: {detail}',
    'Correct `subset:`, or what the table has under `tables:`.',
  ),
  ANON_SUBSET_MEMORY: entry(
    EXIT.config,
    'The subset has more rows than a part of `memory:` ({limit}) can keep account of.',
    'Raise `memory:` to {wanted} or more, or make the subset smaller.',
  ),
  ANON_PLAN_DANGLING: entry(
    EXIT.config,
    '{place}: foreign key {constraint} references {referenced}, which will be empty.',
    'Empty or nullify this side too, or copy the referenced table.',
  ),
  ANON_PLAN_UNIQUE: entry(
    EXIT.config,
    '{place}: unique index {index} needs distinct values, and {detail}',
    '{fixHint}',
  ),
  ANON_PLAN_LARGE_OBJECT: entry(
    EXIT.config,
    '{place}: the column refers to large objects, which are not copied.',
    'Nullify the column, or keep the contents in a column of type bytea.',
  ),
  ANON_PLAN_DERIVED: entry(
    EXIT.config,
    '{place}: trigger {trigger} fills this kept column from columns that are masked ({columns}).',
    'Nullify it and fill it again after the run, or declare it as generated, so that the target computes it.',
  ),
  ANON_PLAN_PARTITION_KEY: entry(
    EXIT.config,
    '{place}: {detail}',
    'Plan all partitions, or keep the columns that decide in which one a row belongs.',
  ),
  ANON_PLAN_TARGET_TABLE: entry(
    EXIT.config,
    '{place}: the target has no such table.',
    'Create the schema in the target first (pg_dump --schema-only), or skip the table.',
  ),
  ANON_PLAN_TARGET_COLUMN: entry(
    EXIT.config,
    '{place}: the target has no such column.',
    'Bring the schema of the target up to date.',
  ),
  ANON_PLAN_TARGET_TYPE: entry(
    EXIT.config,
    '{place}: the column is {sourceType} in the source and {targetType} in the target.',
    'Bring the schema of the target up to date.',
  ),
  ANON_PLAN_TARGET_REQUIRED: entry(
    EXIT.config,
    '{place}: the target wants a value in this column, and the source has no such column.',
    'Give the column a default, or drop it from the target.',
  ),

  ANON_PLAN_BUDGET: entry(
    EXIT.config,
    '`budget:` needs the control database, which remembers what was spent, and the configuration names none.',
    'Set `control.url` and run `anonymize migrate`, or remove `budget:`.',
  ),

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
    '{side}: the snapshot cannot be shared between connections; a pooler or load balancer seems to sit in between.',
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
    'Check user and password.',
  ),
  ANON_TLS: entry(
    EXIT.databaseAway,
    '{side}: TLS: {detail}',
    'Give the CA with `tls: { ca: FILE }`; weakening it takes an explicit `tls: { verify: … }`.',
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
  ANON_DISK_FULL: entry(EXIT.diskFull, '{side}: the disk is full{place}.', 'Make room, then run again.'),
  ANON_SNAPSHOT_GONE: entry(
    EXIT.databaseAway,
    'The snapshot of the source is gone.',
    'Run again; a new snapshot is taken.',
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

  // Data
  ANON_VALUE_UNFIT: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" cannot handle the value in row {row} of its slice: {detail}',
    'Choose another strategy for the column.',
  ),
  ANON_STRATEGY_FAILED: entry(
    EXIT.bug,
    '{place}: strategy "{strategy}" {detail}, at row {row} of its slice.',
    'Correct the file of the strategy. For a value that it cannot handle it throws UnfitValue.',
  ),
  ANON_VALUE_TOO_LONG: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" wrote {length} characters into {type}, row {row} of its slice.',
    'Shorten the output with the options of the strategy.',
  ),
  ANON_VALUE_TYPE: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" wrote what {type} cannot hold, row {row} of its slice.',
    'Choose another strategy or other options.',
  ),
  ANON_VALUE_NULL: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" yielded NULL for a NOT NULL column, row {row} of its slice.',
    'Choose another strategy or other options.',
  ),
  ANON_TARGET_REFUSED: entry(
    EXIT.dataRefused,
    'The target refuses the rows for {count} reasons.',
    'Correct them all; {state}.',
  ),
  ANON_TARGET_UNIQUE: entry(
    EXIT.dataRefused,
    '{place}: the target refuses duplicates: constraint or index {constraint}.',
    'Use a strategy that preserves uniqueness on its columns.',
  ),
  ANON_TARGET_FOREIGN_KEY: entry(
    EXIT.dataRefused,
    '{place}: rows violate foreign key {constraint}.',
    'Give both sides the same rule and the same rows.',
  ),
  ANON_TARGET_CHECK: entry(
    EXIT.dataRefused,
    '{place}: a row violates check constraint {constraint}{row}.',
    'Choose strategies whose output the constraint allows.',
  ),
  ANON_TARGET_NOT_NULL: entry(
    EXIT.dataRefused,
    '{place}: NULL in a NOT NULL column{row}.',
    'Give the column a strategy that yields a value.',
  ),
  ANON_TARGET_EXCLUSION: entry(
    EXIT.dataRefused,
    '{place}: rows violate exclusion constraint {constraint}.',
    'Choose strategies whose output the constraint allows.',
  ),
  ANON_TARGET_VALUE: entry(
    EXIT.dataRefused,
    '{place}: the target refuses a value (SQLSTATE {sqlstate}){row}.',
    'Compare the type of the column on both sides, and the options of its strategy.',
  ),
  ANON_TARGET_DEFINITION: entry(
    EXIT.dataRefused,
    '{place}: {kind} {name} cannot be restored (SQLSTATE {sqlstate}).',
    'See the definition in pgveil.put_aside of the target.',
  ),
  ANON_ROWS_DIFFER: entry(
    EXIT.bug,
    '{place}: {read} rows were read and {written} were written.',
    'Nothing was published; please report it.',
  ),
  ANON_MEMORY_ROW: entry(
    EXIT.dataRefused,
    '{place}: a row of {bytes} or more does not fit into `memory:`.',
    'Raise `memory:` by at least {wanted}.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
export type Facts = Readonly<Record<string, string | number | undefined>>;

/** One thing that is wrong with a configuration, a plan or a database; checks collect them and show them together. */
export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
}

const fill = (template: string, facts: Facts): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));

/** Fills a catalogue entry with facts: names and numbers, never a row's value. */
export function finding(code: ErrorCode, facts: Facts = {}): Finding {
  const { message, fix } = CATALOGUE[code];
  return { code, message: fill(message, facts), fix: fill(fix, facts) };
}

/** The one error class. `findings` holds what a refused check found. */
export class AnonymizeError extends Error {
  override name = 'AnonymizeError';
  readonly code: ErrorCode;
  readonly fix: string;
  /** What filled the message: names and numbers. */
  readonly facts: Facts;
  readonly findings: readonly Finding[];

  constructor(code: ErrorCode, facts: Facts = {}, findings: readonly Finding[] = []) {
    const filled = finding(code, facts);
    super(filled.message);
    this.code = code;
    this.fix = filled.fix;
    this.facts = facts;
    this.findings = findings;
  }

  /** The same error, with more findings: what followed from it. */
  with(findings: readonly Finding[]): AnonymizeError {
    return new AnonymizeError(this.code, this.facts, [...this.findings, ...findings]);
  }

  /** A refusal exits with the code of its findings where they agree. What other errors list only followed from them. */
  get exitCode(): ExitCode {
    const refused = this.code.endsWith('_REFUSED') ? this.findings : [];
    const exits = new Set(refused.map(found => CATALOGUE[found.code].exit));
    const [only] = exits;
    return exits.size === 1 && only !== undefined ? only : CATALOGUE[this.code].exit;
  }
}

/** Throws `code` with all findings, unless there are none. */
export function refuseIf(findings: readonly Finding[], code: ErrorCode): void {
  if (findings.length > 0) throw new AnonymizeError(code, { count: findings.length }, findings);
}

/** An AnonymizeError as plain data: what a thread may send to another. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
}

/** Makes an error ready for structured clone, which would strip it of its class and code. */
export function toPlain({ code, facts, findings }: AnonymizeError): PlainError {
  return { code, facts, findings };
}

/** The error that `toPlain` was given, on the other side of the thread. */
export function fromPlain({ code, facts, findings }: PlainError): AnonymizeError {
  return new AnonymizeError(code, facts, findings);
}

/**
 * What nobody expected, as ANON_BUG: the class of the error and where it was thrown.
 * Its own message stays out, because a row's value may be in it.
 */
export function unexpected(cause: unknown): AnonymizeError {
  if (cause instanceof AnonymizeError) return cause;
  if (!(cause instanceof Error)) return new AnonymizeError('ANON_BUG', { detail: `a ${typeof cause} was thrown` });
  return new AnonymizeError('ANON_BUG', { detail: whereThrown(cause) });
}

/** The class of an error and the line that threw it: `TypeError at create (file:///…/tally.ts:12:3)`. Never its message. */
export function whereThrown(cause: Error): string {
  const frame = firstFrame(cause);
  return `${cause.name}${frame ? ` ${frame.trim()}` : ''}`;
}

/** The first `at …` line of a stack; searched behind the message, which may hold lines that look like one. */
function firstFrame({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined; // the stack holds another message
  const frames = stack.slice(start + message.length).split('\n');
  return frames.find(line => /^\s+at .*:\d+:\d+\)?$/.test(line));
}
