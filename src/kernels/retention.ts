// Masked retention: covers the characters of a value with a mask character and lets some stay.
// The rule that it keeps: something is always covered, and no value comes out as it went in.

import type { Column, ColumnOutput } from '../batch/column.ts';
import { isIn, type Ranges } from './captured-ranges.ts';
import { characterClass, codePointAt, codePointSize, LETTER, MARK, SEPARATOR } from './characters.ts';
import { hideWords, isCovered, keepWords, WORD_BYTES, type Words } from './cover-words.ts';

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

/** Which bytes of a value stay; valid until the next one. */
type Stays = (input: Column, index: number) => Ranges;

/** Where values are written, and by which rule. One object serves a whole column. */
interface Covering {
  readonly output: ColumnOutput;
  readonly rule: Retention;
  /** Bytes of the value at hand that stay besides. */
  ranges?: Ranges | undefined;
  /** Whether the last value had characters beyond ASCII: after such a one, the plain case is not tried first. */
  isForeign?: boolean;
}

const NOT_ASCII = 0x80;
const ALL = 0x7fffffff;
/** For each ASCII character 1 where it counts, as all do, or as all but separators do. */
const allCount = new Uint8Array(256).fill(1);
const lettersCount = allCount.map((_, code) => (code < NOT_ASCII && characterClass(code) === SEPARATOR ? 0 : 1));

/**
 * Writes the values of a column, covered.
 * @param captured which bytes of a value stay besides
 */
export function coverColumn(input: Column, output: ColumnOutput, rule: Retention, captured?: Stays): void {
  const isOneWay = !captured || rule.first + rule.last === 0;
  const mayBePlain = isOneWay && !rule.separators && rule.cover.length === 1;
  const covering: Covering = { output, rule };
  for (let index = 0; index < input.count; index++) {
    if (mayBePlain && !covering.isForeign) {
      index = captured
        ? coverBetween(input, index, { ...covering, stays: captured })
        : coverEnds(input, index, covering);
      if (index === input.count) return;
    }
    covering.ranges = captured?.(input, index);
    coverValue(input, index, covering);
    output.push();
  }
}

/** Writes one value to the current one of the output, without ending it. */
function coverValue(input: Column, index: number, covering: Covering): void {
  let outcome = cover(input, index, covering);
  if (outcome === CHANGED) return;
  const { output, rule } = covering;
  let used = covering;
  if (outcome === NOTHING_COVERED) {
    used = { output, rule: { ...rule, first: 0, last: 0, separators: false } };
    output.at = output.start;
    outcome = cover(input, index, used);
  }
  if (outcome === NOTHING_COVERED) output.write(rule.cover); // it is empty, and so does not stay empty
  if (outcome !== UNCHANGED) return;
  output.at = output.start;
  cover(input, index, { output, ranges: used.ranges, rule: { ...used.rule, cover: rule.otherCover } });
}

/**
 * Covers values as long as they are plain: ASCII, longer than what stays, not all mask characters.
 * @returns the first value that is not, of which nothing is written
 */
function coverEnds(input: Column, from: number, { output, rule }: Covering): number {
  const { offsets, lengths, count } = input;
  const { first, last } = rule;
  const words = wordsOf(input, output, rule);
  for (let index = from; index < count; index++) {
    const length = lengths[index]!; // index < count, as below
    const start = offsets[index]!;
    if (first + last >= length || start + length + WORD_BYTES > words.source.byteLength) return index;
    output.room(length + WORD_BYTES);
    words.view = output.view;
    const shift = output.at - start;
    const end = start + length;
    let found = keepWords(words, start, start + first, shift);
    found |= hideWords(words, start + first, end - last, shift);
    found |= keepWords(words, end - last, end, shift);
    if (!isCovered(found)) return index;
    output.at += length;
    output.push();
  }
  return count;
}

