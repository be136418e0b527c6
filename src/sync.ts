// ★ A run: plan, preflight, snapshot, slices, publish, report. It never prints, exits or reads the environment.

import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import { rebuildingSessions, type WorkerLimit, withDatabases, workerLimit } from './pg/databases.ts';
import { type RunLock, refusePooled, withRunLock } from './pg/run-lock.ts';
import { lockedTables } from './plan/hold-source.ts';
import { namedStrategies } from './plan/named-strategies.ts';
import { isStillOurs } from './publish/ledger.ts';
import { lookAtLedger, putRight } from './publish/publication.ts';
import { withQuarantine } from './quarantine/run-quarantine.ts';
import type { Stage, SyncEvent } from './report/events.ts';
import type { Report } from './report/report.ts';
import { type Choosing, chooseRun } from './resume/choose-run.ts';
import { withHold } from './resume/hold.ts';
import { findUnfinished, takeUp } from './resume/take-up.ts';
import { Retries } from './retries/retries.ts';
import { prepareRun, type Run } from './run/prepare-run.ts';
import { publishRun } from './run/publish-run.ts';
import { type Workers, withWorkers } from './workers/pool.ts';

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
      pool.preload({ names: namedStrategies(config), folder: config.strategies });
      const asked = { config, options, threads, retries, pool };
      const unfinished = options.resume ? await findUnfinished(config, options) : undefined;
      const outcome = await attempt(asked, unfinished ?? randomUUID(), unfinished !== undefined);
      const report = 'goOnWith' in outcome ? await attempt(asked, outcome.goOnWith, true) : outcome;
      if ('goOnWith' in report) throw new AnonymizeError('ANON_BUG', { detail: 'a run would go on with another.' });
      return report;
    });
  } catch (cause) {
    throw unexpected(cause);
  }
}

interface Asked {
  readonly config: LoadedConfig;
  readonly options: SyncOptions;
  readonly threads: WorkerLimit;
  readonly retries: Retries;
  readonly pool: Workers;
}

/** Somebody chose to go on with this unfinished run: all begins anew under its name. */
interface GoOnWith {
  readonly goOnWith: string;
}

/**
 * Opens both databases and holds the target.
 * @param isBegun whether the run goes on where an earlier attempt stopped
 */
async function attempt(asked: Asked, run: string, isBegun: boolean): Promise<Report | GoOnWith> {
  const { config, options, threads, retries } = asked;
  const started = new Date();
  return await withDatabases(config, { env: options.env, run, ...threads }, async databases => {
    const { targetSession, connectTarget, openSource, openTarget: open } = databases;
    // Both log in while the target is taken. An unfinished run first ends what sessions it has left, and would end these.
    const ahead = isBegun ? undefined : databases.sourceAhead();
    const target = isBegun ? undefined : connectTarget(async () => {}).catch(() => undefined);
    const start = async (lock: RunLock): Promise<Report | GoOnWith> => {
      await target;
      const lookAtSource = ahead?.use ?? openSource;
      return await begin({ ...asked, run, isBegun, started, databases, lookAtSource, lock });
    };
    try {
      const isOurs = (session: ClientBase): Promise<boolean> => isStillOurs(session, run);
      return await withRunLock(targetSession, start, { open, retries, isStillOurs: isOurs });
    } finally {
      await ahead?.close();
    }
  });
}

type Held = Asked &
  Pick<Run, 'run' | 'started' | 'databases' | 'lookAtSource' | 'lock'> & { readonly isBegun: boolean };

/** What other runs have left comes first: this one goes on with it, or puts it right. */
async function begin(held: Held): Promise<Report | GoOnWith> {
  const { config, options, run, isBegun, databases, lock } = held;
  const { env, only, acceptNewSecret, onEvent: tell = () => {} } = options;
  await databases.connectTarget(refusePooled);
  const unfinished = await lookAtLedger(config, databases);
  const goOnWith = isBegun ? undefined : await chooseRun(unfinished, { config, databases, options });
  if (goOnWith !== undefined) return { goOnWith };
  const earlier = isBegun ? await takeUp(databases, run, unfinished) : undefined;
  const onStage = (stage: Stage): void => tell({ event: 'stage', stage });
  if (!earlier) await putRight(config, databases, { unfinished, parallel: rebuildingSessions(config), onStage });
  const stop = new AbortController();
  const signal = AbortSignal.any([lock.lost, stop.signal, ...(options.signal ? [options.signal] : [])]);
  return await withQuarantine(config, { run, env, isResumed: isBegun }, quarantine =>
    copyAndPublish({ ...held, earlier, quarantine, only, acceptNewSecret, stop, signal, tell }),
  );
}

async function copyAndPublish(begun: Run): Promise<Report> {
  const { config, databases, run, earlier, tell } = begun;
  const prepared = await prepareRun(begun);
  const { snapshot, facts, checked } = prepared;
  const tables = lockedTables(checked.plan);
  return await withHold(
    {
      config,
      databases,
      run,
      snapshot,
      tables,
      facts,
      earlier,
      onHolding: found => tell({ event: 'holding', ...found }),
    },
    hold => publishRun(prepared, hold),
  );
}
