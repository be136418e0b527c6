// The plan of a run, checked against both databases. Everything that is wrong is reported together.

import { budgetRequest, overBudget } from '../budget/run-budget.ts';
import type { BudgetRequest } from '../budget/spend.ts';
import type { LoadedConfig } from '../config/load.ts';
import { refuseIf } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { checkStructure } from '../pg/check-structure.ts';
import { type Databases, rebuildingSessions, type WorkerLimit } from '../pg/databases.ts';
import { preflight } from '../pg/preflight.ts';
import type { PgTools } from '../pg/tools/find-tools.ts';
import { tryPlan } from '../trial/try-plan.ts';
import { checkControl } from '../vault/check-control.ts';
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
  /** Where the run builds a structure. */
  readonly tools?: PgTools | undefined;
  /** What references in the options of strategies stand for. */
  readonly references: ReadonlyMap<string, string>;
  /** What it will spend of privacy, where that is recorded. */
  readonly budget: BudgetRequest | undefined;
}

export interface PlanScope extends WorkerLimit {
  /** Restricts the run to these tables (`schema.table`). */
  readonly only?: readonly string[] | undefined;
  /** What a run goes on from that was not finished. */
  readonly earlier?: PlannedEarlier | undefined;
}

/** A plan that must come out as it was before: a trial and a budget are behind it. */
export interface PlannedEarlier {
  /** Refuses tables that are not as they were. @returns the source's, with the statistics of then */
  readonly asPlanned: (catalogs: Catalogs) => Catalog;
}

/** One renames, the other ends sessions meanwhile. */
const MAINTENANCE_SESSIONS = 2;

/** @throws {AnonymizeError} ANON_PLAN_REFUSED, ANON_PREFLIGHT_REFUSED or ANON_TRIAL_REFUSED with all findings */
export async function checkedPlan(
  config: LoadedConfig,
  databases: Databases,
  { limit, isAuto, only, earlier }: PlanScope,
): Promise<CheckedPlan> {
  const { sourceSession, secret, env } = databases;
  const outside = planOutside({ config, env, sourceSession });
  const { references } = outside;
  const catalogs = await readCatalogs(config, databases, earlier);
  const strategiesFolder = config.strategies;
  const { plan, findings } = await makePlan({ config, ...catalogs, secret, strategiesFolder, outside, only });
  refuseIf(findings, 'ANON_PLAN_REFUSED');
  const workers = isAuto ? usefulWorkers(plan, { limit, memory: config.memoryBytes }) : limit;
  const isBegun = earlier !== undefined;
  const tools = await checkDatabases(config, databases, { ...catalogs, plan, workers, isBegun });
  const budget = await checkSpending(config, databases, { plan, isSpent: isBegun });
  const checked = { plan, ...catalogs, workers, budget, references, tools };
  // What does not exist yet is tried when it is built (see publish/fill-structure.ts); what is half loaded was tried before.
  if (config.target.schema === 'copy' || earlier) return checked;
  const notes = [...plan.notes, ...(await tryPlan(config, checked, databases))];
  return { ...checked, plan: { ...plan, notes } };
}

export type Catalogs = Pick<CheckedPlan, 'source' | 'target'>;

/** As they are when the rows come. */
async function readCatalogs(
  config: LoadedConfig,
  { sourceSession, targetSession }: Databases,
  earlier: PlannedEarlier | undefined,
): Promise<Catalogs> {
  const [now, present] = await Promise.all([readCatalog(sourceSession), readCatalog(targetSession)]);
  const source = earlier ? earlier.asPlanned({ source: now, target: present }) : now;
  return { source, target: config.target.schema === 'copy' ? builtFrom(source, present) : present };
}

interface Begun {
  /** The run goes on: what it builds is there already. */
  readonly isBegun: boolean;
}

/** Whether both databases let the run do all that it will. @returns what builds the structure, where the run does */
async function checkDatabases(
  config: LoadedConfig,
  { sourceSession, targetSession, env }: Databases,
  { source, target, plan, workers, isBegun }: Catalogs & Pick<CheckedPlan, 'plan' | 'workers'> & Begun,
): Promise<PgTools | undefined> {
  const { publish, schema } = config.target;
  const sessions = { source: sourceSession, target: targetSession };
  const majors = { source: source.major, target: target.major };
  const built = await checkStructure({ config, env, ...sessions, majors, isBegun });
  const beside = publish === 'swap';
  const opened = Math.max(workers, rebuildingSessions(config)) + (beside ? MAINTENANCE_SESSIONS : 0);
  const found = await preflight({
    ...sessions,
    sourceCatalog: source,
    targetCatalog: target,
    plan,
    connections: { source: workers, target: opened },
    isGoverned: config.governor !== undefined,
    isBuilt: { fromSource: schema === 'copy', beside },
  });
  refuseIf([...built.findings, ...found], 'ANON_PREFLIGHT_REFUSED');
  return built.tools;
}

/** Whether the control database takes what the run will write there. @returns what it spends of privacy */
async function checkSpending(
  config: LoadedConfig,
  databases: Databases,
  { plan, isSpent }: Pick<CheckedPlan, 'plan'> & { readonly isSpent: boolean },
): Promise<BudgetRequest | undefined> {
  const budget = isSpent ? undefined : await budgetRequest(config, databases, plan);
  const keepsTokens = plan.vaultDomains.length > 0;
  if (keepsTokens || budget) {
    const vaultSecret = keepsTokens ? databases.secret : undefined;
    refuseIf(await checkControl({ ...databases, vaultSecret }), 'ANON_PREFLIGHT_REFUSED');
  }
  if (budget) refuseIf(await overBudget(databases, budget), 'ANON_PREFLIGHT_REFUSED');
  return budget;
}

/** The catalogue that the target will have: the source's, on the server of the target, all of it the role's own. */
function builtFrom(source: Catalog, { major }: Catalog): Catalog {
  const own = { isOwned: true, isSchemaUsable: true, isSchemaOpen: true, hasRowSecurity: false };
  return { ...source, major, tables: source.tables.map(table => ({ ...table, ...own })) };
}
