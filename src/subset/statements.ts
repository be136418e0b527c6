// The statements that a subset is made of. Each yields the ctids of rows of one table; most go on from a set that is given
// (see given-rows.ts). Users' conditions stand in a select of their own, where nothing but their table is in sight.

import { givenRows } from '../pg/given-rows.ts';
import { quoteName, quoteTable, type TableName } from '../pg/identifiers.ts';
import type { SubsetTable } from '../plan/plan-subset.ts';
import type { SubsetEdge } from '../plan/subset-edges.ts';

/** 2^63: what a hash without its sign is below. */
const HASHES = 2n ** 63n;

interface RowsOf {
  /** SQL for each column, named k0, k1 and so on. */
  readonly keys?: readonly string[];
  readonly from?: string | undefined;
  readonly conditions?: readonly (string | undefined)[];
}

/** The line break ends a comment. */
const bracketed = (sql: string): string => `(${sql}\n)`;

function rowsOf(table: SubsetTable, { keys = [], from = '', conditions = [] }: RowsOf): string {
  const columns = [`${ctidOf(table)} as id`, ...keys.map((key, number) => `${key} as k${number}`)].join(', ');
  const where = conditions.filter(condition => condition !== undefined).map(bracketed);
  return `select ${columns} from only ${quoteTable(table)} ${from}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}`;
}

/** Qualified: beside another item of FROM it would not be seen. */
const ctidOf = ({ name }: TableName): string => `${quoteName(name)}.ctid`;
const isGiven = (table: TableName): string => `${ctidOf(table)} operator(pg_catalog.=) any (${givenRows('rows')})`;
const isLeftOut = (id: string): string =>
  `exists (select from pg_catalog.unnest(${givenRows('leftOut')}) gone (id) where gone.id operator(pg_catalog.=) ${id})`;

/** A number from 0 to 2^63 - 1 that follows from the row's key alone: the same in every run, and for every share. */
function hashOf(keys: readonly string[]): string {
  const text = keys.length === 1 ? `${keys[0]}::pg_catalog.text` : `row(${keys.join(', ')})::pg_catalog.text`;
  return `(pg_catalog.hashtextextended(${text} collate "C", 0) operator(pg_catalog.&) 9223372036854775807)`;
}

/** The rows that a start has. */
export function startRows(table: SubsetTable): string {
  const { where, start, identity } = table;
  const [asked, percent] = start?.kind === 'some' ? [start.where, start.percent] : [];
  // In millionths: a share of a hash is a share of the rows, and a smaller share is a part of a larger one.
  const bound = percent !== undefined && (HASHES * BigInt(Math.round(percent * 1_000_000))) / 100_000_000n;
  const isAll = bound === false || bound >= HASHES;
  const share = isAll ? undefined : `${hashOf(identity.map(quoteName))} operator(pg_catalog.<) ${bound}`;
  return rowsOf(table, { conditions: [where, asked, share] });
}

const joinOn = ({ operators }: SubsetEdge): string =>
  operators.map((operator, number) => `parent.k${number} ${operator} child.k${number}`).join(' and ');

/** Rows that the given ones of the child reference. */
export function referencedRows(edge: SubsetEdge, tables: readonly SubsetTable[]): string {
  const { child, parent, childKeys, parentKeys, childFrom: from, guard } = edge;
  const children = rowsOf(tables[child]!, { keys: childKeys, from, conditions: [isGiven(tables[child]!), guard] }); // edges are among the tables
  const parents = rowsOf(tables[parent]!, { keys: parentKeys });
  return `select parent.id from (${parents}) parent where exists (select from (${children}) child where ${joinOn(edge)})`;
}

/** Rows that reference the given ones of the parent, whatever was asked for. */
export function referencingRows(edge: SubsetEdge, tables: readonly SubsetTable[]): string {
  const { child, parent, childKeys, parentKeys, childFrom: from, guard } = edge;
  const children = rowsOf(tables[child]!, { keys: childKeys, from, conditions: [guard] }); // edges are among the tables
  const parents = rowsOf(tables[parent]!, { keys: parentKeys, conditions: [isGiven(tables[parent]!)] });
  return `select child.id from (${children}) child where exists (select from (${parents}) parent where ${joinOn(edge)})`;
}

/** Rows that come along with the given ones of the parent. With a limit, what is left out does not count. */
export function childRows(edge: SubsetEdge, tables: readonly SubsetTable[]): string {
  const { child, parent, childKeys, parentKeys, childFrom: from, guard, limit } = edge;
  const table = tables[child]!; // edges are among the tables
  const parents = rowsOf(tables[parent]!, { keys: parentKeys, conditions: [isGiven(tables[parent]!)] });
  const identity = table.identity.map(quoteName);
  const rank = limit === undefined ? [] : [hashOf(identity)];
  const children = rowsOf(table, { keys: [...childKeys, ...rank], from, conditions: [guard, table.where] });
  if (limit === undefined) {
    return `select child.id from (${children}) child where exists (select from (${parents}) parent where ${joinOn(edge)})`;
  }
  const number = `pg_catalog.row_number() over (partition by parent.id order by child.k${childKeys.length}, child.id) as number`;
  return `select id from (select child.id, ${number} from (${children}) child join (${parents}) parent on ${joinOn(edge)} where not ${isLeftOut('child.id')}) ranked where number operator(pg_catalog.<=) ${limit}`;
}

/** Of the given rows, those that the table's own `where` leaves out. */
export function unwantedRows(table: SubsetTable): string {
  return rowsOf(table, { conditions: [isGiven(table), `(${table.where ?? 'true'}\n) is not true`] });
}
