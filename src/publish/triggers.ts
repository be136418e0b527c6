// What would run or filter while rows are loaded: the users' triggers, and row security that binds even the owner.
// Rules need nothing: COPY does not run them.

import type { ClientBase } from 'pg';
import { quoteName, quoteTable } from '../pg/identifiers.ts';
import type { Found } from './definitions.ts';

/** `tgenabled`: fires unless replicating, only when replicating, always. */
const ENABLE = { O: 'enable', R: 'enable replica', A: 'enable always' } as const;

interface Trigger {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly enabled: keyof typeof ENABLE;
}

/**
 * Triggers of users that may fire on a planned table, those that a partition has from its parent included (before
 * PostgreSQL 15 they count as internal; tgconstraint tells them from those of foreign keys, which are put aside as such).
 * A trigger that is disabled already has nothing to restore.
 */
const TRIGGERS = `
select n.nspname as schema, t.relname as "table", g.tgname as name, g.tgenabled as enabled
from pg_trigger g
join pg_class t on t.oid = g.tgrelid
join pg_namespace n on n.oid = t.relnamespace
where g.tgrelid = any ($1) and g.tgenabled <> 'D'
  and (not g.tgisinternal or (g.tgparentid <> 0 and g.tgconstraint = 0))
order by t.oid, g.tgname`;

/** Finds the triggers to disable; each comes back as enabled as it was. */
export async function findTriggers(client: ClientBase, tables: readonly number[]): Promise<Found> {
  const { rows } = await client.query<Trigger>(TRIGGERS, [tables]);
  const alter = (trigger: Trigger, verb: string): string =>
    `alter table only ${quoteTable({ schema: trigger.schema, name: trigger.table })} ${verb} trigger ${quoteName(trigger.name)}`;
  return {
    definitions: rows.map(trigger => {
      const { schema, table, name, enabled } = trigger;
      return { kind: 'trigger', schema, table, name, restore: alter(trigger, ENABLE[enabled]) };
    }),
    putAside: rows.map(trigger => alter(trigger, 'disable')),
  };
}

/** COPY refuses a table whose row security holds for the role; an owner is exempt unless the table forces it. */
const ROW_SECURITY = `
select n.nspname as schema, t.relname as name
from pg_class t
join pg_namespace n on n.oid = t.relnamespace
where t.oid = any ($1) and t.relforcerowsecurity and row_security_active(t.oid)
order by t.oid`;

/** Finds the tables that force row security on their owner, which is us. Policies themselves stay as they are. */
export async function findForcedRowSecurity(client: ClientBase, tables: readonly number[]): Promise<Found> {
  const { rows } = await client.query<{ schema: string; name: string }>(ROW_SECURITY, [tables]);
  return {
    definitions: rows.map(table => ({
      kind: 'row security',
      schema: table.schema,
      table: table.name,
      name: table.name,
      restore: `alter table only ${quoteTable(table)} force row level security`,
    })),
    putAside: rows.map(table => `alter table only ${quoteTable(table)} no force row level security`),
  };
}
