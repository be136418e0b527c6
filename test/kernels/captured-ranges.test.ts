import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capturedRanges } from '../../src/kernels/captured-ranges.ts';
import { patternSequence } from '../../src/kernels/pattern-sequence.ts';

/** By the engine's own indices. */
function captured(pattern: string, text: string): string[] {
  const groups = new RegExp(pattern, 'du').exec(text)?.indices ?? [];
  return groups.slice(1).flatMap(found => (found ? [`${bytesIn(text, found[0])}-${bytesIn(text, found[1])}`] : []));
}

const bytesIn = (text: string, characters: number): number => Buffer.byteLength(text.slice(0, characters));

function ranges(pattern: string, text: string): string[] {
  const bytes = Buffer.from(`before${text}behind`);
  const lengths = Int32Array.of(Buffer.byteLength(text));
  const { bounds, count } = capturedRanges(pattern)({ bytes, offsets: Int32Array.of(6), lengths, count: 1 }, 0);
  return Array.from({ length: count }, (_, n) => `${bounds[2 * n]}-${bounds[2 * n + 1]}`);
}

const IN_SEQUENCE = [
  '@(.*)$',
  '^(..)(.)',
  '^(\\w)\\w*@(\\w)',
  '(?<first>[a-c)(]+)[^)(\\]|]*(?<last>b?)c?',
  '\\(?(\\d+)(?:-|@)(\\d*)',
  '(?<=@)(.)(?=.)',
  '(a*)(?!b)(.?)',
  '(?:é|@)+(.)',
  '()b*',
  '(?i:A)(b)',
];
const OTHERS = [
  '(a)|(b)',
  '((a)b)',
  '(a)*b',
  '(a)\\1',
  '(?<x>a)\\k<x>',
  '(?:(a)|b)',
  '(?=(a))a',
  'a(b){1,2}',
  '(a|(b))',
];
const texts = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'c', '1', '2', '-', '@', '(', '|', 'é', '😀', '\\') });

describe('what groups capture', () => {
  test.each([...IN_SEQUENCE, ...OTHERS])('is found in bytes: %s', pattern => {
    fc.assert(
      fc.property(texts, text => {
        expect(ranges(pattern, text)).toEqual(captured(pattern, text));
      }),
    );
  });
});

describe('a pattern', () => {
  test.each(IN_SEQUENCE)('is a sequence of its parts: %s', pattern => {
    expect(patternSequence(pattern)?.some(({ isGroup }) => isGroup)).toBe(true);
  });

  test.each(OTHERS)('is no sequence where a part may be missing or is needed elsewhere: %s', pattern => {
    expect(patternSequence(pattern)).toBeUndefined();
  });
});
