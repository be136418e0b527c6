// The plan of a run, checked against both databases. Everything that is wrong is reported together.

import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { refuseIf } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { checkStructure } from '../pg/check-structure.ts';
import { type Databases, rebuildingSessions, type WorkerLimit } from '../pg/databases.ts';
import { preflight } from '../pg/preflight.ts';
import type { PgTools } from '../pg/tools/find-tools.ts';
import { checkVault } from '../vault/check-vault.ts';
import { usefulWorkers } from './cut-slices.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan-types.ts';

export interface CheckedPlan {
  readonly plan: Plan;
  readonly source: Catalog;
  readonly target: Catalog;
  /** As many as pay, where that was left to us. */
  readonly workers: number;
  /** Where the run builds a structure. */
  readonly tools?: PgTools | undefined;
}

export interface PlanScope {
  /** Restricts the run to these tables (`schema.table`). */
  readonly only?: readonly string[] | undefined;
  readonly env: Environment;
}

/** One renames, the other ends sessions meanwhile. */
const MAINTENANCE_SESSIONS = 2;

/** @throws {AnonymizeError} ANON_PLAN_REFUSED or ANON_PREFLIGHT_REFUSED with all findings */
export async function checkedPlan(
  config: LoadedConfig,
  databases: Databases,
  { limit, isAuto, only, env }: WorkerLimit & PlanScope,
): Promise<CheckedPlan> {
  const { sourceSession, targetSession, secret } = databases;
  const [source, present] = await Promise.all([readCatalog(sourceSession), readCatalog(targetSession)]);
  const { publish, schema } = config.target;
  const target = schema === 'copy' ? builtFrom(source, present) : present;
  const { plan, findings } = await makePlan({
    config,
    source,
    target,
    secret,
    strategiesFolder: config.strategies,
    only,
  });
  refuseIf(findings, 'ANON_PLAN_REFUSED');
  const workers = isAuto ? usefulWorkers(plan, limit) : limit;
  const beside = publish === 'swap';
  const built = await checkStructure({
    config,
    env,
    source: sourceSession,
    target: targetSession,
    majors: { source: source.major, target: target.major },
  });
  const opened = Math.max(workers, rebuildingSessions(config)) + (beside ? MAINTENANCE_SESSIONS : 0);
  const found = [
    ...built.findings,
    ...(await preflight({
      source: sourceSession,
      target: targetSession,
      sourceCatalog: source,
      targetCatalog: target,
      plan,
      connections: { source: workers, target: opened },
      isBuilt: { fromSource: schema === 'copy', beside },
    })),
  ];
  refuseIf(found, 'ANON_PREFLIGHT_REFUSED');
  if (plan.vaultDomains.length > 0) refuseIf(await checkVault(databases), 'ANON_PREFLIGHT_REFUSED');
  return { plan, source, target, workers, tools: built.tools };
}

/** The catalogue that the target will have: the source's, on the server of the target, all of it the role's own. */
function builtFrom(source: Catalog, { major }: Catalog): Catalog {
  const own = { isOwned: true, isSchemaUsable: true, isSchemaOpen: true, hasRowSecurity: false };
  return { ...source, major, tables: source.tables.map(table => ({ ...table, ...own })) };
}
