// References as the SQL that a subset follows: from the rows of a table to those that they reference, and back.

import { sqlJsonPath } from '../kernels/json-paths.ts';
import { type CatalogColumn, type CatalogTable, FIRST_USER_OID } from '../pg/catalog-types.ts';
import { conditionSql } from '../pg/condition-sql.ts';
import { quoteLiteral, quoteName } from '../pg/identifiers.ts';
import type { Reference } from './references.ts';

/** One reference from one table to another, which may be itself. Plain data; its SQL is over columns of the one table each. */
export interface SubsetEdge {
  /** Positions among the tables of the subset. */
  readonly child: number;
  readonly parent: number;
  readonly childKeys: readonly string[];
  readonly parentKeys: readonly string[];
  /** For each key, of parent and child. */
  readonly operators: readonly string[];
  /** What the child's rows are joined with, where one of them references several rows. */
  readonly childFrom?: string;
  /** The child's rows that it is for. */
  readonly guard?: string;
  /** Rows of the child come with rows of the parent that are in the subset for their own sake. */
  readonly bringsChildren: boolean;
  readonly limit?: number | undefined;
}

/** The part of an edge that says how its two tables are joined. */
export type Join = Pick<SubsetEdge, 'childKeys' | 'parentKeys' | 'operators' | 'childFrom' | 'guard'>;

const EQUALS = 'operator(pg_catalog.=)';
/** A name that no column has, so that nothing in a user's condition means it. */
const VALUE = quoteName('pgveil: a value in a document');

/** How the tables of a reference are joined. */
export function joinOf({ match, columns, referenced, referencedColumns, operators, path, when }: Reference): Join {
  const [column = ''] = columns;
  const guard = when && { guard: conditionSql(when, column) };
  const parentKeys = referencedColumns.map(quoteName);
  if (path !== undefined) return { ...guard, ...inDocument(quoteName(column), path, parentKeys) };
  const childKeys = columns.map(quoteName);
  if (operators) return { ...guard, childKeys, parentKeys, operators };
  const isSame = isComparable(columnIn(match.table, column), columnIn(referenced, referencedColumns[0] ?? ''));
  const asText = (keys: readonly string[]): string[] => keys.map(key => `${key}::pg_catalog.text`);
  return {
    ...guard,
    childKeys: isSame ? childKeys : asText(childKeys),
    parentKeys: isSame ? parentKeys : asText(parentKeys),
    operators: columns.map(() => EQUALS),
  };
}

/** A document that has no such path references nothing. */
function inDocument(column: string, path: string, parentKeys: readonly string[]): Join {
  const query = `pg_catalog.jsonb_path_query(${column}::pg_catalog.jsonb, ${quoteLiteral(sqlJsonPath(path) ?? '$')}, silent => true)`;
  return {
    childFrom: `cross join lateral ${query} as ${VALUE} (${VALUE})`,
    childKeys: [`(${VALUE}.${VALUE} operator(pg_catalog.#>>) '{}')`],
    parentKeys: parentKeys.map(key => `${key}::pg_catalog.text`),
    operators: [EQUALS],
  };
}

const columnIn = (table: CatalogTable, name: string): CatalogColumn | undefined =>
  table.columns.find(column => column.name === name);

/** smallint, integer, bigint; text, varchar. */
const FAMILIES = [
  [21, 23, 20],
  [25, 1043],
];

/** Whether PostgreSQL's own operator compares them; otherwise their texts are compared. */
function isComparable(one: CatalogColumn | undefined, other: CatalogColumn | undefined): boolean {
  if (!one || !other) return false;
  if (one.type === other.type) return one.type < FIRST_USER_OID && !WITHOUT_EQUALITY.includes(one.type);
  return FAMILIES.some(family => family.includes(one.type) && family.includes(other.type));
}

/** json, xml, point */
const WITHOUT_EQUALITY: readonly number[] = [114, 142, 600];
