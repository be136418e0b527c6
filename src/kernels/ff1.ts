// FF1 (NIST SP 800-38G r1, 2nd public draft, Algorithms 7 and 8) over a column, with the standard's symbols and steps: a round is
// one call of the block cipher for hundreds of strings, whatever their lengths are. Decision 0010 has the figures.

import type { Column } from '../batch/column.ts';
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';
import { CHUNK_VALUES, sortByLength } from './ff1-chunk.ts';
import { readHalves, writeHalves } from './ff1-halves.ts';
import { type Ff1Length, ff1Length } from './ff1-length.ts';
import { addNarrow, fillNarrow } from './ff1-narrow.ts';
import { templateFiller } from './ff1-tweaks.ts';
import { addWide, fillWide } from './ff1-wide.ts';
import { checkRadix, minLengthOf, type NumeralCipher, type Numerals } from './numerals.ts';

/** Numerals of the longest strings; the standard allows 2^32, and no column needs them. */
export const FF1_MAX_LENGTH = 4096;

const ROUNDS = 10;

export interface Ff1Settings {
  /** AES under the key, of 128, 192 or 256 bits. */
  readonly cipher: BlockCipher;
  /** 2…65,536. */
  readonly radix: number;
  /** T, or what T begins with where strings have tweaks of their own. Any number of bytes, none unless said. */
  readonly tweak?: Uint8Array;
}

/** FF1 for strings of 2 to 4,096 numerals with a domain of at least 1,000,000. @throws {RangeError} for another radix */
export function createFf1({ cipher, radix, tweak = new Uint8Array() }: Ff1Settings): NumeralCipher {
  checkRadix(radix);
  const minLength = minLengthOf(radix);
  const lengths = new Map<number, Ff1Length>();
  const lengthOf = (n: number): Ff1Length => {
    if (n < minLength || n > FF1_MAX_LENGTH) throw new RangeError(`a length is not in ${minLength}…${FF1_MAX_LENGTH}`);
    const known = lengths.get(n) ?? ff1Length(radix, n);
    lengths.set(n, known);
    return known;
  };
  const fillTemplates = templateFiller(cipher, tweak);
  const run = (numerals: Numerals, tweaks: Column | undefined, sign: 1 | -1): void => {
    for (let from = 0; from < numerals.count; from += CHUNK_VALUES) {
      const to = Math.min(from + CHUNK_VALUES, numerals.count);
      const { chunk, runs } = sortByLength(numerals, { from, to, lengthOf });
      for (const one of runs) {
        readHalves(one, chunk, numerals);
        fillTemplates(one, chunk, tweaks);
      }
      runRounds({ chunk, runs, cipher }, sign);
      for (const one of runs) writeHalves(one, chunk, numerals);
    }
  };
  return {
    ...{ radix, minLength, maxLength: FF1_MAX_LENGTH },
    encrypt: (numerals, tweaks) => run(numerals, tweaks, 1),
    decrypt: (numerals, tweaks) => run(numerals, tweaks, -1),
  };
}

/**
 * Step 6. The halves do not change places as A and B do in the standard: rounds of even i add to the left one (of u numerals),
 * those of odd i to the right one (of v), and after ten rounds A is on the left again. Decryption (Algorithm 8) subtracts, last round first.
 */
function runRounds(
  { chunk, runs, cipher }: ReturnType<typeof sortByLength> & { readonly cipher: BlockCipher },
  sign: 1 | -1,
): void {
  const { blocks, left, right } = chunk;
  chunk.blocks.set(chunk.templates); // the bytes before [i] stay as they are
  const size = runs.at(-1)!.to * BLOCK_BYTES; // a chunk has a string at least
  for (let round = 0; round < ROUNDS; round++) {
    const i = sign === 1 ? round : ROUNDS - 1 - round;
    const isEven = i % 2 === 0;
    const source = isEven ? right : left;
    const target = isEven ? left : right;
    for (const run of runs) {
      if (run.length.limbs === 1) fillNarrow(run, chunk, i, source);
      else fillWide(run, chunk, { i, source, cipher });
    }
    const R = cipher(blocks.subarray(0, size));
    const view = new DataView(R.buffer, R.byteOffset, R.byteLength);
    for (const run of runs) {
      const m = isEven ? run.length.u : run.length.v;
      if (run.length.limbs === 1) addNarrow(run, view, { target, m, sign });
      else addWide(run, R, { target, m, sign, cipher });
    }
  }
}