/** The same where it is not the ends that stay, but what `stays` says. */
function coverBetween(
  input: Column,
  from: number,
  { output, rule, stays }: Covering & { readonly stays: Stays },
): number {
  const { offsets, lengths, count } = input;
  const words = wordsOf(input, output, rule);
  for (let index = from; index < count; index++) {
    const length = lengths[index]!; // index < count, as below
    const start = offsets[index]!;
    if (start + length + WORD_BYTES > words.source.byteLength) return index;
    const ranges = stays(input, index);
    output.room(length + WORD_BYTES);
    words.view = output.view;
    const shift = output.at - start;
    let done = start;
    let found = 0;
    for (let at = 0; at < 2 * ranges.count; at += 2) {
      const kept = start + ranges.bounds[at]!; // pairs
      const end = start + ranges.bounds[at + 1]!; // pairs
      if (end <= done) continue; // a group within a group
      if (kept < done) return index; // as only a pattern that looks back has them
      found |= hideWords(words, done, kept, shift);
      found |= keepWords(words, kept, end, shift);
      done = end;
    }
    if (!isCovered(found | hideWords(words, done, start + length, shift))) return index;
    output.at += length;
    output.push();
  }
  return count;
}

const wordsOf = ({ bytes }: Column, { view }: ColumnOutput, { cover }: Retention): Words => ({
  source: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  view,
  mask: cover[0]! * 0x01010101, // one byte
});

const NOTHING_COVERED = 0;
/** Only mask characters were covered. */
const UNCHANGED = 1;
const CHANGED = 2;

/** @returns NOTHING_COVERED, UNCHANGED or CHANGED */
function cover(input: Column, index: number, covering: Covering): number {
  const { output, rule, ranges } = covering;
  const { first, last, separators, cover: mask } = rule;
  const source = input.bytes;
  const from = input.offsets[index]!; // index < count
  const end = from + input.lengths[index]!; // index < count
  const counts = separators ? lettersCount : allCount;
  const lastFrom = last === 0 ? ALL : countCharacters(source, { from, end, counts }) - last;
  const maskLead = mask[0]!; // a mask has a byte at least
  const maskCode = codePointAt(mask, 0);
  const maskRest = mask.length - 1;
  output.room((end - from) * mask.length);
  const { bytes } = output;
  let { at } = output;
  let position = 0;
  let covered = 0;
  let difference = 0;
  // All ones where the character is covered, else zero: a branch for each would be guessed wrong at both ends of what stays.
  let hides = 0;
  covering.isForeign = false;
  for (let byte = from; byte < end; ) {
    const lead = source[byte]!; // byte < end
    let code = lead;
    let rest = 0;
    let count = counts[lead]!; // a byte
    if (lead >= NOT_ASCII) {
      covering.isForeign = true;
      code = codePointAt(source, byte);
      rest = codePointSize(lead) - 1;
      const kind = characterClass(code);
      if (kind === MARK && byte > from) {
        // A mark goes with the character before it.
        if (hides === 0) for (let part = 0; part <= rest; part++) bytes[at++] = source[byte + part]!; // of the character
        difference |= hides;
        byte += rest + 1;
        continue;
      }
      count = separators && kind === SEPARATOR ? 0 : 1;
    }
    hides = ((first - 1 - position) >> 31) & ((position - lastFrom) >> 31) & -count;
    if (ranges !== undefined && hides !== 0 && isIn(ranges, byte - from)) hides = 0;
    position += count;
    covered |= hides;
    difference |= (code ^ maskCode) & hides;
    bytes[at++] = lead ^ ((lead ^ maskLead) & hides);
    if ((rest | maskRest) !== 0) {
      if (hides === 0)
        for (let part = 1; part <= rest; part++) bytes[at++] = source[byte + part]!; // of the character
      else for (let part = 1; part <= maskRest; part++) bytes[at++] = mask[part]!; // of the mask
    }
    byte += rest + 1;
  }
  output.at = at;
  if (covered === 0) return NOTHING_COVERED;
  return difference === 0 ? UNCHANGED : CHANGED;
}

function countCharacters(
  source: Uint8Array,
  { from, end, counts }: { readonly from: number; readonly end: number; readonly counts: Uint8Array },
): number {
  let count = 0;
  for (let byte = from; byte < end; ) {
    const lead = source[byte]!; // byte < end
    if (lead < NOT_ASCII) {
      count += counts[lead]!; // a byte
      byte++;
      continue;
    }
    const kind = characterClass(codePointAt(source, byte));
    if (kind === LETTER || (kind === SEPARATOR && counts === allCount) || (kind === MARK && byte === from)) count++;
    byte += codePointSize(lead);
  }
  return count;
}
