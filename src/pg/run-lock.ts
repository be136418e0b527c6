// One run at a time on a target: an advisory lock that lasts as long as the session that took it. A run that loses the session
// takes the lock again, unless another run has come between.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { Patience } from '../retries/patience.ts';
import type { Retries } from '../retries/retries.ts';
import { type Backend, backendOf, endBackends } from './backends.ts';
import { databaseError } from './errors.ts';
import { TRY_LOCK, UNLOCK } from './preflight.ts';

/** 'pgveil' as a number. */
const RUN_LOCK = 0x706776656c;
/** A session that was killed keeps its locks for a moment; a run keeps them for longer than this. */
const TRY_FOR_MS = 2_000;
const TRY_EVERY_MS = 50;

/** A run's hold on its target. */
export interface RunLock {
  /** Aborts when the target is no longer held for this run and will not be again; the reason is that error. */
  readonly lost: AbortSignal;
  /** The process of the server that holds it. */
  readonly backend: Backend | undefined;
  readonly isHeld: boolean;
  /** Resolves while the target is held. @throws the reason of `lost` */
  held(): Promise<void>;
  /** Keeps the lock as long as its session lasts, but does not take it again: what the run does next ends that. */
  letGo(): void;
}

/** How the lock is taken again; without it, who loses the session has lost the lock. */
export interface Regaining {
  readonly open: <T>(work: (session: ClientBase) => Promise<T>) => Promise<T>;
  readonly retries: Retries;
  /** Whether nobody else has held the target meanwhile; asked while it is held again. */
  readonly isStillOurs: (session: ClientBase) => Promise<boolean>;
}

/**
 * Holds the target for this run while `callback` works.
 * @throws {AnonymizeError} ANON_ALREADY_RUNNING
 */
export async function withRunLock<T>(
  target: ClientBase,
  callback: (lock: RunLock) => Promise<T>,
  regaining?: Regaining,
): Promise<T> {
  await take(target);
  const hold = new Hold(target, regaining);
  try {
    return await callback(hold);
  } finally {
    await hold.end();
  }
}

class Hold implements RunLock {
  readonly #regaining: Regaining | undefined;
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  #held = Promise.resolve();
  #isHeld = true;
  #isLetGo = false;
  #backend: Backend | undefined;
  readonly #ended: Promise<void>;

  constructor(session: ClientBase, regaining: Regaining | undefined) {
    this.#regaining = regaining;
    this.#ended = this.#keep(session);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get backend(): Backend | undefined {
    return this.#backend;
  }

  async held(): Promise<void> {
    await this.#held;
  }

  letGo(): void {
    this.#isLetGo = true;
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#ended;
  }

  async #keep(session: ClientBase): Promise<void> {
    let loss = await this.#hold(session);
    while (loss && !this.#isLetGo) {
      this.#isHeld = false;
      const regained = Promise.withResolvers<void>();
      this.#held = regained.promise;
      regained.promise.catch(() => {}); // nobody need be waiting
      try {
        loss = await this.#regain(loss, () => {
          this.#isHeld = true;
          regained.resolve();
        });
      } catch (cause) {
        this.#lost.abort(cause);
        regained.reject(cause);
        return;
      }
    }
    if (loss) this.#isHeld = false;
  }

  /** Holds the lock until the session ends, which is returned, or nobody needs it any more. */
  async #hold(session: ClientBase): Promise<Error | undefined> {
    this.#backend = backendOf(session);
    const lost = Promise.withResolvers<Error>();
    const over = Promise.withResolvers<undefined>();
    const end = (): void => over.resolve(undefined);
    this.#over.signal.addEventListener('abort', end, { once: true });
    if (this.#over.signal.aborted) end();
    session.once('error', lost.resolve);
    const loss = await Promise.race([lost.promise, over.promise]);
    session.off('error', lost.resolve);
    // A session that is lost has lost the lock too.
    if (!loss) await session.query(UNLOCK, [RUN_LOCK]).catch(() => {});
    return loss;
  }

  /** @returns the next loss. @throws what keeps the lock from being had again */
  async #regain(loss: Error, onRegained: () => void): Promise<Error | undefined> {
    let error = databaseError(loss, { side: 'target' });
    if (!this.#regaining) throw error;
    const { retries, open } = this.#regaining;
    const patience = new Patience(retries.limits);
    const gone = this.#backend ? [this.#backend] : [];
    for (;;) {
      const retry = patience.after(error);
      if (!retry) throw error;
      await retries.wait(retry, error, { what: 'the hold on the target', signal: this.#over.signal }).catch(() => {});
      if (this.#over.signal.aborted) return undefined;
      let isHeld = false;
      try {
        return await open(async session => {
          await endBackends(session, gone);
          await take(session);
          if (!(await this.#regaining?.isStillOurs(session))) throw new AnonymizeError('ANON_ALREADY_RUNNING');
          isHeld = true;
          onRegained();
          return await this.#hold(session);
        });
      } catch (cause) {
        error = databaseError(cause, { side: 'target' });
        if (isHeld) return error; // it was lost once more
      }
    }
  }
}

/**
 * Another session of the run finds the lock taken. Where it does not, both are one session by turns, or in two databases.
 * @throws {AnonymizeError} ANON_POOLER
 */
export async function refusePooled(other: ClientBase): Promise<void> {
  const { rows } = await other.query<{ got: boolean }>(TRY_LOCK, [RUN_LOCK]);
  if (!rows[0]?.got) return;
  await other.query(UNLOCK, [RUN_LOCK]);
  throw new AnonymizeError('ANON_POOLER', { side: 'target' });
}

async function take(target: ClientBase): Promise<void> {
  const deadline = Date.now() + TRY_FOR_MS;
  for (;;) {
    const { rows } = await target.query<{ got: boolean }>(TRY_LOCK, [RUN_LOCK]);
    if (rows[0]?.got) return;
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(TRY_EVERY_MS);
  }
}
