import fc from 'fast-check';

const SURROGATES = { from: 0xd800, count: 0x800 };

/**
 * A code point that a text can have, for `fc.string({ unit: anyPoint })`. The unit `binary` has the same ones, but makes a map of
 * all of them in each process, which takes a second.
 */
export const anyPoint: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10ffff - SURROGATES.count }).map(
  number => String.fromCodePoint(number < SURROGATES.from ? number : number + SURROGATES.count),
  text => numberOf(text),
);

/** @throws where it is not one code point */
function numberOf(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
  if (point === undefined || String.fromCodePoint(point) !== text) throw new Error('not one code point');
  if (point < SURROGATES.from) return point;
  if (point < SURROGATES.from + SURROGATES.count) throw new Error('a surrogate');
  return point - SURROGATES.count;
}
