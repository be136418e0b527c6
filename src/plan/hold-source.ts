// From here on the source stands still for the run: its tables are locked against changes of their structure, and every
// worker reads the same snapshot. What the plan was made from must still be true then.

import pg, { type ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import type { Client } from '../pg/connect.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { exportSnapshot, withSnapshot } from '../pg/snapshot.ts';
import type { CheckedPlan } from './checked-plan.ts';
import type { Plan } from './plan-types.ts';

interface SourceSessions {
  /** Keeps the snapshot from here on. */
  readonly session: ClientBase;
  /** Sees what is there now. */
  readonly looking: Client;
}

/**
 * Locks the planned tables and exports the snapshot of the run; both last as long as the session. Between plan and lock
 * a table may have been altered. One that was truncated or rewritten would look empty to the snapshot, which is why another
 * session looks at what is there now.
 * @throws {AnonymizeError} ANON_SOURCE_CHANGED, ANON_SOURCE_LOCKED, ANON_POOLER
 */
export async function holdSource(checked: CheckedPlan, { session, looking }: SourceSessions): Promise<string> {
  const snapshot = await exportSnapshot(session, lockedTables(checked.plan)).catch((cause: unknown) => {
    throw isGone(cause) ? changed('A planned table of the source') : cause;
  });
  const place = changedTables(checked, await readCatalog(looking)).join(', ');
  if (place !== '') throw changed(place);
  await withSnapshot(looking, snapshot, async () => {}).catch((cause: unknown) => {
    throw isUnshared(cause) ? new AnonymizeError('ANON_POOLER', { side: 'source' }) : cause;
  });
  return snapshot;
}

/** The tables that a run locks on the source. A subset also looks at tables that this run leaves alone. */
export const lockedTables = ({ tables, subset }: Plan): TableName[] => [
  ...new Map(
    [...tables, ...(subset?.tables ?? [])].map(({ schema, name }) => [
      JSON.stringify([schema, name]),
      { schema, name },
    ]),
  ).values(),
];

const changed = (place: string): AnonymizeError => new AnonymizeError('ANON_SOURCE_CHANGED', { place });

/** undefined_table, invalid_schema_name */
const isGone = (cause: unknown): boolean =>
  cause instanceof pg.DatabaseError && ['42P01', '3F000'].includes(cause.code ?? '');

/** The session that exported it is still there, so whoever does not find the snapshot is on another server. */
const isUnshared = (cause: unknown): boolean => cause instanceof AnonymizeError && cause.code === 'ANON_SNAPSHOT_GONE';

function changedTables({ plan, source }: CheckedPlan, now: Catalog): string[] {
  const shape = (catalog: Catalog, { schema, name }: TableName): string => {
    const { rows, bytes, pages, ...table } = findTable(catalog, { schema, name }) ?? ({} as Partial<CatalogTable>);
    return JSON.stringify([table, table.columns?.map(column => catalog.types.get(column.type))]);
  };
  return plan.tables
    .filter(table => shape(source, table) !== shape(now, table))
    .map(({ schema, name }) => displayName(schema, name));
}
