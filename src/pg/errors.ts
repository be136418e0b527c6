// From what the driver throws to the catalogue. PostgreSQL's message, detail, hint and where hold row data in most faults
// of a COPY, so only the SQLSTATE, names of objects and the number of the row pass through here.

import pg from 'pg';
import { AnonymizeError, type ErrorCode, type Facts, unexpected } from '../errors.ts';
import { displayName, type TableName } from './identifiers.ts';
import { networkError } from './network-errors.ts';
import { conditionOf } from './sqlstate.ts';

/** Which of our databases. */
export type Side = 'source' | 'target' | 'control';

/** Where an error happened: names only. */
export interface DatabasePlace {
  readonly side: Side;
  /** What was worked on, such as `public.customer` (see displayName). */
  readonly place?: string | undefined;
  readonly role?: string | undefined;
  readonly database?: string | undefined;
  /** `host:port`, or the path of a socket. */
  readonly server?: string | undefined;
  /** The table of a COPY; stands for `place` where that is missing. */
  readonly table?: TableName | undefined;
  /** Columns of the COPY. Only a column that is listed here is ever named out of an error's context. */
  readonly columns?: readonly string[] | undefined;
  /** The statement was SET TRANSACTION SNAPSHOT. */
  readonly importsSnapshot?: boolean | undefined;
  /** Nobody has been let in yet. */
  readonly isConnecting?: boolean | undefined;
}

/** An error of the catalogue, before it is made. */
export type Mapped = readonly [code: ErrorCode, facts: Facts];
type Rule = (error: pg.DatabaseError, at: DatabasePlace) => Mapped;

// Errors do not know which of two databases they come from; a client notes it for those that it sees (connect.ts).
const origins = new WeakMap<object, DatabasePlace>();

/** Notes which database an error came from; the first note stays. */
export function rememberOrigin(error: object, at: DatabasePlace): void {
  if (!origins.has(error)) origins.set(error, at);
}

/**
 * Explains an error by the catalogue. An AnonymizeError passes through unchanged; what no database or network threw
 * becomes ANON_BUG.
 * @param at the side gives way to the one that the error is known to come from
 */
export function databaseError(cause: unknown, at: DatabasePlace): AnonymizeError {
  if (cause instanceof AnonymizeError) return cause;
  const mapped = explain(cause, { ...at, ...originOf(cause) });
  if (!mapped) return unexpected(cause);
  const [code, facts] = mapped;
  return new AnonymizeError(code, at.isConnecting ? { ...facts, phase: 'connecting' } : facts);
}

/** Whether an error comes from a database or the way to it; all others are not databaseError's business. */
export function isDatabaseError(cause: unknown): boolean {
  return explain(cause, { side: 'source' }) !== undefined;
}

const originOf = (cause: unknown): DatabasePlace | undefined =>
  typeof cause === 'object' && cause !== null ? origins.get(cause) : undefined;

function explain(cause: unknown, at: DatabasePlace): Mapped | undefined {
  if (!(cause instanceof pg.DatabaseError)) return networkError(cause, at);
  const sqlstate = cause.code ?? 'XX000';
  if (at.importsSnapshot && SNAPSHOT_GONE.has(sqlstate)) return ['ANON_SNAPSHOT_GONE', {}];
  const rules = [OWN_RULES[at.side], EVERYWHERE];
  const rule = rules.map(table => table[sqlstate] ?? table[sqlstate.slice(0, 2)]).find(found => found !== undefined);
  const [code, facts] = (rule ?? other)(cause, at);
  return [code, { ...facts, sqlstate }]; // what decides whether it is worth trying again (retries/repeatable.ts)
}

/** Invalid identifier (older servers), no such snapshot (newer ones), its session has ended, it is of another database. */
const SNAPSHOT_GONE: ReadonlySet<string> = new Set(['22023', '42704', '55000', '0A000']);

/** The place as a name, if there is one. */
const placeOf = ({ place, table }: DatabasePlace): string | undefined =>
  place ?? (table && displayName(table.schema, table.name));

/** The place as the end of a sentence. */
export function atPlace(at: DatabasePlace): string {
  const place = placeOf(at);
  return place === undefined ? '' : ` at ${place}`;
}

