// Whether the roles of a run may do what it will do, before it begins. Every right that is missing is named, with what grants it.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { Catalog } from './catalog-types.ts';
import type { Side } from './errors.ts';
import { findTable } from './find-table.ts';
import { displayName } from './identifiers.ts';
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
  const own = displayName(role);
  return plan.tables
    .filter(table => table.action === 'copy')
    .flatMap(({ schema, name, columns }) => {
      const table = findTable(sourceCatalog, { schema, name })!; // planned from it
      const place = displayName(schema, name);
      const missing = (privilege: string, fix: string): Finding =>
        lack({ side: 'source', role, place, privilege, fix });
      const findings: Finding[] = [];
      if (!table.isSchemaUsable)
        findings.push(missing('USAGE on the schema', `grant usage on schema ${displayName(schema)} to ${own}`));
      const planned = new Set(columns.map(column => column.name));
      const unreadable = table.columns.filter(column => planned.has(column.name) && !column.isReadable);
      if (unreadable.length > 0) {
        const list = unreadable.map(column => displayName(column.name)).join(', ');
        findings.push(missing(`SELECT on ${list}`, `grant select (${list}) on ${place} to ${own}`));
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
  const own = displayName(role);
  const names = new Set(plan.tables.flatMap(table => [tableKey(table), tableKey(table.into)]));
  const tables = targetCatalog.tables.filter(table => names.has(tableKey(table)));
  const schemas = [...new Map(tables.map(table => [table.schema, table])).values()];
  return [
    ...schemas.flatMap(table => {
      const schema = displayName(table.schema);
      const missing = [...(table.isSchemaUsable ? [] : ['USAGE']), ...(table.isSchemaOpen ? [] : ['CREATE'])];
      if (missing.length === 0) return [];
      const fix = `grant ${missing.join(', ').toLowerCase()} on schema ${schema} to ${own}`;
      return [lack({ side, role, place: `schema ${schema}`, privilege: missing.join(' and '), fix })];
    }),
    ...tables
      .filter(table => !table.isOwned)
      .map(table => {
        const place = displayName(table.schema, table.name);
        const fix = `alter table ${place} owner to ${own}, or make it a member of the owner.`;
        return lack({ side, role, place, privilege: 'ownership', fix });
      }),
  ];
}

const LEDGER_RIGHTS = `
select coalesce(
  (select pg_catalog.has_schema_privilege(oid, 'create') from pg_catalog.pg_namespace where nspname = 'pgveil'),
  pg_catalog.has_database_privilege(current_database(), 'create')) as "mayCreate", current_database() as database`;

/** What the ledger needs: a schema of its own on the target. */
export async function ledgerRights(target: ClientBase, role: string): Promise<Finding[]> {
  const { rows } = await target.query<{ mayCreate: boolean; database: string }>(LEDGER_RIGHTS);
  const { mayCreate, database } = rows[0]!; // one row, always
  if (mayCreate) return [];
  const fix = `grant create on database ${displayName(database)} to ${displayName(role)}`;
  return [lack({ side: 'target', role, place: 'schema pgveil (the ledger)', privilege: 'CREATE', fix })];
}
