import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayOfCivil, readUsualDay } from '../../src/kernels/calendar.ts';
import { type Moment, readDay, readMoment } from '../../src/kernels/moments.ts';

const moment: Moment = { days: 0, microseconds: 0 };
const reads = (text: string, hasZone: boolean): boolean =>
  readMoment(Buffer.from(text), 0, text.length, { moment, hasZone });

describe.each([
  ['2024-02-29 12:34:56.789012+00', true],
  ['1999-12-31 23:59:59+00', true],
  ['2024-02-29 12:34:56.5', false],
] as const)('of %s', (text, hasZone) => {
  test('the whole is a moment', () => {
    expect(reads(text, hasZone)).toBe(true);
  });

  test.each(Array.from(text, (_, at) => at))('it is none with a letter in the place of character %d', at => {
    expect(reads(`${text.slice(0, at)}x${text.slice(at + 1)}`, hasZone)).toBe(false);
  });
});

test.each([
  '0000-01-01',
  '2023-02-29',
  '1900-02-29',
  '2024-13-01',
  '2024-00-01',
  '2024-04-31',
  '2024-04-00',
  '20x4-04-01',
  '2x24-04-01',
])('%s is no day, with and without a time', text => {
  expect(readDay(Buffer.from(text), 0, text.length)).toBeNaN();
  expect(reads(`${text} 00:00:00`, false)).toBe(false);
});

test('the usual form of every date is read as the general one reads it', () => {
  const date = fc.record({
    year: fc.integer({ min: 0, max: 9999 }),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 32 }),
  });
  fc.assert(
    fc.property(date, ({ year, month, day }) => {
      const pad = (number: number, length: number): string => String(number).padStart(length, '0');
      const bytes = Buffer.from(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`);
      expect(readUsualDay(bytes, 0)).toBe(year === 0 ? NaN : dayOfCivil({ year, month, day }));
    }),
    { numRuns: 2000 },
  );
});
