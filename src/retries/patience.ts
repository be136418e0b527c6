// How often one piece of work is tried, and how long it waits before: exponentially longer, with jitter, so that those who
// failed together do not come back together.

import type { AnonymizeError } from '../errors.ts';
import { isAway, isRepeatable } from './repeatable.ts';

/** Where it ends; `retries:` of the configuration. */
export interface RetryLimits {
  /** How often work is begun at most; 1: nothing is tried again. */
  readonly attempts: number;
  /** Milliseconds that a database may be away before work is begun once more. */
  readonly withinMs: number;
}

/** What comes after a failure. */
export interface Retry {
  /** The number of the attempt that comes, from 2. */
  readonly attempt: number;
  /** Milliseconds to wait before it. */
  readonly delayMs: number;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

export class Patience {
  readonly #limits: RetryLimits;
  readonly #now: () => number;
  #begun = 0;
  #refused = 0;
  #awaySince: number | undefined;

  /** @param now a clock in milliseconds */
  constructor(limits: RetryLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** What to do after an attempt that failed; undefined: no more. */
  after(error: AnonymizeError): Retry | undefined {
    if (!isRepeatable(error) || this.#limits.attempts === 1) return undefined;
    if (!isAway(error)) {
      this.#begun++;
      this.#refused = 0;
      this.#awaySince = undefined;
    }
    const now = this.#now();
    this.#awaySince ??= now;
    if (this.#begun >= this.#limits.attempts || now - this.#awaySince >= this.#limits.withinMs) return undefined;
    const doublings = Math.max(0, this.#begun - 1) + this.#refused++;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(doublings, 30));
    return { attempt: Math.max(2, this.#begun + 1), delayMs: longest * (0.5 + Math.random() / 2) };
  }
}
