// Large objects live outside of tables, and are not copied: a column that refers to one would refer to nothing.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import { isKept, type PlannedTable } from '../plan/plan-types.ts';
import type { Catalog } from './catalog-types.ts';
import { displayName, quoteName, quoteTable } from './identifiers.ts';

/** Only servers that have large objects are asked more. */
const HAS_LARGE_OBJECTS = 'select exists (select from pg_catalog.pg_largeobject_metadata) as found';

const OID_TYPES: ReadonlySet<string> = new Set(['oid', 'lo']);

/** Kept columns of type oid (or lo) whose values are those of large objects. */
export async function checkLargeObjects(
  source: ClientBase,
  tables: readonly PlannedTable[],
  { types }: Catalog,
): Promise<Finding[]> {
  const { rows } = await source.query<{ found: boolean }>(HAS_LARGE_OBJECTS);
  if (!rows[0]?.found) return [];
  const isOid = (typeOid: number): boolean => {
    const type = types.get(typeOid);
    if (!type) return false;
    return OID_TYPES.has(type.typname) || (type.kind === 'domain' && type.base !== null && isOid(type.base));
  };
  const findings: Finding[] = [];
  for (const table of tables.filter(one => one.action === 'copy')) {
    for (const column of table.columns.filter(one => isKept(one) && isOid(one.typeOid))) {
      if (!(await refersToSome(source, table, column.name))) continue;
      const place = displayName(table.schema, table.name, column.name);
      findings.push(finding('ANON_PLAN_LARGE_OBJECT', { place }));
    }
  }
  return findings;
}

async function refersToSome(source: ClientBase, table: PlannedTable, column: string): Promise<boolean> {
  const { rows } = await source.query<{ found: boolean }>(
    `select exists (select from only ${quoteTable(table)} t
       join pg_catalog.pg_largeobject_metadata l on l.oid = t.${quoteName(column)}::oid) as found`,
  );
  return rows[0]?.found === true;
}