const other: Rule = ({ code = 'XX000' }, at) => [
  'ANON_DATABASE',
  { side: at.side, sqlstate: code, condition: conditionOf(code), place: atPlace(at) },
];

const authentication: Rule = (_, { side, role = '' }) => ['ANON_AUTHENTICATION', { side, role }];
const connectionLost: Rule = (_, at) => ['ANON_CONNECTION_LOST', { side: at.side, place: atPlace(at) }];
const sessionEnded: Rule = (_, at) => ['ANON_SERVER_SHUTDOWN', { side: at.side, place: atPlace(at) }];
const diskFull: Rule = (_, at) => ['ANON_DISK_FULL', { side: at.side, place: atPlace(at) }];

const cancelled: Rule = (_, at) => ['ANON_CANCELLED', { side: at.side, place: atPlace(at) }];

const LOCKED = { source: 'ANON_SOURCE_LOCKED', target: 'ANON_TARGET_LOCKED', control: 'ANON_CONTROL_LOCKED' } as const;
const lockTimeout: Rule = (_, at) => [LOCKED[at.side], { place: atPlace(at) }];

const noDatabase: Rule = (_, { side, database = '' }) => [
  'ANON_NO_DATABASE',
  { side, database: displayName(database) },
];

const tooManyConnections: Rule = (_, { side }) => [
  'ANON_CONNECTIONS',
  { side, detail: 'the server has no connection left.' },
];

const privilege: Rule = (_, at) => [
  'ANON_PRIVILEGE',
  {
    side: at.side,
    place: placeOf(at) ?? `database ${displayName(at.database ?? '')}`,
    role: displayName(at.role ?? ''),
    privilege: 'a privilege that it needs here',
    fixHint: 'Grant it; the log of the server names it.',
  },
];

/** A read-only transaction serialises with everything; what is left is a standby that cannot replay over it. */
const standbyConflict: Rule = (_, at) => ['ANON_STANDBY_CONFLICT', { place: atPlace(at) }];

const ON_SOURCE: Readonly<Record<string, Rule>> = {
  '40001': standbyConflict, // serialization_failure
};

/** By SQLSTATE, or by its class (two characters). */
const EVERYWHERE: Readonly<Record<string, Rule>> = {
  '08': connectionLost,
  '25P03': sessionEnded, // idle_in_transaction_session_timeout
  '25P04': sessionEnded, // transaction_timeout
  '28': authentication,
  '3D000': noDatabase,
  '42501': privilege,
  '53100': diskFull,
  '53300': tooManyConnections,
  '55P03': lockTimeout,
  '57014': cancelled, // query_canceled
  '57P01': sessionEnded, // admin_shutdown
  '57P02': sessionEnded, // crash_shutdown
  '57P03': sessionEnded, // cannot_connect_now
  '57P04': sessionEnded, // database_dropped
  '57P05': sessionEnded, // idle_session_timeout
};

/** Why a table refuses a row, in names only. */
export interface Fault {
  /** Of class 22 (the value) or 23 (a constraint). */
  readonly sqlstate: string;
  readonly constraint: string | undefined;
  readonly column: string | undefined;
}

/** What a table of the target refuses rows for; undefined for errors of other kinds. */
export function faultOf(cause: unknown, at: DatabasePlace): Fault | undefined {
  if (!(cause instanceof pg.DatabaseError) || !/^2[23]/.test(cause.code ?? '')) return undefined;
  const { code = '', constraint, column } = cause;
  return { sqlstate: code, constraint, column: column ?? columnOf(cause, at) };
}

/**
 * Whether a fault is met while a row is loaded: what the value is or the row alone. Duplicates, references and exclusions show
 * when indexes and keys are rebuilt, and are nobody's alone.
 */
export const isRowFault = ({ sqlstate }: Fault): boolean =>
  sqlstate.startsWith('22') || sqlstate === '23502' || sqlstate === '23514';

/** The same of an error of the catalogue. */
export const isRowRefusal = (cause: unknown): boolean =>
  cause instanceof AnonymizeError && ROW_REFUSALS.has(cause.code);

const ROW_REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'ANON_TARGET_VALUE',
  'ANON_TARGET_NOT_NULL',
  'ANON_TARGET_CHECK',
  'ANON_TARGET_PARTITION',
]);

