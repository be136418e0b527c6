// One run at a time on a target: an advisory lock that lasts as long as the session that took it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { databaseError } from './errors.ts';
import { TRY_LOCK, UNLOCK } from './preflight.ts';

/** 'pgveil' as a number. */
const RUN_LOCK = 0x706776656c;
/** A session that was killed keeps its locks for a moment; a run keeps them for longer than this. */
const TRY_FOR_MS = 2_000;
const TRY_EVERY_MS = 50;

/**
 * Holds the target for this run while `callback` works.
 * @param callback gets a signal that aborts when the lock is lost because its session has ended; the reason is that error
 * @throws {AnonymizeError} ANON_ALREADY_RUNNING
 */
export async function withRunLock<T>(target: ClientBase, callback: (lost: AbortSignal) => Promise<T>): Promise<T> {
  await lock(target);
  const lost = new AbortController();
  const lose = (cause: Error): void => lost.abort(databaseError(cause, { side: 'target' }));
  target.once('error', lose);
  try {
    return await callback(lost.signal);
  } finally {
    target.off('error', lose);
    // A session that is lost has lost the lock too.
    await target.query(UNLOCK, [RUN_LOCK]).catch(() => {});
  }
}

async function lock(target: ClientBase): Promise<void> {
  const deadline = Date.now() + TRY_FOR_MS;
  for (;;) {
    const { rows } = await target.query<{ got: boolean }>(TRY_LOCK, [RUN_LOCK]);
    if (rows[0]?.got) return;
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(TRY_EVERY_MS);
  }
}
