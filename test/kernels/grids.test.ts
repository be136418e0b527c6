import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { decimalGrid } from '../../src/kernels/decimal-grid.ts';
import { parseDecimal, readLongTicks, readTicks, ticksOf } from '../../src/kernels/decimals.ts';
import type { Grid } from '../../src/kernels/grid.ts';
import { timeGrid, UNITS, type Unit } from '../../src/kernels/time-grid.ts';

const decimal = (text: string) => parseDecimal(text)!; // a number

function written(grid: Grid, point: number): string {
  const output = new ColumnOutput(1);
  grid.write(point, output);
  return Buffer.from(output.bytes.subarray(0, output.at)).toString();
}

function located(grid: Grid, text: string): number {
  const bytes = Buffer.from(`9${text}9`); // what stands around a value is none of it
  return grid.locate(bytes, 1, bytes.length - 1);
}

const sign = fc.constantFrom('', '-', '+');
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const numbers = fc.oneof(
  fc.tuple(sign, digits(1, 18), fc.constant('')).map(parts => parts.join('')),
  fc.tuple(sign, digits(1, 12), fc.constant('.'), digits(1, 12)).map(parts => parts.join('')),
  fc.tuple(sign, digits(1, 300), fc.constant('.'), digits(1, 300)).map(parts => parts.join('')),
);

describe.each(['nearest', 'down'] as const)('ticks rounded to %s', rounding => {
  test('are those of fractions, for short and long numbers', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 6 }), (text, scale) => {
        const bytes = Buffer.from(`5${text}5`);
        const quick = readTicks(bytes, 1, bytes.length - 1, { scale, rounding });
        const long = readLongTicks(bytes, 1, bytes.length - 1, { scale, rounding });
        const [, minus, whole = '', fraction = ''] = /^([-+]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
        const unscaled = BigInt(whole + fraction) * (minus === '-' ? -1n : 1n);
        const [numerator, divisor] = [unscaled * 10n ** BigInt(scale), 10n ** BigInt(fraction.length)];
        // |ticks - number| is at most a half, or the ticks are the greatest whole number that is not greater.
        const difference = (long ?? 0n) * divisor - numerator;
        if (rounding === 'down') expect(difference <= 0n && difference > -divisor).toBe(true);
        else expect(2n * (difference < 0n ? -difference : difference) <= divisor).toBe(true);
        if (!Number.isNaN(quick)) expect(BigInt(quick)).toBe(long);
        if (whole.length + scale <= 15) expect(quick).not.toBeNaN();
      }),
      { numRuns: 2000 },
    );
  });
});

test('texts that are no numbers have no ticks', () => {
  const ticks = { scale: 2, rounding: 'nearest' } as const;
  for (const text of [
    '',
    '-',
    '+',
    '.',
    '-.',
    '1.2.3',
    '1e',
    'e5',
    ' 1',
    '1 ',
    '0x10',
    '1_000',
    'NaN',
    '١٢',
    '--1',
    '1-',
  ]) {
    const bytes = Buffer.from(text);
    expect(readTicks(bytes, 0, bytes.length, ticks), text).toBeNaN();
    expect(readLongTicks(bytes, 0, bytes.length, ticks), text).toBeUndefined();
  }
});

/** The nearest point, by fractions of BigInt: halves go up. */
function nearest(text: string, { min, step, steps }: { min: string; step: string; steps: number }): number {
  const value = decimal(text);
  const scale = Math.max(value.scale, decimal(min).scale, decimal(step).scale);
  const distance = ticksOf(value, scale) - ticksOf(decimal(min), scale);
  const width = ticksOf(decimal(step), scale);
  if (distance < 0n) return 0;
  const point = (2n * distance + width) / (2n * width);
  return point > BigInt(steps) ? steps : Number(point);
}

test.each([
  { min: '0', max: '1000000', step: '0.01', printedScale: 2 },
  { min: '-7.5', max: '7.25', step: '0.25', printedScale: undefined },
  { min: '-2147483648', max: '2147483647', step: '1', printedScale: 0 },
  { min: '-9223372036854775808', max: '9223372036854775807', step: '1000000', printedScale: 0 },
  { min: '100000000000000000000.5', max: '100000000000000000009.5', step: '0.000000000001', printedScale: 12 },
  { min: '0', max: '1', step: '1', printedScale: 0 },
])(
  'a grid from $min to $max by $step finds the nearest point and writes it exactly',
  ({ min, max, step, printedScale }) => {
    const made = decimalGrid({ min: decimal(min), max: decimal(max), step: decimal(step), printedScale });
    const grid = made!; // there are fewer points than 2^46
    const { steps } = grid;
    const near = fc
      .tuple(fc.integer({ min: 0, max: steps }), fc.constantFrom(0n, 1n, -1n, 4n, 5n, -5n))
      .map(([point, off]) => {
        const scale = 4;
        const ticks = ticksOf(decimal(min), scale) + BigInt(point) * ticksOf(decimal(step), scale) + off;
        const text = String(ticks < 0n ? -ticks : ticks).padStart(5, '0');
        return `${ticks < 0n ? '-' : ''}${text.slice(0, -4)}.${text.slice(-4)}`;
      });
    fc.assert(
      fc.property(fc.oneof(near, numbers), text => {
        // A grid counts in ticks of its own: what is finer is rounded to them first, so only the nearest tick's point is asked for.
        const point = located(grid, text);
        const exact = nearest(text, { min, step, steps });
        expect(Math.abs(point - exact)).toBeLessThanOrEqual(decimal(text).scale > decimal(step).scale ? 1 : 0);
        expect(located(grid, written(grid, point))).toBe(point);
      }),
      { numRuns: 600 },
    );
    for (const [text, point] of [
      ['NaN', steps],
      ['Infinity', steps],
      ['-Infinity', 0],
      ['9'.repeat(131_072), steps],
      [`-${'9'.repeat(131_072)}`, 0],
    ] as const) {
      expect(located(grid, text)).toBe(point);
    }
    expect(ticksOf(decimal(written(grid, 0)), 4)).toBe(ticksOf(decimal(min), 4));
    expect(ticksOf(decimal(written(grid, steps)), 4) <= ticksOf(decimal(max), 4)).toBe(true);
  },
);

