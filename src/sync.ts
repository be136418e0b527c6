// ★ A run: plan, preflight, snapshot, slices, publish, report. It never prints, exits or reads the environment.

import { randomUUID } from 'node:crypto';
import { spend } from './budget/run-budget.ts';
import type { BudgetRequest } from './budget/spend.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { keyCheckValue } from './crypto/keys.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import { type Databases, rebuildingSessions, type WorkerLimit, withDatabases, workerLimit } from './pg/databases.ts';
import { withRunLock } from './pg/run-lock.ts';
import { checkedPlan } from './plan/checked-plan.ts';
import { holdSource } from './plan/hold-source.ts';
import { publishInPlace, restoreLeftovers } from './publish/in-place.ts';
import { ensureLedger, latestKeyCheck, recordRun } from './publish/ledger.ts';
import { targetTables } from './publish/target-tables.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import { type Report, Tally } from './report/report.ts';
import { type Workers, withWorkers } from './workers/pool.ts';
import { RunState } from './workers/run-state.ts';
import { sliceTasks } from './workers/slice-tasks.ts';
import { stopError } from './workers/stop-error.ts';

export interface SyncOptions {
  /** Where env: references are looked up. */
  readonly env: Environment;
  /** Stops the run cleanly: the target gets its structure back. */
  readonly signal?: AbortSignal | undefined;
  /** Restricts the run to these tables (`schema.table`). */
  readonly only?: readonly string[] | undefined;
  /** Instead of the configuration's `parallel`. */
  readonly parallel?: number | undefined;
  /** Accepts that the secret is not the one of the run before. */
  readonly acceptNewSecret?: boolean | undefined;
  readonly onEvent?: ((event: SyncEvent) => void) | undefined;
}

/**
 * Copies the source into the target and replaces values on the way.
 * @throws {AnonymizeError} and nothing else; the target then has its structure back, and its planned tables are empty
 */
export async function sync(config: LoadedConfig, options: SyncOptions): Promise<Report> {
  const started = new Date();
  const run = randomUUID();
  const threads = workerLimit(config, options.parallel);
  try {
    return await withWorkers(threads, pool =>
      withDatabases(config, { ...options, run }, databases =>
        withRunLock(databases.targetSession, lost =>
          publish({ config, options, run, started, databases, threads, pool, lost }),
        ),
      ),
    );
  } catch (cause) {
    throw unexpected(cause);
  }
}

interface Run {
  readonly config: LoadedConfig;
  readonly options: SyncOptions;
  readonly run: string;
  readonly started: Date;
  readonly databases: Databases;
  readonly threads: WorkerLimit;
  readonly pool: Workers;
  /** Aborts when the target is no longer held for this run. */
  readonly lost: AbortSignal;
}

async function publish({ config, options, run, started, databases, threads, pool, lost }: Run): Promise<Report> {
  const { connectSource, connectTarget, openTarget } = databases;
  const { onEvent = () => {} } = options;
  const signal = AbortSignal.any([lost, ...(options.signal ? [options.signal] : [])]);
  const onStage = (stage: Stage): void => onEvent({ event: 'stage', stage });
  // Before the plan: it must see the target's structure as it is when nothing is put aside.
  await restoreLeftovers(connectTarget, { parallel: rebuildingSessions(config), onStage });
  const checked = await checkedPlan(config, databases, { ...threads, only: options.only });
  const { plan, source, target, workers, budget } = checked;
  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  onEvent({ event: 'planned', run, plan, workers, progress: table => state.progress(table) });

  const snapshot = await holdSource(databases, checked);
  if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
  const inPlace = {
    run,
    tables: targetTables(plan, target),
    source: connectSource,
    sequences: config.target.sequences,
    parallel: rebuildingSessions(config),
    signal,
    onStage,
    // Only who holds the target may undo; another run that holds it meanwhile puts right what this one left.
    underLock: (work: () => Promise<void>) =>
      lost.aborted ? openTarget(session => withRunLock(session, work)) : work(),
  };
  onStage('preparing');
  await beginRun(config, databases, { run, snapshot, budget, acceptNewSecret: options.acceptNewSecret });
  const tasks = sliceTasks(plan, { source, target }, { config, databases, run, snapshot, workers, state });
  const warm = pool.warmUp(tasks.slice(0, workers));
  await publishInPlace(connectTarget, inPlace, async () => {
    await warm;
    await pool.copyAll(tasks, { workers, state, signal, onDone: (slice, done) => tally.add(slice, done) });
  });
  return tally.report({ run, started, snapshot, configSha256: config.sha256, read: config.source.read });
}

interface Beginning {
  readonly run: string;
  readonly snapshot: string;
  readonly budget: BudgetRequest | undefined;
  readonly acceptNewSecret: boolean | undefined;
}

/** Readies the ledger and spends the budget of privacy; another secret than before is refused. */
async function beginRun(
  config: LoadedConfig,
  databases: Databases,
  { run, snapshot, budget, acceptNewSecret }: Beginning,
): Promise<void> {
  const { connectTarget, secret } = databases;
  await ensureLedger(connectTarget);
  const keyCheck = secret ? keyCheckValue(secret) : null;
  const before = await latestKeyCheck(connectTarget);
  if (keyCheck && before && keyCheck !== before && !acceptNewSecret) throw new AnonymizeError('ANON_KEY_CHANGED');
  if (budget) await spend(databases, budget, run);
  await recordRun(connectTarget, { id: run, configSha256: config.sha256, keyCheck, snapshot });
}
