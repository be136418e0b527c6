// Which bytes of a value the groups of a regular expression capture.

import type { Column } from '../batch/column.ts';

/** Byte positions, relative to the start of the value: `count` pairs of the first one and the one behind the last. */
export interface Ranges {
  readonly bounds: Int32Array;
  readonly count: number;
}

const NOT_ASCII = 0x80;
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
  const expression = new RegExp(pattern, 'du');
  const bounds = new Int32Array(2 * groupsIn(pattern));
  const ranges = { bounds, count: 0 };
  let source: Uint8Array | undefined;
  let buffer: Buffer = Buffer.alloc(0);
  return ({ bytes, offsets, lengths }, index) => {
    if (bytes !== source) buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    source = bytes;
    const start = offsets[index]!; // index < count
    const end = start + lengths[index]!; // index < count
    const isAscii = isPlain(bytes, start, end);
    const text = buffer.toString(isAscii ? 'latin1' : 'utf8', start, end);
    const positionOf = (character: number): number =>
      isAscii ? character : Buffer.byteLength(text.slice(0, character));
    const groups = expression.exec(text)?.indices ?? [];
    ranges.count = 0;
    for (let group = 1; group < groups.length; group++) {
      const found = groups[group];
      if (found === undefined) continue;
      bounds[2 * ranges.count] = positionOf(found[0]);
      bounds[2 * ranges.count++ + 1] = positionOf(found[1]);
    }
    return ranges;
  };
}

function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at]!; // within the value
  return seen < NOT_ASCII;
}
