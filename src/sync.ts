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
import type { CheckedPlan } from './plan/checked-plan.ts';
import { lockedTables } from './plan/hold-source.ts';
import { hasLedger, isStillOurs, latestKeyCheck } from './publish/ledger.ts';
import { lookAtLedger, type Publishing, publish, putRight } from './publish/publication.ts';
import type { Connect } from './publish/target-session.ts';
import { type Quarantined, type RunQuarantine, withQuarantine } from './quarantine/run-quarantine.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import { type Report, Tally } from './report/report.ts';
import { type Choosing, chooseRun } from './resume/choose-run.ts';
import type { UnfinishedRun } from './resume/held-runs.ts';
import { type Holding, withHold } from './resume/hold.ts';
import { planSlices } from './resume/plan-slices.ts';
import { type EarlierRun, findUnfinished, takeUp } from './resume/take-up.ts';
import { Retries } from './retries/retries.ts';
import { type Workers, withWorkers } from './workers/pool.ts';
import { RunState } from './workers/run-state.ts';
import { sliceTasks } from './workers/slice-tasks.ts';
import { stopError } from './workers/stop-error.ts';
import { TaskQueue } from './workers/task-queue.ts';

export interface SyncOptions extends Choosing {
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
 * one that was built is empty again; one that was to be swapped is as it was. What a lost connection has stopped and what could
 * go on later is left as it is, which the finding ANON_RESUMABLE tells.
 */
export async function sync(config: LoadedConfig, options: SyncOptions): Promise<Report> {
  const threads = workerLimit(config, options.parallel);
  const retries = new Retries(config.retries, retried => options.onEvent?.({ event: 'retry', ...retried }));
  try {
    return await withWorkers(threads, async pool => {
      const attempt = (run: string, isBegun: boolean): Promise<Report | GoOnWith> =>
        withDatabases(config, { ...options, run, ...threads }, databases =>
          withRunLock(
            databases.targetSession,
            lock =>
              copyAndPublish({
                config,
                options,
                run,
                isBegun,
                started: new Date(),
                databases,
                threads,
                pool,
                lock,
                retries,
              }),
            { open: databases.openTarget, retries, isStillOurs: session => isStillOurs(session, run) },
          ),
        );
      const unfinished = options.resume ? await findUnfinished(config, options) : undefined;
      const outcome = await attempt(unfinished ?? randomUUID(), unfinished !== undefined);
      const report = 'goOnWith' in outcome ? await attempt(outcome.goOnWith, true) : outcome;
      if ('goOnWith' in report) throw new AnonymizeError('ANON_BUG', { detail: 'a run would go on with another.' });
      return report;
    });
  } catch (cause) {
    throw unexpected(cause);
  }
}

/** Somebody chose to go on with this unfinished run: all begins anew under its name. */
interface GoOnWith {
  readonly goOnWith: string;
}

interface Run {
  readonly config: LoadedConfig;
  readonly options: SyncOptions;
  readonly run: string;
  /** It goes on where an earlier attempt stopped. */
  readonly isBegun: boolean;
  readonly started: Date;
  readonly databases: Databases;
  readonly threads: WorkerLimit;
  readonly pool: Workers;
  /** Holds the target for this run. */
  readonly lock: RunLock;
  readonly retries: Retries;
}

/** First: whether an unfinished run goes on, and under whose name. */
async function copyAndPublish(given: Run): Promise<Report | GoOnWith> {
  const { config, options, run, isBegun, databases } = given;
  const unfinished = await lookAtLedger(config, databases);
  const goOnWith = isBegun ? undefined : await chooseRun(unfinished, { config, databases, options });
  if (goOnWith !== undefined) return { goOnWith };
  const earlier = isBegun ? await takeUp(databases, run) : undefined;
  return await withQuarantine(config, { run, env: options.env, isResumed: isBegun }, quarantine =>
    copyAll({ ...given, unfinished, earlier, quarantine }),
  );
}

interface Begun extends Run {
  /** What the ledger has before anything is put right. */
  readonly unfinished: readonly UnfinishedRun[];
  /** What this run goes on from. */
  readonly earlier: EarlierRun | undefined;
  /** Takes rows that the target refuses, where the configuration says so. */
  readonly quarantine: RunQuarantine | undefined;
}

async function copyAll(given: Begun): Promise<Report> {
  const { config, options, run, started, databases, pool, lock, retries, unfinished, earlier, quarantine } = given;
  const { connectTarget, secret } = databases;
  const { onEvent = () => {} } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([lock.lost, stop.signal, ...(options.signal ? [options.signal] : [])]);
  const onStage = (stage: Stage): void => onEvent({ event: 'stage', stage });
  const parallel = rebuildingSessions(config);
  if (!earlier) await putRight(config, databases, { unfinished, parallel, onStage });
  const tell = (notice: Notice): void => onEvent({ event: 'notice', ...notice });
  const beGuest = (checked: CheckedPlan, since: Date): Guest =>
    new Guest({ config, databases, checked, run, since, tell }, stop);
  const onSelecting = (): void => onStage('selecting');
  const copying = await planSlices({ ...given, only: options.only, signal, beGuest, onSelecting });
  const { checked, snapshot, slices, selected, done, facts, guest } = copying;
  const { plan, workers, budget, references } = checked;

  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  for (const slice of done) {
    state.add(slice.table, slice.rows, slice.bytes);
    tally.addEarlier(slice);
  }
  if (earlier && quarantine) state.quarantine(await quarantine.sealedBefore(connectTarget));
  onEvent({ event: 'planned', run, plan, workers, progress: table => state.progress(table) });
  if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
  const keyCheck = secret ? keyCheckValue(secret) : null;
  if (!earlier) {
    await refuseOtherSecret(connectTarget, keyCheck, options);
    if (budget) await spend(databases, budget, run);
  }
  const onHolding = (found: Holding): void => onEvent({ event: 'holding', ...found });
  return await withHold(
    { config, databases, run, snapshot, tables: lockedTables(plan), facts, earlier, onHolding },
    async hold => {
      const record = { id: run, configSha256: config.sha256, keyCheck, snapshot };
      const publishing: Publishing = {
        ...{ config, databases, checked, record, earlier, hold, tally, parallel, signal, onStage, lock, retries },
      };
      let quarantined: Quarantined | undefined;
      const { previous } = await guest.whileCopying(copied =>
        publish(publishing, into => {
          const about = { config, databases, references, into, run, snapshot, workers, state, selected, slices };
          const tasks = sliceTasks(plan, checked, { ...about, quarantine: quarantine?.settings });
          const warm = pool.warmUp(tasks.slice(0, Math.min(workers, sessionsBesidePreparing(config))));
          return async () => {
            await warm;
            const queue = new TaskQueue(tasks);
            guest.copying({ queue, state, workers });
            await pool.copyAll(queue, {
              ...{ workers, state, signal, retries },
              onRetry: again => tally.retry(again),
              onDone: (task, copiedSlice) => tally.add(task, copiedSlice),
            });
            await copied();
            quarantined = await quarantine?.close(into);
          };
        }),
      );
      const { sha256: configSha256, source } = config;
      const about = { run, started, snapshot, configSha256, read: source.read, previous, earlier };
      return tally.report({ ...about, retries: retries.count, quarantined, notices: guest.notices });
    },
  );
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
