// What the databases are asked before the first byte moves: versions, rights, connections, and that they are two.

import { randomInt } from 'node:crypto';
import type { ClientBase } from 'pg';
import { AnonymizeError, type Finding, finding } from '../errors.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { Catalog } from './catalog-types.ts';
import { checkDerived } from './check-derived.ts';
import { checkLargeObjects } from './check-large-objects.ts';
import { checkOutputs } from './check-outputs.ts';
import { governorRights, ledgerRights, sourceRights, targetRights } from './check-rights.ts';
import { checkWhere } from './check-where.ts';
import type { Side } from './errors.ts';

/** The oldest PostgreSQL that this is tested with. */
const OLDEST_MAJOR = 13;

/** Our own idle session beside the one that asks is not another one: it will be used. */
const CAPACITY = `
with sessions as (
  select usename from pg_catalog.pg_stat_activity
  where backend_type = 'client backend'
    and (pid = pg_catalog.pg_backend_pid() or application_name is distinct from current_setting('application_name'))
)
select current_user as role, pg_catalog.pg_is_in_recovery() as "isStandby",
  (select rolconnlimit from pg_catalog.pg_roles where rolname = current_user) as "roleLimit",
  (select count(*)::int from sessions where usename = current_user) as "roleUsed",
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "serverLimit",
  (select count(*)::int from sessions) as "serverUsed"`;

interface Capacity {
  readonly role: string;
  readonly isStandby: boolean;
  readonly roleLimit: number;
  readonly roleUsed: number;
  readonly serverLimit: number;
  readonly serverUsed: number;
}

export interface Preflight {
  readonly source: ClientBase;
  readonly target: ClientBase;
  readonly sourceCatalog: Catalog;
  readonly targetCatalog: Catalog;
  readonly plan: Plan;
  /** Connections that the run will open besides those that are open already. */
  readonly connections: { readonly source: number; readonly target: number };
  /** The run looks at what others do on the servers. */
  readonly isGoverned: boolean;
  /** The run builds the planned tables in a database of its own. */
  readonly isBuilt: { readonly fromSource: boolean; readonly beside: boolean };
}

/** Collects everything that would stop the run later. Neither database waits for what the other is asked. */
export async function preflight(run: Preflight): Promise<Finding[]> {
  const [onSource, onTarget] = await Promise.all([sourceFindings(run), targetFindings(run)]);
  return [...onSource, ...onTarget];
}

async function sourceFindings({ source, sourceCatalog, plan, connections, ...run }: Preflight): Promise<Finding[]> {
  const capacity = await capacityOf(source);
  const rights = sourceRights({ ...run, plan, sourceCatalog }, capacity.role);
  return [
    ...versionFindings('source', sourceCatalog),
    ...connectionFindings('source', capacity, connections.source),
    ...rights,
    // It runs as the role: without its rights, it says no more than those.
    ...(rights.length > 0 ? [] : await checkWhere(source, plan)),
    ...(rights.length > 0 ? [] : await checkLargeObjects(source, plan.tables, sourceCatalog)),
    ...(await checkDerived(source, plan.tables)),
    ...(run.isBuilt.fromSource ? await checkOutputs(source, plan.tables) : []),
    ...(run.isGoverned ? await governorRights(source, 'source') : []),
  ];
}

async function targetFindings({ target, targetCatalog, plan, connections, ...run }: Preflight): Promise<Finding[]> {
  const capacity = await capacityOf(target);
  return [
    ...versionFindings('target', targetCatalog),
    ...(capacity.isStandby ? [finding('ANON_TARGET_READ_ONLY')] : []),
    ...connectionFindings('target', capacity, connections.target),
    ...(run.isBuilt.fromSource ? [] : await checkOutputs(target, plan.tables)),
    ...targetRights({ ...run, plan, targetCatalog }, capacity.role),
    ...(run.isBuilt.beside ? [] : await ledgerRights(target)),
    ...(run.isGoverned ? await governorRights(target, 'target') : []),
  ];
}

async function capacityOf(client: ClientBase): Promise<Capacity> {
  const { rows } = await client.query<Capacity>(CAPACITY);
  return rows[0]!; // one row, always
}

function versionFindings(side: Side, { major }: Catalog): Finding[] {
  return major >= OLDEST_MAJOR ? [] : [finding('ANON_VERSION', { side, version: major, wanted: OLDEST_MAJOR })];
}

function connectionFindings(side: Side, capacity: Capacity, wanted: number): Finding[] {
  const free = Math.min(
    capacity.serverLimit - capacity.serverUsed,
    capacity.roleLimit < 0 ? Number.POSITIVE_INFINITY : capacity.roleLimit - capacity.roleUsed,
  );
  if (free >= wanted) return [];
  const detail = `${wanted} more connections are needed, of which the server has ${Math.max(0, free)}.`;
  return [finding('ANON_CONNECTIONS', { side, detail })];
}

export const TRY_LOCK = 'select pg_catalog.pg_try_advisory_lock($1) as got';
export const UNLOCK = 'select pg_catalog.pg_advisory_unlock($1)';

/** @throws {AnonymizeError} ANON_SAME_DATABASE */
export async function refuseSameDatabase(source: ClientBase, target: ClientBase): Promise<void> {
  if (await isSameDatabase(source, target)) throw new AnonymizeError('ANON_SAME_DATABASE');
}

/**
 * Whether two sessions are in the same database, through whatever names or poolers: an advisory lock that one holds is not
 * to be had by the other.
 */
export async function isSameDatabase(one: ClientBase, other: ClientBase): Promise<boolean> {
  const key = randomInt(2 ** 47);
  await other.query(TRY_LOCK, [key]);
  try {
    const { rows } = await one.query<{ got: boolean }>(TRY_LOCK, [key]);
    const isSame = !rows[0]?.got;
    if (!isSame) await one.query(UNLOCK, [key]);
    return isSame;
  } finally {
    await other.query(UNLOCK, [key]);
  }
}