/** The table that the server names, else what we were at. */
const tableOf = ({ schema, table }: pg.DatabaseError, at: DatabasePlace): string =>
  schema !== undefined && table !== undefined ? displayName(schema, table) : (placeOf(at) ?? at.side);

const constraintOf = ({ constraint = '' }: pg.DatabaseError): string => displayName(constraint);

// A COPY's context is `COPY <table>, line <number>[, column <name>][: "<value>"]`, for JSON under a line of its own. Neither
// part is quoted, so the table has to be known; without it, the first thing that looks like a line number is it, which is
// still before any value begins.
const JSON_CONTEXT = /^JSON data, line \d+: [^\n]*\n/;
const LINE = /^COPY .+?, line (\d+)/;

// biome-ignore lint/plugin: only the number of the row and a column that we know are read out of it
function copyContext({ where = '' }: pg.DatabaseError, { table }: DatabasePlace) {
  const context = where.replace(JSON_CONTEXT, '');
  const known = `COPY ${table?.name}`;
  const start = table && context.startsWith(`${known}, line `) ? known.length : 0;
  const [matched = '', row] = (start > 0 ? /^, line (\d+)/ : LINE).exec(context.slice(start)) ?? [];
  return { row, rest: context.slice(start + matched.length) };
}

/** ` (row 123 of its slice)`, where the server says so. */
function rowOf(error: pg.DatabaseError, at: DatabasePlace): string {
  const { row } = copyContext(error, at);
  return row === undefined ? '' : ` (row ${row} of its slice)`;
}

/** The column that the context of a COPY names: one that we know, never text out of the context. */
function columnOf(error: pg.DatabaseError, at: DatabasePlace): string | undefined {
  const { row, rest } = copyContext(error, at);
  if (row === undefined) return undefined;
  return at.columns?.find(column => rest === `, column ${column}` || rest.startsWith(`, column ${column}:`));
}

const constraintRule =
  (code: ErrorCode): Rule =>
  (error, at) => [code, { place: tableOf(error, at), constraint: constraintOf(error), row: rowOf(error, at) }];

/** Bounds of partitions are the one check without a name. */
const check: Rule = (error, at) =>
  constraintRule(error.constraint === undefined ? 'ANON_TARGET_PARTITION' : 'ANON_TARGET_CHECK')(error, at);

const notNull: Rule = (error, at) => {
  const table = tableOf(error, at);
  const place = error.column === undefined ? table : `${table}.${displayName(error.column)}`;
  return ['ANON_TARGET_NOT_NULL', { place, row: rowOf(error, at) }];
};

const value: Rule = (error, at) => {
  const table = tableOf(error, at);
  const column = columnOf(error, at);
  const place = column === undefined ? table : `${table}.${displayName(column)}`;
  return ['ANON_TARGET_VALUE', { place, sqlstate: error.code, row: rowOf(error, at) }];
};

/** The plan was made for tables that are there. */
const changed: Rule = (error, at) => ['ANON_TARGET_CHANGED', { place: tableOf(error, at) }];

const readOnly: Rule = () => ['ANON_TARGET_READ_ONLY', {}];

/** A field of a binary COPY that is shorter or longer than its type, for which somebody has given the column another. */
// biome-ignore lint/plugin: only asked whether a row is at fault
const protocol: Rule = (error, at) => (LINE.test(error.where ?? '') ? value : connectionLost)(error, at);

const ON_TARGET: Readonly<Record<string, Rule>> = {
  '08P01': protocol, // protocol_violation
  '22': value,
  '23502': notNull,
  '23503': constraintRule('ANON_TARGET_FOREIGN_KEY'),
  '23505': constraintRule('ANON_TARGET_UNIQUE'),
  '23514': check,
  '23P01': constraintRule('ANON_TARGET_EXCLUSION'),
  '25006': readOnly, // read_only_sql_transaction
  '3F000': changed, // invalid_schema_name
  '42703': changed, // undefined_column
  '42809': changed, // wrong_object_type
  '42P01': changed, // undefined_table
};

/** What means something else there than anywhere. */
const OWN_RULES: Readonly<Record<Side, Readonly<Record<string, Rule>>>> = {
  source: ON_SOURCE,
  target: ON_TARGET,
  control: {},
};
