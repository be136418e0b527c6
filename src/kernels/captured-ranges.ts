// Which bytes of a value the groups of a regular expression capture.

import type { Column } from '../batch/column.ts';

/** Byte positions [from, to), relative to the start of the value. */
export type Ranges = readonly (readonly [from: number, to: number])[];

const NONE: Ranges = [];
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
    return bytes.every((_, at) => ranges.some(([from, to]) => from <= at && at < to));
  });
}

/** Finds what the groups of a pattern capture at its first match in value `index` of a column. */
export function capturedRanges(pattern: string): (input: Column, index: number) => Ranges {
  const expression = new RegExp(pattern, 'du');
  return ({ bytes, offsets, lengths }, index) => {
    const start = offsets[index]!; // index < count
    const size = lengths[index]!; // index < count
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, size).toString();
    const found =
      expression
        .exec(text)
        ?.indices?.slice(1)
        .filter(group => group !== undefined) ?? NONE;
    if (text.length === size) return found; // ASCII: positions are the same
    return found.map(([from, to]) => [Buffer.byteLength(text.slice(0, from)), Buffer.byteLength(text.slice(0, to))]);
  };
}
