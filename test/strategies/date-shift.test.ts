import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replace, tryStrategy, type Use } from './replace.ts';

const DATE: Use = { type: 'date', options: { by: 'customer_id' } };
const DAY_MS = 86_400_000;
const dayOf = (iso: string | null | undefined): number => Date.parse(`${iso}T00:00:00Z`) / DAY_MS;
const isoOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const shiftsOf = async (dates: readonly string[], use: Use, by: readonly (string | null)[]): Promise<number[]> =>
  (await replace('date_shift', dates, { ...use, others: { customer_id: by } })).map(
    (shifted, row) => dayOf(shifted) - dayOf(dates[row]),
  );

test('all dates of a person move by the same days, so that intervals stay', async () => {
  const day = fc.integer({ min: dayOf('1900-01-01'), max: dayOf('2100-01-01') });
  await fc.assert(
    fc.asyncProperty(fc.array(day, { minLength: 2, maxLength: 20 }), fc.string(), async (days, person) => {
      const shifts = await shiftsOf(
        days.map(isoOf),
        DATE,
        days.map(() => person),
      );
      expect(new Set(shifts).size).toBe(1);
    }),
    { numRuns: 50 },
  );
});

test('a date and a timestamp of one person move by the same days, and the time of day stays', async () => {
  const others = { customer_id: ['73500', '73500'] };
  const type = 'timestamp with time zone';
  const [date] = await replace('date_shift', ['2024-02-29', '2024-02-29'], { ...DATE, others });
  const stamps = ['2024-02-29 00:00:00+00', '2024-02-29 23:59:59.999999+00'];
  const [midnight, late] = await replace('date_shift', stamps, { ...DATE, type, others });
  expect(midnight).toBe(`${date} 00:00:00+00`);
  expect(late).toBe(`${date} 23:59:59.999999+00`);
});

describe.each([
  [{ max_days: 1 }, 1, 1],
  [{ max_days: 10 }, 10, 1],
  [{ max_days: 7, keep_weekday: true }, 7, 7],
  [{ max_days: 30, keep_weekday: true }, 28, 7],
])('with %j', (options, most, step) => {
  test(`shifts are all multiples of ${step} up to ${most}, equally often, and never zero`, async () => {
    const people = Array.from({ length: 20_000 }, (_, row) => String(row));
    const use = { type: 'date', options: { ...options, by: 'customer_id' } };
    const shifts = await shiftsOf(
      people.map(() => '2024-02-29'),
      use,
      people,
    );
    const wanted = Array.from({ length: (2 * most) / step + 1 }, (_, index) => index * step - most).filter(
      days => days !== 0,
    );
    const counts = new Map(wanted.map(days => [days, shifts.filter(shift => shift === days).length]));
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(people.length);
    for (const count of counts.values()) {
      expect(Math.abs(count - people.length / wanted.length)).toBeLessThan(
        6 * Math.sqrt(people.length / wanted.length),
      );
    }
  });
});

test('without a person a date moves by its own value: where `by` is NULL, and where there is no `by`', async () => {
  const dates = Array.from({ length: 300 }, (_, row) => isoOf(19_000 + row));
  const some = dates.map((_, row) => (row % 3 === 0 ? null : 'a person'));
  const shifts = await shiftsOf(dates, DATE, some);
  const alone = await shiftsOf(dates, { type: 'date' }, []);
  expect(new Set(shifts.filter((_, row) => row % 3 > 0)).size).toBe(1);
  expect(shifts.filter((_, row) => row % 3 === 0)).toEqual(alone.filter((_, row) => row % 3 === 0));
  expect(new Set(alone).size).toBeGreaterThan(100);
  expect(
    await shiftsOf(
      dates,
      DATE,
      dates.map(() => null),
    ),
  ).toEqual(alone);
});

test('infinity stays, and the ends of the calendar turn the shift around', async () => {
  const others = { customer_id: ['7', '7', '7', '7'] };
  const ends = ['infinity', '-infinity', '4714-11-24 BC', '5874897-12-31'];
  const [plus, minus, first, last] = await replace('date_shift', ends, { ...DATE, others });
  expect([plus, minus]).toEqual(['infinity', '-infinity']);
  expect(first).toMatch(/^471[34]-\d\d-\d\d BC$/);
  expect(last).toMatch(/^5874897-\d\d-\d\d$/);
  const stamps = ['4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00'];
  const shifted = await replace('date_shift', stamps, {
    ...DATE,
    type: 'timestamp with time zone',
    others: { customer_id: ['7', '7'] },
  });
  expect(shifted[0]).toMatch(/^471[34]-\d\d-\d\d 00:00:00\+00 BC$/);
  expect(shifted[1]).toMatch(/^294276-\d\d-\d\d 23:59:59\.999999\+00$/);
  expect(shifted).not.toEqual(stamps);
});

test.each<[string, Use, RegExp]>([
  ['a week that does not fit', { options: { max_days: 6, keep_weekday: true } }, /7 or more/],
  ['no days', { options: { max_days: 0 } }, /max_days/],
  ['an unknown person', { options: { by: 'customer' } }, /no such column/],
  ['text', { type: 'text' }, /does not accept/],
])('%s: refused', async (_, use, message) => {
  expect(await tryStrategy('date_shift', { type: 'date', ...use })).toMatch(message);
});
