// "Did you mean": the candidate nearest to a misspelt name, by edit distance.

import { showInvisible } from '../pg/identifiers.ts';

/** Longer names are not compared: nobody misspells them by a few letters, and the distance costs length². */
const MAX_LENGTH = 200;

/** One typo for each three letters, from one to three; a single letter is no misspelling of another. */
const allowedDistance = (name: string): number =>
  name.length < 2 ? 0 : Math.min(3, Math.max(1, Math.floor(name.length / 3)));

/**
 * Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, replacements and swaps of neighbours.
 * @returns the distance, or Infinity when it is more than `limit`
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1); // rows have b.length + 1 entries
      let best = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swaps) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  const distance = last[b.length]!;
  return distance <= limit ? distance : Number.POSITIVE_INFINITY;
}

/** Case never counts, and `customer` is at home in `public.customer`. */
const distanceTo = (name: string, candidate: string): number => {
  if (name === candidate) return Number.POSITIVE_INFINITY;
  const [written, known] = [name.toLowerCase(), candidate.toLowerCase()];
  if (known.endsWith(`.${written}`)) return 0;
  return editDistance(written, known, allowedDistance(written));
};

/** @returns ` Did you mean "x"?` with the nearest candidate (the first of equals), or nothing when none is near */
export function suggest(name: string, candidates: Iterable<string>): string {
  if (name.length === 0 || name.length > MAX_LENGTH) return '';
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = distanceTo(name, candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest === undefined ? '' : ` Did you mean "${showInvisible(nearest)}"?`;
}
