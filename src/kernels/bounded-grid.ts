// The options min, max, grid and unit, and the grid that they make of a column's type. Noise and randoms share them.

import { type ColumnType, StrategyRefusal, z } from '../strategy.ts';
import { decimalGrid } from './decimal-grid.ts';
import { type Decimal, parseDecimal, ticksOf } from './decimals.ts';
import type { Grid } from './grid.ts';
import { timeGrid, UNITS, type Unit } from './time-grid.ts';
import { timeForm, timeOption } from './time-text.ts';
import { scaleOf } from './type-text.ts';

const bound = z.union([z.number(), z.string().min(1)]);

/** Option schemas; a strategy adds its own to them. */
export const boundOptions = {
  min: bound.describe('The least value: a number, or a date or timestamp as PostgreSQL writes it'),
  max: bound.describe('The greatest value'),
  grid: bound
    .optional()
    .describe(
      'The distance of two possible values. Default: 1 for integers, the last digit of `numeric(p,s)`; must be given for floats and a `numeric` without scale',
    ),
  unit: z
    .enum(Object.keys(UNITS) as [Unit, ...Unit[]]) // it has keys
    .optional()
    .describe('The distance of two possible dates (default `day`) or timestamps (must be given)'),
};

/** As the schemas above give them. */
export interface Bounds {
  readonly min: number | string;
  readonly max: number | string;
  readonly grid?: number | string | undefined;
  readonly unit?: Unit | undefined;
}

/** @throws {StrategyRefusal} for bounds that the type does not hold, too many points, or options of another kind of type */
export function boundedGrid(bounds: Bounds, type: ColumnType): Grid {
  const made = type.kind === 'date' || type.kind === 'timestamp' ? ofTimes(bounds, type) : ofNumbers(bounds, type);
  if (made) return made;
  throw new StrategyRefusal(
    'there is no value between min and max, or there are more than 2^46',
    type.kind === 'date' || type.kind === 'timestamp'
      ? 'Correct min and max, or take a longer unit.'
      : 'Correct min and max, or take a coarser grid.',
  );
}

function ofNumbers(bounds: Bounds, type: ColumnType): Grid | undefined {
  if (bounds.unit !== undefined) throw new StrategyRefusal('unit is for dates and timestamps', 'Use grid.');
  const min = numberOf('min', bounds.min, type);
  const max = numberOf('max', bounds.max, type);
  const scaled = type.kind === 'decimal' ? scaleOf(type) : undefined;
  const finest = type.kind === 'integer' ? powerOfTen(0) : scaled && powerOfTen(scaled.scale);
  const step = bounds.grid === undefined ? finest : numberOf('grid', bounds.grid, type);
  if (!step) throw new StrategyRefusal(`${type.name} has no grid of its own`, 'Set grid, such as 0.01.');
  if (finest) {
    for (const [name, decimal] of Object.entries({ min, grid: step })) {
      if (!isMultiple(decimal, finest)) throw new StrategyRefusal(`${type.name} cannot hold ${name}`, 'Round it.');
    }
  }
  const printedScale =
    type.kind === 'float' ? undefined : Math.max(0, scaled?.scale ?? Math.max(min.scale, step.scale));
  return decimalGrid({ min, max, step, printedScale });
}

function numberOf(name: string, value: number | string, type: ColumnType): Decimal {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new StrategyRefusal(`${name} has more digits than a number in YAML keeps`, 'Write it in quotes.');
  }
  const decimal = parseDecimal(String(value));
  if (!decimal) throw new StrategyRefusal(`${name} is not a number, and the column is ${type.name}`, 'Correct it.');
  if (name !== 'grid' && !isHeld(decimal, type)) {
    throw new StrategyRefusal(`${type.name} cannot hold ${name}`, 'Take a value of the type.');
  }
  return decimal;
}

function isHeld(decimal: Decimal, type: ColumnType): boolean {
  if (type.range) return ticksOf(decimal, 0) >= type.range.min && ticksOf(decimal, 0) <= type.range.max;
  const scaled = scaleOf(type);
  const size = decimal.unscaled < 0n ? -decimal.unscaled : decimal.unscaled;
  return !scaled || size < 10n ** BigInt(Math.max(0, scaled.precision - scaled.scale + decimal.scale));
}

const powerOfTen = (scale: number): Decimal =>
  scale >= 0 ? { unscaled: 1n, scale } : { unscaled: 10n ** BigInt(-scale), scale: 0 };

function isMultiple(decimal: Decimal, of: Decimal): boolean {
  const scale = Math.max(decimal.scale, of.scale);
  return ticksOf(decimal, scale) % ticksOf(of, scale) === 0n;
}

function ofTimes(bounds: Bounds, type: ColumnType): Grid | undefined {
  if (bounds.grid !== undefined) throw new StrategyRefusal('grid is for numbers', 'Use unit.');
  const form = timeForm(type);
  const unit = bounds.unit ?? (form === 'date' ? 'day' : undefined);
  if (!unit) throw new StrategyRefusal('a timestamp has no unit of its own', 'Set unit, such as hour.');
  if (form === 'date' && unit !== 'day' && unit !== 'week') {
    throw new StrategyRefusal(`a date has no ${unit}s`, 'Set unit: day or week.');
  }
  return timeGrid({ min: timeOption('min', bounds.min, type), max: timeOption('max', bounds.max, type), unit, form });
}
