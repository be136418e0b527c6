// Whether the roles of a run may do what it will do, before it begins. Every right that is missing is named, with what grants it.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { Catalog, CatalogForeignKey, CatalogTable } from './catalog-types.ts';
import type { Side } from './errors.ts';
import { findTable, partitionsOf } from './find-table.ts';
import { displayName, sqlName } from './identifiers.ts';
import { tableKey } from './table-key.ts';

interface Rights {
  readonly plan: Plan;
  readonly sourceCatalog: Catalog;
  readonly targetCatalog: Catalog;
}

interface Lack {
  readonly side: Side;
  readonly role: string;
  readonly place: string;
  readonly privilege: string;
  /** What grants it. */
  readonly fix: string;
}

const lack = ({ fix, ...facts }: Lack): Finding => finding('ANON_PRIVILEGE', { ...facts, fixHint: fix });

/** What reading needs: USAGE on the schema, SELECT on the planned columns, and to see all rows. */
export function sourceRights({ plan, sourceCatalog }: Rights, role: string): Finding[] {
  const own = sqlName(role);
  return plan.tables
    .filter(table => table.action === 'copy')
    .flatMap(({ schema, name, columns }) => {
      const table = findTable(sourceCatalog, { schema, name })!; // planned from it
      const place = displayName(schema, name);
      const missing = (privilege: string, fix: string): Finding =>
        lack({ side: 'source', role, place, privilege, fix });
      const findings: Finding[] = [];
      if (!table.isSchemaUsable)
        findings.push(missing('USAGE on the schema', `grant usage on schema ${sqlName(schema)} to ${own}`));
      const planned = new Set(columns.map(column => column.name));
      const unreadable = table.columns.filter(column => planned.has(column.name) && !column.isReadable);
      if (unreadable.length > 0) {
        const list = unreadable.map(column => displayName(column.name)).join(', ');
        const columnList = unreadable.map(column => sqlName(column.name)).join(', ');
        const fix = `grant select (${columnList}) on ${sqlName(schema, name)} to ${own}`;
        findings.push(missing(`SELECT on ${list}`, fix));
      }
      if (table.hasRowSecurity) {
        const fix = `alter role ${own} bypassrls, or use another role.`;
        findings.push(missing('BYPASSRLS, so row security would hide rows', fix));
      }
      return findings;
    });
}

/** What emptying, loading and rebuilding need: to own the tables, and to use their schemas and create indexes in them. */
export function targetRights({ plan, targetCatalog }: Rights, role: string): Finding[] {
  const side = 'target';
  const own = sqlName(role);
  const names = new Set(plan.tables.flatMap(table => [tableKey(table), tableKey(table.into)]));
  const tables = targetCatalog.tables.filter(table => names.has(tableKey(table)));
  const others = targetCatalog.tables.filter(table => !names.has(tableKey(table)));
  const schemas = [...new Map(tables.map(table => [table.schema, table])).values()];
  return [
    ...schemas.flatMap(table => {
      const schema = sqlName(table.schema);
      const missing = [...(table.isSchemaUsable ? [] : ['USAGE']), ...(table.isSchemaOpen ? [] : ['CREATE'])];
      if (missing.length === 0) return [];
      const fix = `grant ${missing.join(', ').toLowerCase()} on schema ${schema} to ${own}`;
      return [
        lack({ side, role, place: `schema ${displayName(table.schema)}`, privilege: missing.join(' and '), fix }),
      ];
    }),
    ...tables.filter(table => !table.isOwned).map(table => notOwned(table, { role, privilege: 'ownership' })),
    ...referencing(others, withRelatives(tables, targetCatalog)).map(({ table, key }) => {
      const privilege = `ownership, to put aside its foreign key ${displayName(key.name)} into ${displayName(key.referenced.schema, key.referenced.name)}`;
      return notOwned(table, { role, privilege });
    }),
  ];
}

function notOwned({ schema, name }: CatalogTable, { role, privilege }: Pick<Lack, 'role' | 'privilege'>): Finding {
  const fix = `alter table ${sqlName(schema, name)} owner to ${sqlName(role)}, or make it a member of the owner.`;
  return lack({ side: 'target', role, place: displayName(schema, name), privilege, fix });
}