test.each([
  ['0', '1', '0.00000000000001'],
  ['5', '5', '1'],
  ['5', '4', '1'],
  ['0', '0.5', '1'],
])('from %s to %s by %s there is no grid', (min, max, step) => {
  expect(
    decimalGrid({ min: decimal(min), max: decimal(max), step: decimal(step), printedScale: undefined }),
  ).toBeUndefined();
});

test('numeric(p,s) keeps its zeros, a float does not, and -0 is 0', () => {
  const numeric = decimalGrid({ min: decimal('-2'), max: decimal('2'), step: decimal('0.01'), printedScale: 2 })!;
  expect([0, 150, 199, 200, 201, 210].map(point => written(numeric, point))).toEqual([
    '-2.00',
    '-0.50',
    '-0.01',
    '0.00',
    '0.01',
    '0.10',
  ]);
  const float = decimalGrid({ min: decimal('-2'), max: decimal('2'), step: decimal('0.01'), printedScale: undefined })!;
  expect([0, 150, 199, 200, 201, 210].map(point => written(float, point))).toEqual([
    '-2',
    '-0.5',
    '-0.01',
    '0',
    '0.01',
    '0.1',
  ]);
  expect(located(float, '-0')).toBe(200);
  expect(located(float, '1.5e-02')).toBe(202);
  expect(located(float, '1e+300')).toBe(400);
  expect(located(float, '-1.7976931348623157e+308')).toBe(0);
});

/** Microseconds from 2000-01-01, by BigInt and Date; year 0 and BC are tried elsewhere. */
const microsecondsOf = (text: string): bigint => {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?$/.exec(text) ?? [];
  const millis = BigInt(Date.parse(`${seconds.replace(' ', 'T')}Z`) - Date.UTC(2000, 0, 1));
  return millis * 1000n + BigInt(fraction.padEnd(6, '0'));
};

test.each(Object.keys(UNITS).filter(unit => unit !== 'microsecond') as Unit[])(
  'a grid of timestamps in %ss finds the nearest point',
  unit => {
    const min = '2010-03-04 05:06:07.5';
    const from = {
      days: Number(microsecondsOf(min) / 86_400_000_000n),
      microseconds: Number(microsecondsOf(min) % 86_400_000_000n),
    };
    const grid = timeGrid({ min: from, max: { days: from.days + 5000, microseconds: 0 }, unit, form: 'timestamp' })!;
    const length = BigInt(UNITS[unit]);
    expect(grid.steps).toBe(Number((5000n * 86_400_000_000n - BigInt(from.microseconds)) / length));
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2025, 0) }),
        fc.integer({ min: 0, max: 999 }),
        (millis, micros) => {
          const text = `${new Date(millis).toISOString().slice(0, 23).replace('T', ' ')}${String(micros).padStart(3, '0')}`;
          const point = located(grid, text);
          const distance = microsecondsOf(text) - microsecondsOf(min);
          const exact = distance < 0n ? 0n : (2n * distance + length) / (2n * length);
          expect(point).toBe(Math.min(Number(exact), grid.steps));
          const back = microsecondsOf(written(grid, point)) - microsecondsOf(min);
          expect(back).toBe(BigInt(point) * length);
        },
      ),
      { numRuns: 500 },
    );
  },
);

test('grids of dates reach from BC to the last day, and take infinity in', () => {
  const grid = timeGrid({
    min: { days: -2_451_545, microseconds: 0 },
    max: { days: 2_145_031_948, microseconds: 0 },
    unit: 'day',
    form: 'date',
  })!;
  expect(grid.steps).toBe(2_147_483_493);
  for (const text of [
    '4714-11-24 BC',
    '0001-12-31 BC',
    '0001-01-01',
    '2000-02-29',
    '9999-12-31',
    '10000-01-01',
    '5874897-12-31',
  ]) {
    expect(written(grid, located(grid, text))).toBe(text);
  }
  expect(located(grid, 'infinity')).toBe(grid.steps);
  expect(located(grid, '-infinity')).toBe(0);
  for (const text of ['', 'today', '2001-02-29', '2000-1-1', '5874898-01-01', '2000-01-01 00:00:00', '2'.repeat(100)]) {
    expect(located(grid, text), text).toBeNaN();
  }
});

test('grids of timestamps reach as far, with their zone', () => {
  const grid = timeGrid({
    min: { days: -2_451_545, microseconds: 0 },
    max: { days: 106_751_982, microseconds: 0 },
    unit: 'second',
    form: 'timestamptz',
  })!;
  for (const text of [
    '4714-11-24 00:00:00+00 BC',
    '0044-03-15 12:30:00+00 BC',
    '1999-12-31 23:59:59+00',
    '294276-12-31 00:00:00+00',
  ]) {
    expect(written(grid, located(grid, text))).toBe(text);
  }
  expect(written(grid, located(grid, '2024-01-01 00:00:00+05:30'))).toBe('2023-12-31 18:30:00+00');
});
