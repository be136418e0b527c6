// The plan of a run, checked against both databases. Everything that is wrong is reported together.

import type { LoadedConfig } from '../config/load.ts';
import { refuseIf } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { type Databases, rebuildingSessions, type WorkerLimit } from '../pg/databases.ts';
import { preflight } from '../pg/preflight.ts';
import { checkVault } from '../vault/check-vault.ts';
import { usefulWorkers } from './cut-slices.ts';
import { makePlan } from './make-plan.ts';
import { planOutside } from './outside.ts';
import type { Plan } from './plan-types.ts';

export interface CheckedPlan {
  readonly plan: Plan;
  readonly source: Catalog;
  readonly target: Catalog;
  /** As many as pay, where that was left to us. */
  readonly workers: number;
  /** What references in the options of strategies stand for. */
  readonly references: ReadonlyMap<string, string>;
}

/** @throws {AnonymizeError} ANON_PLAN_REFUSED or ANON_PREFLIGHT_REFUSED with all findings */
export async function checkedPlan(
  config: LoadedConfig,
  databases: Databases,
  { limit, isAuto, only }: WorkerLimit & { readonly only?: readonly string[] | undefined },
): Promise<CheckedPlan> {
  const { sourceSession, targetSession, secret, env } = databases;
  const outside = planOutside({ config, env, sourceSession });
  const [source, target] = await Promise.all([readCatalog(sourceSession), readCatalog(targetSession)]);
  const { plan, findings } = await makePlan({
    config,
    source,
    target,
    secret,
    strategiesFolder: config.strategies,
    outside,
    only,
  });
  refuseIf(findings, 'ANON_PLAN_REFUSED');
  const workers = isAuto ? usefulWorkers(plan, limit) : limit;
  refuseIf(
    await preflight({
      source: sourceSession,
      target: targetSession,
      sourceCatalog: source,
      targetCatalog: target,
      plan,
      connections: { source: workers, target: Math.max(workers, rebuildingSessions(config)) },
    }),
    'ANON_PREFLIGHT_REFUSED',
  );
  if (plan.vaultDomains.length > 0) refuseIf(await checkVault(databases), 'ANON_PREFLIGHT_REFUSED');
  return { plan, source, target, workers, references: outside.references };
}
