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

/** Nothing stays. */
const WHOLLY = { first: 0, last: 0, separators: false } as const;

/** Writes value `index` of a column, covered, to the current value of an output (without ending it). */
export function coverValue(
  input: Column,
  index: number,
  { output, rule, ranges }: { output: ColumnOutput; rule: Retention; ranges?: Ranges | undefined },
): void {
  const start = output.at;
  let used = rule;
  let covered = cover(input, index, { output, rule, ranges });
  if (covered === 0) {
    output.at = start;
    used = { ...rule, ...WHOLLY };
    covered = cover(input, index, { output, rule: used });
    // An empty value: one mask character, so that it does not come out as it went in.
    if (covered === 0) output.write(rule.cover);
  }
  if (!isSourceValue(input, index, output)) return;
  output.at = start;
  cover(input, index, {
    output,
    rule: { ...used, cover: rule.otherCover },
    ranges: used === rule ? ranges : undefined,
  });
}

/** @returns how many characters were covered */
function cover(
  { bytes: source, offsets, lengths }: Column,
  index: number,
  { output, rule, ranges }: { output: ColumnOutput; rule: Retention; ranges?: Ranges | undefined },
): number {
  const from = offsets[index]!; // index < count
  const length = lengths[index]!; // index < count
  const end = from + length;
  output.room(length * rule.cover.length);
  const { bytes } = output;
  const { first, separators, cover: mask } = rule;
  const ascii = mask[0]!; // a mask has a byte at least
  const lastFrom = rule.last === 0 ? Infinity : countCharacters(source, from, { end, separators }) - rule.last;
  if (lastFrom <= first) return 0;
  let at = output.at;
  let position = 0;
  let covered = 0;
  let stays = true;
  for (let byte = from; byte < end; ) {
    const lead = source[byte]!; // byte < end
    const size = lead < 0x80 ? 1 : codePointSize(lead);
    const kind = characterClass(lead < 0x80 ? lead : codePointAt(source, byte));
    if (kind !== MARK || byte === from) {
      const isSeparator = separators && kind === SEPARATOR;
      stays =
        isSeparator || position < first || position >= lastFrom || (ranges !== undefined && isIn(ranges, byte - from));
      if (!isSeparator) position++;
      if (!stays) {
        covered++;
        bytes[at++] = ascii;
        for (let extra = 1; extra < mask.length; extra++) bytes[at++] = mask[extra]!; // within mask
      }
    }
    if (stays) for (let part = 0; part < size; part++) bytes[at++] = source[byte + part]!; // within the value
    byte += size;
  }
  output.at = at;
  return covered;
}

function countCharacters(
  source: Uint8Array,
  from: number,
  { end, separators }: { end: number; separators: boolean },
): number {
  let count = 0;
  for (let byte = from; byte < end; ) {
    const lead = source[byte]!; // byte < end
    const kind = characterClass(lead < 0x80 ? lead : codePointAt(source, byte));
    if (kind === LETTER || (kind === SEPARATOR && !separators) || (kind === MARK && byte === from)) count++;
    byte += lead < 0x80 ? 1 : codePointSize(lead);
  }
  return count;
}

function isIn(ranges: Ranges, position: number): boolean {
  return ranges.some(([from, to]) => position >= from && position < to);
}