/** Their keys, with the partitioned tables above them and the partitions below: a foreign key into any of those goes, too. */
function withRelatives(tables: readonly CatalogTable[], catalog: Catalog): ReadonlySet<string> {
  const keys = new Set<string>();
  const addBelow = (table: CatalogTable): void => {
    keys.add(tableKey(table));
    for (const partition of partitionsOf(catalog, table)) addBelow(partition);
  };
  for (const table of tables) {
    addBelow(table);
    for (let { parent } = table; parent; parent = findTable(catalog, parent)?.parent ?? null)
      keys.add(tableKey(parent));
  }
  return keys;
}

/** The first foreign key of each table that leads to one of these, where the role may not drop it. */
function referencing(
  tables: readonly CatalogTable[],
  referenced: ReadonlySet<string>,
): { readonly table: CatalogTable; readonly key: CatalogForeignKey }[] {
  return tables.flatMap(table => {
    const key = table.isOwned ? undefined : table.foreignKeys.find(one => referenced.has(tableKey(one.referenced)));
    return key ? [{ table, key }] : [];
  });
}

const SEES_OTHERS = `
select current_user as role, pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as "mayLook"`;

/** What the governor needs: to see what the sessions of others do. Without it, all of them look idle. */
export async function governorRights(client: ClientBase, side: Side): Promise<Finding[]> {
  const { role, mayLook } = (await client.query<{ role: string; mayLook: boolean }>(SEES_OTHERS)).rows[0]!; // one row, always
  if (mayLook) return [];
  const fix = `grant pg_read_all_stats to ${sqlName(role)}`;
  return [lack({ side, role, place: 'governor', privilege: 'membership in pg_read_all_stats', fix })];
}

const LEDGER_RIGHTS = `
select current_user as role, current_database() as database, n.oid is not null as "isThere",
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'usage'), true) as "mayUse",
  coalesce(pg_catalog.has_schema_privilege(n.oid, 'create'), pg_catalog.has_database_privilege(current_database(), 'create'))
    as "mayCreate",
  array(select c.relname::text from pg_catalog.pg_class c
        where c.relnamespace = n.oid and c.relkind = 'r'
          and not (pg_catalog.has_table_privilege(c.oid, 'select') and pg_catalog.has_table_privilege(c.oid, 'insert')
                   and pg_catalog.has_table_privilege(c.oid, 'update') and pg_catalog.has_table_privilege(c.oid, 'delete'))
        order by c.relname) as closed
from (select) as one left join pg_catalog.pg_namespace n on n.nspname = 'pgveil'`;

interface LedgerRights {
  readonly role: string;
  readonly database: string;
  /** An earlier run has made it, as whatever role. */
  readonly isThere: boolean;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
  /** Its tables that this role may not write. */
  readonly closed: readonly string[];
}

/** What the ledger needs: a schema of its own on the target. */
export async function ledgerRights(target: ClientBase): Promise<Finding[]> {
  return lackingIn((await target.query<LedgerRights>(LEDGER_RIGHTS)).rows[0]!); // one row, always
}

/**
 * The same of a ledger that is there: what another role's run left could not even be looked for.
 * @param isElsewhere the run keeps its own ledger in another database
 */
export async function presentLedgerRights(
  target: ClientBase,
  { isElsewhere }: { readonly isElsewhere: boolean },
): Promise<Finding[]> {
  const rights = (await target.query<LedgerRights>(LEDGER_RIGHTS)).rows[0]!; // one row, always
  return rights.isThere ? lackingIn({ ...rights, mayCreate: rights.mayCreate || isElsewhere }) : [];
}

function lackingIn({ role, database, isThere, mayUse, mayCreate, closed }: LedgerRights): Finding[] {
  const own = sqlName(role);
  const ledger = { side: 'target', role, place: 'schema pgveil (the ledger)' } as const;
  const missing = [...(mayUse ? [] : ['USAGE']), ...(mayCreate ? [] : ['CREATE'])];
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const where = isThere ? 'schema pgveil' : `database ${sqlName(database)}`;
    const fix = `grant ${missing.join(', ').toLowerCase()} on ${where} to ${own}`;
    findings.push(lack({ ...ledger, privilege: missing.join(' and '), fix }));
  }
  if (closed.length > 0) {
    const privilege = `SELECT, INSERT, UPDATE and DELETE on ${closed.map(name => displayName(name)).join(', ')}`;
    const fix = `grant select, insert, update, delete on all tables in schema pgveil to ${own}`;
    findings.push(lack({ ...ledger, privilege, fix }));
  }
  return findings;
}
