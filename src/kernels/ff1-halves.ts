// NUM and STR of SP 800-38G for the two halves of numeral strings (Algorithm 7, steps 2 and 7).

import type { Chunk, Run } from './ff1-chunk.ts';
import type { Numerals } from './numerals.ts';

/** Integers above it are doubles to the engine. */
const MOST_INTEGER = 2 ** 31;

/** Step 2: A = X[1 … u], B = X[u + 1 … n], as numbers. @throws {RangeError} for a numeral that is not below the radix */
export function readHalves(run: Run, { order, left, right }: Chunk, { values, offsets }: Numerals): void {
  const { u, v, limbs } = run.length;
  for (let place = run.from, at = run.at; place < run.to; place++, at += limbs) {
    const start = offsets[order[place]!]!; // place < chunk, and it holds a string of the column
    readHalf(run, { values, start, end: start + u }, { half: left, at });
    readHalf(run, { values, start: start + u, end: start + u + v }, { half: right, at });
  }
}

/** Step 7: A || B, in the place of X. */
export function writeHalves(run: Run, { order, left, right }: Chunk, { values, offsets }: Numerals): void {
  const { u, v, limbs } = run.length;
  for (let place = run.from, at = run.at; place < run.to; place++, at += limbs) {
    const start = offsets[order[place]!]!; // as above
    writeHalf(run, { values, start, end: start + u }, { half: left, at });
    writeHalf(run, { values, start: start + u, end: start + u + v }, { half: right, at });
  }
}

interface Part {
  readonly values: Uint16Array;
  readonly start: number;
  readonly end: number;
}
interface Place {
  readonly half: Float64Array;
  readonly at: number;
}

function readHalf({ length }: Run, { values, start, end }: Part, { half, at }: Place): void {
  const { radix, limbs, limbNumerals } = length;
  for (let limb = 0, to = end; limb < limbs; limb++, to -= limbNumerals) {
    let number = 0;
    for (let position = Math.max(start, to - limbNumerals); position < to; position++) {
      const numeral = values[position]!; // within the string
      if (numeral >= radix) throw new RangeError('a numeral is not below the radix');
      number = number * radix + numeral;
    }
    half[at + limb] = number;
  }
}

function writeHalf({ length }: Run, { values, start, end }: Part, { half, at }: Place): void {
  const { radix, limbs, limbNumerals } = length;
  const inverse = 1 / radix;
  const square = radix * radix;
  const inverseSquare = 1 / square;
  for (let limb = 0, to = end; limb < limbs; limb++, to -= limbNumerals) {
    let number = half[at + limb]!; // limb < limbs
    const from = Math.max(start, to - limbNumerals);
    let position = to;
    // Half a unit keeps the products away from whole numbers by more than their rounding error, since number < 2^37.
    // Two numerals at a time, where they fit into an integer: half of the steps wait for the one before.
    for (; position - 2 >= from && square < MOST_INTEGER; position -= 2) {
      const rest = Math.floor((number + 0.5) * inverseSquare);
      const pair = (number - rest * square) | 0;
      const first = ((pair + 0.5) * inverse) | 0;
      values[position - 2] = first;
      values[position - 1] = pair - first * radix;
      number = rest;
    }
    for (position--; position >= from; position--) {
      const rest = Math.floor((number + 0.5) * inverse);
      values[position] = number - rest * radix;
      number = rest;
    }
  }
}
