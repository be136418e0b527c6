// Which bytes of a value the groups of a regular expression capture.

import type { Column } from '../batch/column.ts';
import { NOT_ASCII_WORD, WORD_BYTES } from './cover-words.ts';
import { patternSequence } from './pattern-sequence.ts';

/** Byte positions, relative to the start of the value: `count` pairs of the first one and the one behind the last. */
export interface Ranges {
  readonly bounds: Int32Array;
  readonly count: number;
}

/** Values that a pattern with a purpose does not capture whole, all of them. */
const PROBES = ['a', 'Zz', '12345', 'ab cd', 'x@y.org', '+41 79 123 45 67', 'Ærø ✓'];

/** How many groups a pattern has. @throws {SyntaxError} when it is not a regular expression */
export function groupsIn(pattern: string): number {
  return new RegExp(`${pattern}|`, 'u').exec('')!.length - 1; // the empty alternative always matches
}

/** Whether the groups capture the whole of whatever they are given. */
export function capturesEverything(pattern: string): boolean {
  const capture = capturedRanges(pattern);
  return PROBES.every(probe => {
    const bytes = Buffer.from(probe);
    const ranges = capture({ bytes, offsets: Int32Array.of(0), lengths: Int32Array.of(bytes.length), count: 1 }, 0);
    return bytes.every((_, at) => isIn(ranges, at));
  });
}

/** Whether a byte is in one of the ranges. */
export function isIn({ bounds, count }: Ranges, position: number): boolean {
  for (let at = 0; at < 2 * count; at += 2) if (position >= bounds[at]! && position < bounds[at + 1]!) return true; // pairs
  return false;
}

/** Finds what the groups of a pattern capture at its first match in value `index` of a column; valid until the next value. */
export function capturedRanges(pattern: string): (input: Column, index: number) => Ranges {
  const find = findInSequence(pattern) ?? findByIndices(pattern);
  const bounds = new Int32Array(2 * groupsIn(pattern));
  const ranges = { bounds, count: 0 };
  let source: Uint8Array | undefined;
  let buffer: Buffer = Buffer.alloc(0);
  let view: DataView = new DataView(buffer.buffer);
  return ({ bytes, offsets, lengths }, index) => {
    if (bytes !== source) {
      source = bytes;
      buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const start = offsets[index]!; // index < count
    const end = start + lengths[index]!; // index < count
    const isAscii = isAsciiOnly(view, start, end);
    const text = buffer.toString(isAscii ? 'latin1' : 'utf8', start, end);
    ranges.count = find(text, bounds);
    if (!isAscii)
      for (let at = 0; at < 2 * ranges.count; at++) bounds[at] = Buffer.byteLength(text.slice(0, bounds[at]));
    return ranges;
  };
}

/** Writes where the groups of the first match begin and end, in characters; returns how many took part. */
type Find = (text: string, bounds: Int32Array) => number;

/** For any pattern. */
function findByIndices(pattern: string): Find {
  const expression = new RegExp(pattern, 'du');
  return (text, bounds) => {
    const groups = expression.exec(text)?.indices ?? [];
    let count = 0;
    for (let group = 1; group < groups.length; group++) {
      const found = groups[group];
      if (found === undefined) continue;
      bounds[2 * count] = found[0];
      bounds[2 * count++ + 1] = found[1];
    }
    return count;
  };
}

/**
 * For a pattern whose groups follow one another: what stands before one is captured too, and then lengths tell where each
 * begins. The engine's own indices take twice as long.
 */
function findInSequence(pattern: string): Find | undefined {
  const parts = patternSequence(pattern);
  if (!parts) return undefined;
  const captured = parts.slice(0, parts.findLastIndex(({ isGroup }) => isGroup) + 1);
  const rest = parts.slice(captured.length);
  const sources = [...captured.map(({ source }) => `(${source})`), ...rest.map(({ source }) => source)];
  const expression = new RegExp(sources.join(''), 'u');
  const isGroup = captured.map(part => part.isGroup);
  return (text, bounds) => {
    const match = expression.exec(text);
    if (match === null) return 0;
    let count = 0;
    let at = match.index;
    for (let part = 0; part < isGroup.length; part++) {
      const end = at + match[part + 1]!.length; // each part takes part
      if (isGroup[part]) {
        bounds[2 * count] = at;
        bounds[2 * count++ + 1] = end;
      }
      at = end;
    }
    return count;
  };
}

function isAsciiOnly(bytes: DataView, start: number, end: number): boolean {
  let seen = 0;
  let at = start;
  for (; at + WORD_BYTES <= end; at += WORD_BYTES) seen |= bytes.getInt32(at, true);
  for (; at < end; at++) seen |= bytes.getUint8(at);
  return (seen & NOT_ASCII_WORD) === 0;
}
