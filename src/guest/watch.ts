// Looks at something again and again while work goes on: not before the run is old enough to be in anybody's way, and never
// twice at once.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError } from '../errors.ts';

export interface Look {
  readonly firstMs: number;
  readonly everyMs: number;
  /** @throws {AnonymizeError} one of STOPPING, to stop the run; other errors are told to `onBlind` */
  readonly look: () => Promise<void>;
  /** Told when a look fails, and when the next does not. */
  readonly onBlind: (cause: unknown) => void;
}

/** What a look stops the run for. */
const STOPPING: ReadonlySet<string> = new Set(['ANON_SOURCE_DDL_WAITS', 'ANON_SOURCE_DRIFT', 'ANON_SNAPSHOT_AGE']);

/** A look that hangs on a connection that is lost must not hold up the run's end. */
const LAST_LOOK_WITHIN_MS = 2_000;

/**
 * Runs `work` and looks meanwhile.
 * @param stop is given why the run has to end
 * @param work may end the looking before its own end; what that returns resolves when no look is under way
 */
export async function whileLooking<Result>(
  looks: readonly Look[],
  stop: (why: AnonymizeError) => void,
  work: (stopLooking: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const watching = Promise.all(looks.map(look => lookOn(look, stop, over.signal)));
  const stopLooking = async (): Promise<void> => {
    over.abort();
    const timer = new AbortController();
    await Promise.race([watching, sleep(LAST_LOOK_WITHIN_MS, undefined, timer).catch(() => undefined)]);
    timer.abort();
  };
  try {
    return await work(stopLooking);
  } finally {
    await stopLooking();
  }
}

async function lookOn(
  { firstMs, everyMs, look, onBlind }: Look,
  stop: (why: AnonymizeError) => void,
  over: AbortSignal,
): Promise<void> {
  let isBlind = false;
  for (let wait = firstMs; await waited(wait, over); wait = everyMs) {
    try {
      await look();
      isBlind = false;
    } catch (cause) {
      if (cause instanceof AnonymizeError && STOPPING.has(cause.code)) return stop(cause);
      if (!isBlind && !over.aborted) onBlind(cause);
      isBlind = true;
    }
  }
}

/** @returns false when it is over before */
const waited = (ms: number, over: AbortSignal): Promise<boolean> =>
  sleep(ms, !over.aborted, { signal: over }).catch(() => false);
