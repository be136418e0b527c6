// The retries of a run: their limits, who is told of each, and how many there were.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError, type ErrorCode } from '../errors.ts';
import { Patience, type Retry, type RetryLimits } from './patience.ts';

/** A piece of work is tried again. */
export interface Retried {
  /** A table, several of them, a stage of the run, or its hold on the target. */
  readonly what: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** The number of the attempt that comes, from 2. */
  readonly attempt: number;
  /** Seconds until then. */
  readonly seconds: number;
}

export interface RepeatOptions {
  /** For whoever watches. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Readies what an attempt needs; a failure of it counts as one of the attempt. */
  readonly before: () => Promise<void>;
}

export class Retries {
  readonly limits: RetryLimits;
  /** How many there were. */
  count = 0;
  readonly #tell: (retried: Retried) => void;

  constructor(limits: RetryLimits, tell: (retried: Retried) => void) {
    this.limits = limits;
    this.#tell = tell;
  }

  /** Counts a retry, tells of it and waits until it is due. @throws the signal's reason when it aborts */
  async wait({ attempt, delayMs }: Retry, { code, message }: AnonymizeError, options: Omit<RepeatOptions, 'before'>) {
    const { what, signal } = options;
    this.count++;
    this.#tell({ what, code, message, attempt, seconds: delayMs / 1000 });
    await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** Does `work` until it succeeds, fails for good, or there were enough attempts: then its last error is thrown. */
  async repeat<Result>(work: () => Promise<Result>, { before, ...options }: RepeatOptions): Promise<Result> {
    const patience = new Patience(this.limits);
    let isRepeated = false;
    for (;;) {
      try {
        if (isRepeated) await before();
        return await work();
      } catch (cause) {
        const retry = cause instanceof AnonymizeError && !options.signal.aborted ? patience.after(cause) : undefined;
        if (!retry) throw cause;
        await this.wait(retry, cause as AnonymizeError, options);
        isRepeated = true;
      }
    }
  }
}
