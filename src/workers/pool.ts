// The worker threads of a run: started early, fed one task each, stopped together.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ownFile, ownModule } from '../own-files.ts';
import type { WorkerLimit } from '../pg/databases.ts';
import type { Retries } from '../retries/retries.ts';
import type { PlannedSlice, SliceDone, SliceTask, StrategyNames } from './messages.ts';
import { runPersistently } from './persistent-task.ts';
import { FINISHED, type RunState, STOPPING } from './run-state.ts';
import { stopError } from './stop-error.ts';
import type { TaskQueue } from './task-queue.ts';

/** Workers that do not stop by themselves within this time are terminated; the servers then roll back. */
const STOP_GRACE_MS = 5_000;

const THREAD_FILE = fileURLToPath(ownFile('src/workers/thread.cjs'));
const WORKER = ownModule('src/workers/slice-worker').href;

export interface CopyAll {
  /** Tasks at the same time; at most as many as there may be threads. */
  readonly workers: number;
  readonly state: RunState;
  readonly signal: AbortSignal;
  readonly retries: Retries;
  readonly onRetry: (slices: readonly PlannedSlice[]) => void;
  readonly onDone: (slice: PlannedSlice, done: SliceDone) => void;
}

export interface Workers {
  /** Has the first threads load these strategies while the caller plans. What fails now fails for the plan too, which tells. */
  preload(strategies: StrategyNames): void;
  /** Has as many workers connect and load their strategies as there are tasks, which they will be given later. */
  warmUp(tasks: readonly SliceTask[]): Promise<void>;
  /**
   * Copies the slices of all tasks, in the order of their queue. Once: the threads end with it.
   * @throws {AnonymizeError} the first error, after all workers have stopped
   */
  copyAll(queue: TaskQueue, options: CopyAll): Promise<void>;
}

/**
 * A small young generation: the buffers of sockets and batches live outside the heap, and only a scavenge frees them early.
 * With Node's own size they pile up until a full collection (measured: 4.4 s of CPU a million rows instead of 3.3 s, and
 * 300 MB instead of 210 MB).
 */
const YOUNG_GENERATION_MB = 4;

/**
 * Starts threads and stops them on every path. They load their code while the caller plans; where it is open how many pay,
 * one does, and the others start when slices wait for them.
 */
export async function withWorkers<T>(
  { limit, isAuto }: WorkerLimit,
  callback: (workers: Workers) => Promise<T>,
): Promise<T> {
  const pool = new Piscina({
    filename: THREAD_FILE,
    workerData: WORKER,
    minThreads: isAuto ? 1 : limit,
    maxThreads: limit,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  // A thread that dies fails its slice; one that dies without a slice would otherwise end the process.
  pool.on('error', () => {});
  let loaded: Promise<unknown> = Promise.resolve();
  try {
    return await callback({
      preload: strategies => {
        loaded = pool.run(strategies, { name: 'preload' }).catch(() => {});
      },
      warmUp: tasks => warmUp(pool, tasks, loaded),
      // The threads end while the target rebuilds, so that nobody waits for it.
      copyAll: (queue, options) => copyAll(pool, queue, options).finally(() => void pool.destroy()),
    });
  } finally {
    await pool.destroy();
  }
}

/**
 * A thread that dies of it dies of its slice once more. One task waits for the thread that still loads: the pool would start
 * another one for it, which nobody needs where one worker is enough (some 0.15 s of CPU).
 */
async function warmUp(pool: Piscina, tasks: readonly SliceTask[], loaded: Promise<unknown>): Promise<void> {
  const warm = (task: SliceTask): Promise<unknown> => pool.run(task, { name: 'warmUp' });
  await Promise.allSettled(tasks.map((task, n) => (n === 0 ? loaded.then(() => warm(task)) : warm(task))));
}

async function copyAll(pool: Piscina, queue: TaskQueue, options: CopyAll): Promise<void> {
  const { state, signal, retries, onRetry, onDone, workers } = options;
  const stopped = Promise.withResolvers<void>();
  const stopping = new AbortController();
  let failure: unknown;
  const stop = (cause: unknown): void => {
    failure ??= cause;
    state.end(STOPPING);
    queue.end();
    stopping.abort();
    stopped.resolve();
  };
  const persistence = { retries, onRetry, signal: stopping.signal };
  const work = async (): Promise<void> => {
    for (let task = await queue.next(); task && !failure; task = await queue.next()) {
      const { slices } = task;
      const copied = await runPersistently(one => pool.run(one), task, persistence);
      for (const [n, done] of copied.entries()) onDone(slices[n]!, done); // one for each
      queue.done(task);
    }
  };

  const onAbort = (): void => stop(stopError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const all = Promise.allSettled(Array.from({ length: workers }, () => work().catch(stop)));
  await Promise.race([all, stopped.promise]);
  signal.removeEventListener('abort', onAbort);
  if (!failure) state.end(FINISHED);
  await disconnect(pool, Promise.all([all, state.disconnected()]));
  if (failure) throw failure;
}

/** Waits until the workers have closed their connections: until then tables of the target may be locked. */
async function disconnect(pool: Piscina, disconnected: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const grace = sleep(STOP_GRACE_MS, 'over', timer).catch(() => 'in time');
  const outcome = await Promise.race([disconnected, grace]);
  timer.abort();
  if (outcome === 'over') await pool.destroy();
}
