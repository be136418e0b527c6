// ★ A run: plan, preflight, snapshot, slices, publish, report. It never prints, exits or reads the environment.

import { randomUUID } from 'node:crypto';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { keyCheckValue } from './crypto/keys.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import { type Databases, RESERVED_SESSIONS, withDatabases, workerCount } from './pg/databases.ts';
import { withRunLock } from './pg/preflight.ts';
import { lockTables } from './pg/snapshot.ts';
import { checkedPlan } from './plan/checked-plan.ts';
import { publishInPlace, restoreLeftovers } from './publish/in-place.ts';
import { ensureLedger, latestKeyCheck, recordRun } from './publish/ledger.ts';
import { targetTables } from './publish/target-tables.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import { type Report, Tally } from './report/report.ts';
import { type Workers, withWorkers } from './workers/pool.ts';
import { RunState } from './workers/run-state.ts';
import { sliceTasks } from './workers/slice-tasks.ts';

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
  const workers = workerCount(config, options.parallel);
  try {
    return await withWorkers(workers, pool =>
      withDatabases(config, { ...options, run }, databases =>
        withRunLock(databases.targetSession, () => publish({ config, options, run, started, databases, pool })),
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
  readonly pool: Workers;
}

async function publish({ config, options, run, started, databases, pool }: Run): Promise<Report> {
  const { sourceSession, connectSource, connectTarget, snapshot } = databases;
  const { signal = new AbortController().signal, onEvent = () => {} } = options;
  const { plan, source, target } = await checkedPlan(config, databases, { workers: pool.count, only: options.only });
  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  onEvent({ event: 'planned', run, plan, workers: pool.count, progress: table => state.progress(table) });

  await lockTables(sourceSession, plan.tables);
  await beginRun(config, databases, { run, acceptNewSecret: options.acceptNewSecret });
  const tasks = sliceTasks(plan, source, { config, databases, run, workers: pool.count, state });
  const inPlace = {
    run,
    tables: targetTables(plan, target),
    source: connectSource,
    parallel: Math.max(1, config.target.maxConnections - RESERVED_SESSIONS),
    signal,
    onStage: (stage: Stage) => onEvent({ event: 'stage', stage }),
  };
  await publishInPlace(connectTarget, inPlace, () =>
    pool.copyAll(tasks, { state, signal, onDone: (task, done) => tally.add(task, done) }),
  );
  return tally.report({ run, started, snapshot, configSha256: config.sha256, read: config.source.read });
}

/** Readies the ledger: what a killed run left is put right, and another secret than before is refused. */
async function beginRun(
  config: LoadedConfig,
  { connectTarget, secret, snapshot }: Databases,
  { run, acceptNewSecret }: { readonly run: string; readonly acceptNewSecret?: boolean | undefined },
): Promise<void> {
  await ensureLedger(connectTarget);
  const keyCheck = secret ? keyCheckValue(secret) : null;
  const before = await latestKeyCheck(connectTarget);
  if (keyCheck && before && keyCheck !== before && !acceptNewSecret) throw new AnonymizeError('ANON_KEY_CHANGED');
  await restoreLeftovers(connectTarget, Math.max(1, config.target.maxConnections - RESERVED_SESSIONS));
  await recordRun(connectTarget, { id: run, configSha256: config.sha256, keyCheck, snapshot });
}
