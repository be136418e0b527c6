// The plan of a run, checked against both databases. Everything that is wrong is reported together.

import { budgetRequest, overBudget } from '../budget/run-budget.ts';
import type { BudgetRequest } from '../budget/spend.ts';
import type { LoadedConfig } from '../config/load.ts';
import { refuseIf } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { type Databases, rebuildingSessions, type WorkerLimit } from '../pg/databases.ts';
import { preflight } from '../pg/preflight.ts';
import { noteReactions, readConstraints } from '../trial/target-constraints.ts';
import { trySample } from '../trial/try-sample.ts';
import { checkControl } from '../vault/check-control.ts';
import { usefulWorkers } from './cut-slices.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan-types.ts';

export interface CheckedPlan {
  readonly plan: Plan;
  readonly source: Catalog;
  readonly target: Catalog;
  /** As many as pay, where that was left to us. */
  readonly workers: number;
  /** What it will spend of privacy, where that is recorded. */
  readonly budget: BudgetRequest | undefined;
}

/** @throws {AnonymizeError} ANON_PLAN_REFUSED, ANON_PREFLIGHT_REFUSED or ANON_TRIAL_REFUSED with all findings */
export async function checkedPlan(
  config: LoadedConfig,
  databases: Databases,
  { limit, isAuto, only }: WorkerLimit & { readonly only?: readonly string[] | undefined },
): Promise<CheckedPlan> {
  const { sourceSession, targetSession, secret } = databases;
  const [source, target] = await Promise.all([readCatalog(sourceSession), readCatalog(targetSession)]);
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
  const budget = await budgetRequest(config, databases, plan);
  const keepsTokens = plan.vaultDomains.length > 0;
  if (keepsTokens || budget) {
    refuseIf(
      await checkControl({ ...databases, vaultSecret: keepsTokens ? secret : undefined }),
      'ANON_PREFLIGHT_REFUSED',
    );
  }
  if (budget) refuseIf(await overBudget(databases, budget), 'ANON_PREFLIGHT_REFUSED');
  const constraints = await readConstraints(
    targetSession,
    plan.tables.map(table => table.into),
  );
  const { openSource, openTarget } = databases;
  const { strategies: strategiesFolder, trialRows: rows } = config;
  const trial = { plan, source, target, constraints, rows, secret, strategiesFolder, openSource, openTarget };
  refuseIf(await trySample(trial), 'ANON_TRIAL_REFUSED');
  return { plan: { ...plan, notes: [...plan.notes, ...noteReactions(constraints)] }, source, target, workers, budget };
}
