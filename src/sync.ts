// ★ A run: plan, preflight, snapshot, slices, publish, report. It never prints, exits or reads the environment.

import { randomUUID } from 'node:crypto';
import { spend } from './budget/run-budget.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { keyCheckValue } from './crypto/keys.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import { Guest } from './guest/guest.ts';
import type { Notice } from './guest/notices.ts';
import {
  type Databases,
  rebuildingSessions,
  sessionsBesidePreparing,
  type WorkerLimit,
  withDatabases,
  workerLimit,
} from './pg/databases.ts';
import { type RunLock, withRunLock } from './pg/run-lock.ts';
import { checkedPlan } from './plan/checked-plan.ts';

import { holdSource } from './plan/hold-source.ts';
import { hasLedger, isStillOurs, latestKeyCheck } from './publish/ledger.ts';
import { type Publishing, publish, putRight } from './publish/publication.ts';
import type { Connect } from './publish/target-session.ts';
import { type Quarantined, type RunQuarantine, withQuarantine } from './quarantine/run-quarantine.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import { type Report, Tally } from './report/report.ts';
import { Retries } from './retries/retries.ts';
import { selectSubset } from './subset/select-subset.ts';
import { type Workers, withWorkers } from './workers/pool.ts';
import { RunState } from './workers/run-state.ts';
import { sliceTasks } from './workers/slice-tasks.ts';
import { stopError } from './workers/stop-error.ts';
import { TaskQueue } from './workers/task-queue.ts';

export interface SyncOptions {
  /** Where env: references are looked up. */
  readonly env: Environment;
  /** Stops the run cleanly: the target is put right. */
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
 * @throws {AnonymizeError} and nothing else. In place, the target then has its structure back and its planned tables are empty;
 * one that was built is empty again; one that was to be swapped is as it was.
 */
export async function sync(config: LoadedConfig, options: SyncOptions): Promise<Report> {
  const started = new Date();
  const run = randomUUID();
  const threads = workerLimit(config, options.parallel);
  const retries = new Retries(config.retries, retried => options.onEvent?.({ event: 'retry', ...retried }));
  try {
    return await withWorkers(threads, pool =>
      withDatabases(config, { ...options, run, ...threads }, databases =>
        withRunLock(
          databases.targetSession,
          lock =>
            withQuarantine(config, { run, env: options.env }, quarantine =>
              copyAndPublish({ config, options, run, started, databases, threads, pool, lock, retries, quarantine }),
            ),
          { open: databases.openTarget, retries, isStillOurs: session => isStillOurs(session, run) },
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
  /** Holds the target for this run. */
  readonly lock: RunLock;
  readonly retries: Retries;
  /** Takes rows that the target refuses, where the configuration says so. */
  readonly quarantine: RunQuarantine | undefined;
}

async function copyAndPublish(given: Run): Promise<Report> {
  const { config, options, run, started, databases, threads, pool, lock, retries, quarantine } = given;
  const { onEvent = () => {} } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([lock.lost, stop.signal, ...(options.signal ? [options.signal] : [])]);
  const onStage = (stage: Stage): void => onEvent({ event: 'stage', stage });
  const parallel = rebuildingSessions(config);
  await putRight(config, databases, { parallel, onStage });
  const checked = await checkedPlan(config, databases, { ...threads, only: options.only });
  const { workers, budget, references } = checked;
  const since = new Date();
  const snapshot = await holdSource(databases, checked);
  const tell = (notice: Notice): void => onEvent({ event: 'notice', ...notice });
  const guest = new Guest({ config, databases, checked, run, since, tell }, stop);
  if (checked.plan.subset) onStage('selecting');
  const selecting = { config, workers, signal };
  const { plan, selected } = await guest.whileSelecting(() =>
    selectSubset(checked.plan, databases.sourceSession, selecting),
  );
  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  onEvent({ event: 'planned', run, plan, workers, progress: table => state.progress(table) });
  if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
  const keyCheck = databases.secret ? keyCheckValue(databases.secret) : null;
  await refuseOtherSecret(databases.connectTarget, keyCheck, options);
  if (budget) await spend(databases, budget, run);
  const publishing: Publishing = {
    config,
    databases,
    checked: { ...checked, plan },
    record: { id: run, configSha256: config.sha256, keyCheck, snapshot },
    tally,
    parallel,
    signal,
    onStage,
    lock,
    retries,
  };
  let quarantined: Quarantined | undefined;
  const { previous } = await guest.whileCopying(copied =>
    publish(publishing, into => {
      const tasks = sliceTasks(plan, checked, {
        config,
        databases,
        references,
        into,
        run,
        snapshot,
        workers,
        state,
        selected,
        quarantine: quarantine?.settings,
      });
      const warm = pool.warmUp(tasks.slice(0, Math.min(workers, sessionsBesidePreparing(config))));
      return async () => {
        await warm;
        const queue = new TaskQueue(tasks);
        guest.copying({ queue, state, workers });
        await pool.copyAll(queue, {
          ...{ workers, state, signal, retries },
          onRetry: slices => tally.retry(slices),
          onDone: (task, done) => tally.add(task, done),
        });
        await copied();
        quarantined = await quarantine?.close(into);
      };
    }),
  );
  const { sha256: configSha256, source } = config;
  const facts = { run, started, snapshot, configSha256, read: source.read, previous };
  return tally.report({ ...facts, retries: retries.count, quarantined, notices: guest.notices });
}

/** Another secret than before gives other pseudonyms, which is refused unless it is meant. */
async function refuseOtherSecret(
  connectTarget: Connect,
  keyCheck: string | null,
  { acceptNewSecret }: SyncOptions,
): Promise<void> {
  if (!keyCheck || acceptNewSecret || !(await hasLedger(connectTarget))) return;
  const before = await latestKeyCheck(connectTarget);
  if (before && keyCheck !== before) throw new AnonymizeError('ANON_KEY_CHANGED');
}
