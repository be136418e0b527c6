// ★ A run: plan, preflight, snapshot, slices, publish, report. It never prints, exits or reads the environment.

import { randomUUID } from 'node:crypto';
import { spend } from './budget/run-budget.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { keyCheckValue } from './crypto/keys.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import {
  type Databases,
  rebuildingSessions,
  sessionsBesidePreparing,
  type WorkerLimit,
  withDatabases,
  workerLimit,
} from './pg/databases.ts';
import { withRunLock } from './pg/run-lock.ts';
import { lockedTables } from './plan/hold-source.ts';
import { hasLedger, latestKeyCheck } from './publish/ledger.ts';
import { lookAtLedger, type Publishing, publish, putRight } from './publish/publication.ts';
import type { Connect } from './publish/target-session.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import { type Report, Tally } from './report/report.ts';
import { type Choosing, chooseRun } from './resume/choose-run.ts';
import { type Holding, withHold } from './resume/hold.ts';
import { canBeHeld, planSlices } from './resume/plan-slices.ts';
import { findUnfinished, takeUp } from './resume/take-up.ts';
import { type Workers, withWorkers } from './workers/pool.ts';
import { RunState } from './workers/run-state.ts';
import { sliceTasks } from './workers/slice-tasks.ts';
import { stopError } from './workers/stop-error.ts';

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
  try {
    return await withWorkers(threads, async pool => {
      const attempt = (run: string, isBegun: boolean): Promise<Report | GoOnWith> =>
        withDatabases(config, { ...options, run, ...threads }, databases =>
          withRunLock(databases.targetSession, lost =>
            copyAndPublish({ config, options, run, isBegun, started: new Date(), databases, threads, pool, lost }),
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
  /** Aborts when the target is no longer held for this run. */
  readonly lost: AbortSignal;
}

async function copyAndPublish(given: Run): Promise<Report | GoOnWith> {
  const { config, options, run, isBegun, started, databases, pool, lost } = given;
  const { openTarget, connectTarget, secret } = databases;
  const { onEvent = () => {} } = options;
  const signal = AbortSignal.any([lost, ...(options.signal ? [options.signal] : [])]);
  const onStage = (stage: Stage): void => onEvent({ event: 'stage', stage });
  const parallel = rebuildingSessions(config);

  const unfinished = await lookAtLedger(config, databases);
  const goOnWith = isBegun ? undefined : await chooseRun(unfinished, { config, databases, options });
  if (goOnWith !== undefined) return { goOnWith };
  const earlier = isBegun ? await takeUp(databases, run) : undefined;
  if (!earlier) await putRight(config, databases, { unfinished, parallel, onStage });
  const onSelecting = (): void => onStage('selecting');
  const copying = await planSlices({ ...given, only: options.only, earlier, signal, onSelecting });
  const { checked, snapshot, slices, selected, done, facts } = copying;
  const { plan, workers, budget, references } = checked;

  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  for (const slice of done) {
    state.add(slice.table, slice.rows, slice.bytes);
    tally.addEarlier(slice);
  }
  onEvent({ event: 'planned', run, plan, workers, progress: table => state.progress(table) });
  if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
  const keyCheck = secret ? keyCheckValue(secret) : null;
  if (!earlier) {
    await refuseOtherSecret(connectTarget, keyCheck, options);
    if (budget) await spend(databases, budget, run);
  }
  const { holdAfterMs, holdForMs } = config.source.snapshot;
  const holding = {
    ...{ run, databases, snapshot, facts, holdAfterMs, holdForMs },
    tables: lockedTables(plan),
    isHeld: earlier !== undefined,
    mayBegin: canBeHeld(config),
    onHolding: (found: Holding): void => onEvent({ event: 'holding', ...found }),
  };
  return await withHold(holding, async hold => {
    const publishing: Publishing = {
      config,
      databases,
      checked,
      record: { id: run, configSha256: config.sha256, keyCheck, snapshot },
      earlier,
      hold,
      tally,
      parallel,
      signal,
      onStage,
      // Only who holds the target may undo; another run that holds it meanwhile puts right what this one left.
      underLock: work => (lost.aborted ? openTarget(session => withRunLock(session, work)) : work()),
    };
    const { previous } = await publish(publishing, into => {
      const about = { config, databases, references, into, run, snapshot, workers, state, selected, slices };
      const tasks = sliceTasks(plan, checked, about);
      const warm = pool.warmUp(tasks.slice(0, Math.min(workers, sessionsBesidePreparing(config))));
      return async () => {
        await warm;
        await pool.copyAll(tasks, { workers, state, signal, onDone: (task, done) => tally.add(task, done) });
      };
    });
    const { sha256: configSha256, source } = config;
    return tally.report({ run, started, snapshot, configSha256, read: source.read, previous, earlier });
  });
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
