// Texts folded to what they look like: full-width and other scripts' digits and signs become ASCII, all kinds of spaces and
// hyphens the plain ones, and what nobody sees goes. Recognisers look at that; positions lead back to the original.

import { codePointAt, codePointSize } from './characters.ts';
import type { Text } from './text-spans.ts';

const SIZE = 0x10000;
const UNKNOWN = 0;
const SAME = 1;
const GONE = 2;
/** What becomes of each code point of the basic plane: UNKNOWN, SAME, GONE, or the ASCII character that it looks like. */
const folds = new Uint8Array(SIZE);

const ZEROS_OF_DIGITS = /\p{Nd}/u;

function foldOf(code: number): number {
  if (code >= SIZE) return classify(code);
  const known = folds[code]!; // code < SIZE
  if (known !== UNKNOWN) return known;
  const found = classify(code);
  folds[code] = found;
  return found;
}

function classify(code: number): number {
  const character = String.fromCodePoint(code);
  if (/\p{Default_Ignorable_Code_Point}|\p{Cf}/u.test(character)) return GONE;
  if (/\p{Zs}/u.test(character)) return 0x20;
  if (/[\p{Pd}\u2212]/u.test(character)) return 0x2d;
  if (ZEROS_OF_DIGITS.test(character)) return 0x30 + digitValue(code);
  const compatible = character.normalize('NFKC');
  const ascii = compatible.length === 1 ? compatible.charCodeAt(0) : 0x80;
  return ascii > 0x20 && ascii < 0x7f ? ascii : SAME;
}

/** Decimal digits stand in runs of ten from their zero (Unicode §4.6); how far in is how many before it are digits too. */
function digitValue(code: number): number {
  const compatible = String.fromCodePoint(code).normalize('NFKC');
  if (/^[0-9]$/.test(compatible)) return Number(compatible);
  let run = 0;
  while (ZEROS_OF_DIGITS.test(String.fromCodePoint(code - run - 1))) run++;
  return run % 10;
}

/** Folds one text after another. */
export class FoldedText {
  /** The text at hand, folded. */
  readonly text: { bytes: Uint8Array; start: number; end: number } = { bytes: new Uint8Array(256), start: 0, end: 0 };
  #positions = new Int32Array(256);

  /** @returns false where the text is as it looks, so that folding would change nothing */
  fold({ bytes, start, end }: Text): boolean {
    if (!isFoldable(bytes, start, end)) return false;
    this.#makeRoom(end - start);
    const folded = this.text.bytes;
    let written = 0;
    for (let at = start; at < end; ) {
      const lead = bytes[at]!; // at < end
      const size = lead < 0x80 ? 1 : codePointSize(lead);
      const fold = lead < 0x80 ? SAME : foldOf(codePointAt(bytes, at));
      if (fold === SAME) {
        for (let byte = 0; byte < size; byte++) {
          this.#positions[written] = at + byte;
          folded[written++] = bytes[at + byte]!; // well-formed
        }
      } else if (fold !== GONE) {
        this.#positions[written] = at;
        folded[written++] = fold;
      }
      at += size;
    }
    this.#positions[written] = end;
    this.text.end = written;
    return true;
  }

  /** Where the folded text's byte `at` comes from; its end from the end. */
  positionOf(at: number): number {
    return this.#positions[at]!; // at ≤ text.end
  }

  /** The folded bytes that a part of the original becomes: never fewer, and one at least. */
  partOf(from: number, to: number): { readonly from: number; readonly to: number } {
    const first = Math.max(0, this.#firstBehind(from, 0) - 1);
    return { from: first, to: Math.max(first + 1, this.#firstBehind(to - 1, first)) };
  }

  /** The first folded byte, from `low` on, that comes from behind a position; the end where there is none. */
  #firstBehind(position: number, low: number): number {
    let high = this.text.end;
    let at = low;
    while (at < high) {
      const middle = (at + high) >> 1;
      if (this.#positions[middle]! > position)
        high = middle; // middle < end
      else at = middle + 1;
    }
    return at;
  }

  #makeRoom(size: number): void {
    if (size < this.#positions.length) return;
    this.text.bytes = new Uint8Array(2 * size);
    this.#positions = new Int32Array(2 * size);
  }
}

function isFoldable(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const lead = bytes[at]!; // at < end
    if (lead < 0x80) at++;
    else if (foldOf(codePointAt(bytes, at)) !== SAME) return true;
    else at += codePointSize(lead);
  }
  return false;
}
