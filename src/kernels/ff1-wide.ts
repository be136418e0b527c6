// One round of FF1 for strings of any length: a half is some limbs of base radix^k < 2^37, least significant first, and Q and S
// may have more blocks that differ from round to round (SP 800-38G r1 2pd, Algorithm 7, step 6).

import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';
import type { Chunk, Run } from './ff1-chunk.ts';

const WORD = 0x10000;
let words = new Float64Array(16);
let y = new Float64Array(16);

/** Steps 6.i and 6.ii up to the last CIPH: puts [i]^1 || [NUM(B)]^b, folded to one block, into the blocks. */
export function fillWide(
  run: Run,
  { blocks, blockView, templateView }: Chunk,
  { i, source, cipher }: { readonly i: number; readonly source: Float64Array; readonly cipher: BlockCipher },
): void {
  const { roundBlocks } = run.length;
  const from = run.from * BLOCK_BYTES;
  const to = run.to * BLOCK_BYTES;
  const tails = viewOf(roundTails(run, i, source));
  const size = roundBlocks * BLOCK_BYTES;
  let folded = templateView;
  let foldedFrom = from;
  for (let block = 0; block < roundBlocks; block++) {
    if (block > 0) {
      folded = viewOf(cipher(blocks.subarray(from, to)));
      foldedFrom = 0;
    }
    for (let byte = 0, tail = block * BLOCK_BYTES; byte < to - from; byte += BLOCK_BYTES, tail += size) {
      for (let word = 0; word < BLOCK_BYTES; word += 4) {
        blockView.setUint32(
          from + byte + word,
          folded.getUint32(foldedFrom + byte + word) ^ tails.getUint32(tail + word),
        );
      }
    }
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** The last `roundBlocks` blocks of Q of every string of the run, without the tweak: zeros || [i]^1 || [NUM(B)]^b. */
function roundTails({ length, from, to, at: firstLimb }: Run, i: number, source: Float64Array): Uint8Array {
  const { radix, limbNumerals, limbs, b, roundBlocks } = length;
  const base = radix ** limbNumerals;
  const wordCount = Math.ceil(b / 2);
  if (wordCount > words.length) words = new Float64Array(wordCount);
  const size = roundBlocks * BLOCK_BYTES;
  const tails = new Uint8Array((to - from) * size);
  for (let end = size, at = firstLimb; end <= tails.length; end += size, at += limbs) {
    words.fill(0, 0, wordCount);
    for (let limb = limbs - 1; limb >= 0; limb--) timesPlus(base, source[at + limb]!, wordCount); // limb < limbs
    for (let byte = 0; byte < b; byte++) tails[end - 1 - byte] = words[byte >> 1]! >>> (8 * (byte & 1)); // byte >> 1 < wordCount
    tails[end - 1 - b] = i;
  }
  return tails;
}

/** words = words · base + digit; below 2^16 · 2^37, so exact. */
function timesPlus(base: number, digit: number, wordCount: number): void {
  let carry = digit;
  for (let word = 0; word < wordCount; word++) {
    const number = words[word]! * base + carry; // word < wordCount
    carry = Math.floor(number / WORD);
    words[word] = number - carry * WORD;
  }
}

/**
 * Steps 6.iii to 6.vii: S is as many bytes as y takes; c = (NUM(A) ± y) mod radix^m.
 * @param R the first block of S of every string of the chunk
 */
export function addWide(
  run: Run,
  R: Uint8Array,
  {
    target,
    m,
    sign,
    cipher,
  }: { readonly target: Float64Array; readonly m: number; readonly sign: 1 | -1; readonly cipher: BlockCipher },
): void {
  const { limbs, d } = run.length;
  const bases = limbBases(run, m);
  const inverses = bases.map(base => 1 / base);
  if (limbs > y.length) y = new Float64Array(limbs);
  const further = furtherBlocks(run, R, cipher);
  const view = viewOf(R);
  const perString = Math.ceil(d / BLOCK_BYTES) - 1;
  for (let place = run.from, at = run.at; place < run.to; place++, at += limbs) {
    y.fill(0, 0, bases.length);
    const next = (place - run.from) * perString * BLOCK_BYTES - BLOCK_BYTES;
    const first = place * BLOCK_BYTES;
    shiftIn(R[first]! * 2 ** 40 + view.getUint32(first + 1) * 256 + R[first + 5]!, bases, inverses); // 48 bits into nothing
    for (let byte = 6; byte < d; byte += 2) {
      const S = byte < BLOCK_BYTES ? R : further;
      const from = (byte < BLOCK_BYTES ? place * BLOCK_BYTES : next) + byte;
      shiftIn((S[from]! << 8) | S[from + 1]!, bases, inverses); // within d
    }
    addLimbs(target, at, { bases, sign });
  }
}

/** Step 6.iii: CIPH(R ⊕ [1]^16) || CIPH(R ⊕ [2]^16) …, for every string of the run. */
function furtherBlocks({ length, from, to }: Run, R: Uint8Array, cipher: BlockCipher): Uint8Array {
  const perString = Math.ceil(length.d / BLOCK_BYTES) - 1;
  if (perString === 0) return R;
  const blocks = new Uint8Array((to - from) * perString * BLOCK_BYTES);
  const view = new DataView(blocks.buffer);
  let at = 0;
  for (let place = from; place < to; place++) {
    const first = R.subarray(place * BLOCK_BYTES, (place + 1) * BLOCK_BYTES);
    for (let j = 1; j <= perString; j++, at += BLOCK_BYTES) {
      blocks.set(first, at);
      view.setUint32(at + 12, view.getUint32(at + 12) ^ j);
    }
  }
  return cipher(blocks);
}

/** The moduli of the limbs of m numerals; the last one is what is left of them. */
function limbBases({ length }: Run, m: number): Float64Array {
  const { radix, limbNumerals } = length;
  const count = Math.ceil(m / limbNumerals);
  return Float64Array.from({ length: count }, (_, limb) => radix ** Math.min(limbNumerals, m - limb * limbNumerals));
}

/** y = (y · 2^16 + word) mod radix^m. Where y is 0, the word may have 48 bits. */
function shiftIn(word: number, bases: Float64Array, inverses: Float64Array): void {
  let carry = word;
  for (let limb = 0; limb < bases.length; limb++) {
    const base = bases[limb]!; // limb < bases.length
    const number = y[limb]! * WORD + carry; // below 2^37 · 2^16
    const quotient = Math.floor(number * inverses[limb]!); // as many; off by one at most
    const rest = number - quotient * base;
    const error = rest < 0 ? -1 : rest >= base ? 1 : 0;
    y[limb] = rest - error * base;
    carry = quotient + error;
  }
}

function addLimbs(
  target: Float64Array,
  at: number,
  { bases, sign }: { readonly bases: Float64Array; readonly sign: 1 | -1 },
): void {
  let carry = 0;
  for (let limb = 0; limb < bases.length; limb++) {
    const base = bases[limb]!; // limb < bases.length
    const sum = target[at + limb]! + sign * y[limb]! + carry; // the same limbs
    carry = sum >= base ? 1 : sum < 0 ? -1 : 0;
    target[at + limb] = sum - carry * base;
  }
}
