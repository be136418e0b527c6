// Draws one value for each of many seeds, from each seed's own stream of words. Most draws end within their seed; what the
// others need is made for all of them together.

import { type Attempt, untilAccepted } from './discrete-laplace.ts';
import type { KeyedWords } from './random-words.ts';

/**
 * Adds a drawn value to each of `sums`, from the first on; one for each seed that was loaded.
 * @param count how many
 */
export function addDraws(attempt: Attempt, words: KeyedWords, sums: Float64Array, count: number): void {
  const { stream } = words;
  const again = new Int32Array(count);
  let rejected = 0;
  const draw = untilAccepted(attempt);
  for (let row = 0; row < count; row++) {
    words.row(row);
    const drawn = attempt(stream);
    if (!Number.isNaN(drawn))
      sums[row]! += drawn; // row < count
    else if (words.isBehindSeed) again[rejected++] = row;
    else sums[row]! += draw(stream);
  }
  if (rejected === 0) return;
  words.lookAhead(again.subarray(0, rejected));
  for (let index = 0; index < rejected; index++) {
    const row = again[index]!; // index < rejected
    words.resume(index, row);
    sums[row]! += draw(stream);
  }
}
