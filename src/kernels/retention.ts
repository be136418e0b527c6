// Masked retention: covers the characters of a value with a mask character and lets some stay.
// The rule that it keeps: something is always covered, and no value comes out as it went in.

import type { Column, ColumnOutput } from '../batch/column.ts';
import type { Ranges } from './captured-ranges.ts';
import { characterClass, codePointAt, codePointSize, LETTER, MARK, SEPARATOR } from './characters.ts';
import { isSourceValue } from './source-value.ts';

export interface Retention {
  /** Characters that stay at either end; separators do not count where they stay anyway. */
  readonly first: number;
  readonly last: number;
  readonly separators: boolean;
  /** UTF-8 of the mask character. */
  readonly cover: Uint8Array;
  /** Used instead for a value that `cover` would leave as it was, since it had nothing else. */
  readonly otherCover: Uint8Array;
}

/** Where a value is written, and by which rule. One object serves a whole column. */
export interface Covering {
  readonly output: ColumnOutput;
  readonly rule: Retention;
  /** Bytes of the value at hand that stay besides. */
  ranges?: Ranges | undefined;
}

const NOT_ASCII = 0x80;
const ALL = 0x7fffffff;
/** For each ASCII character 1 where it counts, as all do, or as all but separators do. */
const allCount = new Uint8Array(256).fill(1);
const lettersCount = allCount.map((_, code) => (code < NOT_ASCII && characterClass(code) === SEPARATOR ? 0 : 1));

/** Writes value `index` of a column, covered, to the current value of an output (without ending it). */
export function coverValue(input: Column, index: number, covering: Covering): void {
  if (coverAscii(input, index, covering)) return;
  const { output, rule } = covering;
  const whole = { output, rule: { ...rule, first: 0, last: 0, separators: false } };
  let used = covering;
  if (cover(input, index, covering) === 0) {
    output.at = output.start;
    used = whole;
    // An empty value: one mask character, so that it does not come out as it went in.
    if (cover(input, index, whole) === 0) output.write(rule.cover);
  }
  if (!isSourceValue(input, index, output)) return;
  output.at = output.start;
  cover(input, index, { output, ranges: used.ranges, rule: { ...used.rule, cover: rule.otherCover } });
}

/**
 * The quick way for the plain case: ASCII, a mask character of one byte, no ranges, something changes.
 * @returns false for all others, with nothing written
 */
function coverAscii(input: Column, index: number, { output, rule, ranges }: Covering): boolean {
  const { first, last } = rule;
  if (ranges !== undefined || rule.cover.length > 1) return false;
  const source = input.bytes;
  const from = input.offsets[index]!; // index < count
  const end = from + input.lengths[index]!; // index < count
  const counts = rule.separators ? lettersCount : allCount;
  const mask = rule.cover[0]!; // one byte
  let lastFrom = ALL;
  if (last > 0) {
    lastFrom = -last;
    for (let byte = from; byte < end; byte++) lastFrom += counts[source[byte]!]!; // a byte of the value
  }
  output.room(end - from);
  const { bytes } = output;
  let { at } = output;
  let position = 0;
  let seen = 0;
  let difference = 0;
  // Without a branch for each byte: all ones where first ≤ position < lastFrom and the character counts, else zero.
  for (let byte = from; byte < end; byte++) {
    const found = source[byte]!; // byte < end
    const count = counts[found]!; // a byte
    const change = (found ^ mask) & ((first - 1 - position) >> 31) & ((position - lastFrom) >> 31) & -count;
    bytes[at++] = found ^ change;
    difference |= change;
    seen |= found;
    position += count;
  }
  if (seen >= NOT_ASCII || difference === 0) return false;
  output.at = at;
  return true;
}

/** @returns how many characters were covered */
function cover({ bytes: source, offsets, lengths }: Column, index: number, { output, rule, ranges }: Covering): number {
  const { first, last, separators, cover: mask } = rule;
  const from = offsets[index]!; // index < count
  const end = from + lengths[index]!; // index < count
  const lastFrom = last === 0 ? ALL : countCharacters(source, { from, end, separators }) - last;
  output.room((end - from) * mask.length);
  const { bytes } = output;
  let { at } = output;
  let position = 0;
  let covered = 0;
  let stays = true;
  for (let byte = from; byte < end; ) {
    const lead = source[byte]!; // byte < end
    const next = byte + codePointSize(lead);
    const kind = lead < NOT_ASCII ? characterClass(lead) : characterClass(codePointAt(source, byte));
    // A mark goes with the character before it.
    if (kind !== MARK || byte === from) {
      const isSeparator = separators && kind === SEPARATOR;
      stays = isSeparator || position < first || position >= lastFrom;
      if (ranges !== undefined && !stays) stays = isIn(ranges, byte - from);
      if (!isSeparator) position++;
      if (!stays) {
        covered++;
        for (let part = 0; part < mask.length; part++) bytes[at++] = mask[part]!; // within mask
      }
    }
    if (!stays) byte = next;
    while (byte < next) bytes[at++] = source[byte++]!; // a byte of the value
  }
  output.at = at;
  return covered;
}

function countCharacters(
  source: Uint8Array,
  { from, end, separators }: { readonly from: number; readonly end: number; readonly separators: boolean },
): number {
  let count = 0;
  for (let byte = from; byte < end; byte += codePointSize(source[byte]!)) {
    const kind = characterClass(codePointAt(source, byte));
    if (kind === LETTER || (kind === SEPARATOR && !separators) || (kind === MARK && byte === from)) count++;
  }
  return count;
}

function isIn(ranges: Ranges, position: number): boolean {
  return ranges.some(([from, to]) => position >= from && position < to);
}
