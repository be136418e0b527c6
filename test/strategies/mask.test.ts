import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy } from './replace.ts';

const mask = (value: string, options: Record<string, unknown> = {}): Promise<string | null | undefined> =>
  replaceOne('mask', value, { options });

describe('what stays and what is covered', () => {
  test.each([
    ['everything is covered unless said otherwise', 'Ada Lovelace', {}, '************'],
    ['the first and the last stay', 'Lovelace', { keep_first: 1, keep_last: 2 }, 'L*****ce'],
    [
      'separators stay and are not counted',
      '4111-1111 1111.2222',
      { keep_last: 4, keep_separators: true },
      '****-**** ****.2222',
    ],
    ['separators at the end do not use up what stays', '(12)-', { keep_last: 1, keep_separators: true }, '(*2)-'],
    ['another mask character, of one byte', 'Lovelace', { char: 'x' }, 'xxxxxxxx'],
    ['another mask character, of several bytes', 'Lovelace', { char: '•', keep_last: 1 }, '•••••••e'],
    ['what groups capture stays', 'ada@example.org', { keep: '@(.*)(\\.)' }, '****example.***'],
    ['groups and ends add up', 'ada@example.org', { keep: '(@)', keep_first: 1 }, 'a**@***********'],
    ['a group that took no part captures nothing', 'b1', { keep: '^(?:(a)|b)' }, '**'],
    ['a pattern that does not match lets nothing stay', 'Lovelace', { keep: '(\\d+)' }, '********'],
    ['groups count characters, not bytes', 'Zoë: ångström', { keep: ': (ån)' }, '*****ån******'],
  ])('%s', async (_, value, options, covered) => {
    expect(await mask(value, options)).toBe(covered);
  });
});

describe('a value never comes out in clear', () => {
  test.each([
    ['as long as what would stay', '1234', { keep_last: 4 }, '****'],
    ['shorter than what would stay', '007', { keep_last: 4 }, '***'],
    ['both ends meet', 'Anna', { keep_first: 2, keep_last: 2 }, '****'],
    ['captured whole', 'Anna', { keep: '^(\\w+)' }, '****'],
    ['nothing but separators', '--/--', { keep_separators: true }, '*****'],
    ['empty', '', {}, '*'],
    ['empty, and a mask character of several bytes', '', { char: '•' }, '•'],
    ['nothing but mask characters', '***', {}, '###'],
    ['nothing but mask characters where something is covered', '**12', { keep_last: 2 }, '##12'],
    ['nothing but mask characters, all of which would stay', '**', { keep_last: 4 }, '##'],
    ['nothing but the other mask character', '##', { char: '#' }, '**'],
    ['nothing but mask characters of several bytes', '••', { char: '•' }, '**'],
  ])('%s', async (_, value, options, covered) => {
    expect(await mask(value, options)).toBe(covered);
  });
});

describe('characters are counted, not bytes', () => {
  test.each([
    ['two, three and four bytes', 'ë€😀x', { keep_last: 1 }, '***x'],
    ['an emoji outside the basic plane stays whole', '😀😀😀', { keep_first: 1 }, '😀**'],
    ['a combining mark goes with its letter', 'Zoe\u0308!', { keep_last: 1 }, '***!'],
    ['a combining mark stays with its letter', 'e\u0301\u0302a', { keep_first: 1 }, 'e\u0301\u0302*'],
    ['a mark without a letter is a character', '\u0301ab', {}, '***'],
    ['punctuation of other scripts separates', '東京、日本', { keep_separators: true }, '**、**'],
    ['emoji do not separate', 'a😀b', { keep_separators: true }, '***'],
  ])('%s', async (_, value, options, covered) => {
    expect(await mask(value, options)).toBe(covered);
  });
});

interface SlowOptions {
  readonly keep_first: number;
  readonly keep_last: number;
  readonly keep?: string;
}

/** One code point after the other, as slowly as one likes. Without marks. */
function coveredSlowly(value: string, { keep_first, keep_last, keep }: SlowOptions): string {
  const points = [...value];
  const groups = (keep === undefined ? undefined : new RegExp(keep, 'du').exec(value)?.indices?.slice(1)) ?? [];
  const starts = points.map((_, at) => points.slice(0, at).join('').length);
  const isHidden = points.map(
    (_, at) =>
      at >= keep_first &&
      at < points.length - keep_last &&
      !groups.some(group => group && starts[at]! >= group[0] && starts[at]! < group[1]),
  );
  const hidden = isHidden.includes(true) ? isHidden : points.map(() => true);
  const mask = points.some((point, at) => hidden[at] && point !== '*') ? '*' : '#';
  return points.length === 0 ? '*' : points.map((point, at) => (hidden[at] ? mask : point)).join('');
}

test('values of all lengths side by side come out as they do one by one', async () => {
  const point = fc.constantFrom('a', '7', '-', '*', '\u007f', ' ', 'ë', '東', '😀');
  const ascii = fc.constantFrom('a', '7', '*', '#');
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: ascii, maxLength: 20 }) },
    fc.string({ unit: point }),
  );
  const ends = fc.record({ keep_first: fc.nat(6), keep_last: fc.nat(6) });
  const pattern = fc.constantFrom('(a+)', '7(.*?)(#)', '(a)7*(.)', '((a)7)', '(7)|(a)#', '(\\*+)');
  const captured = fc.record({ keep_first: fc.constantFrom(0, 0, 2), keep_last: fc.constant(0), keep: pattern });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 30 }), fc.oneof(ends, captured), async (values, options) => {
      const expected = values.map(one => coveredSlowly(one, options));
      expect(await replace('mask', values, { options })).toEqual(expected);
    }),
    { numRuns: 600 },
  );
});

describe('refused while planning', () => {
  test.each([
    ['ends that leave nothing of the column', { keep_first: 2, keep_last: 2 }, 'character varying(4)', 'nothing of'],
    ['a pattern without a group', { keep: '\\d+' }, 'text', 'no group'],
    ['a pattern that captures whole values', { keep: '^(.*)$' }, 'text', 'nothing would be covered'],
    ['what is no pattern', { keep: '(' }, 'text', 'not a regular expression'],
    ['a mask of two characters', { char: '**' }, 'text', 'one visible character'],
    ['a mask that cannot be seen', { char: ' ' }, 'text', 'one visible character'],
    ['a combining mark as mask', { char: '\u0301' }, 'text', 'one visible character'],
    ['a negative number', { keep_first: -1 }, 'text', 'keep_first'],
  ])('%s', async (_, options, type, found) => {
    expect(await tryStrategy('mask', { options, type })).toContain(found);
  });
});
