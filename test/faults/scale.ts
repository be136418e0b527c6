// How often the suites of faults repeat a fault: a few times in `npm test`, as often as is promised with
// `npm run test:faults -- --long`. What they draw comes from a seed, which is printed, so that a failure can be had again.

import { env } from 'node:process';

const isLong = env.PGVEIL_FAULTS === 'long';

/** The seed of this run. */
export const seed = Number(env.PGVEIL_FAULTS_SEED ?? 1);

/** How often to try. */
export const repeats = (short: number, long: number): number => (isLong ? long : short);

/**
 * Random numbers that the seed and `name` decide: from 0 to below 1.
 * Source: the finaliser of splitmix32, a 32-bit mix of MurmurHash3 (public domain).
 */
export function draws(name: string): () => number {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0), seed);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
