// The presets with min and max: integers, dates and timestamps.

import { type ColumnType, StrategyRefusal } from '../../strategy.ts';
import { MIN_DOMAIN } from '../numerals.ts';
import { integerDigits } from '../type-text.ts';
import { type DayRange, dateFormat, dayOf, timestampFormat, unitsOfDay } from './dates.ts';
import { areSafe, type Bounds, bigIntegerFormat, integerFormat } from './integers.ts';
import { bigNumberColumn, numberColumn } from './number-column.ts';
import type { Bind, Chosen } from './presets.ts';

type Range = Pick<Chosen, 'min' | 'max'>;

/** Numbers of more digits than numeric has. */
const MOST_DIGITS = 1000;
/** The days that a date has in ISO form without an era, all but two million years. */
const ALL_DAYS = { min: '0001-01-01', max: '9999-12-31' } as const;
const MICROSECOND_DIGITS = 6;
const DATE_LENGTH = 10;

/** Integers from min to max; the range of the type, where one is left out. */
export function bindIntegers({ min, max }: Range, type: ColumnType): Bind {
  const bounds = { min: integerBound('min', min, type), max: integerBound('max', max, type) };
  const size = bounds.max - bounds.min + 1n;
  if (size < MIN_DOMAIN) throw tooSmall(`${bounds.min} to ${bounds.max} are ${size > 0n ? size : 'no'} numbers`);
  checkFit(bounds, type);
  const maxLength = Math.max(String(bounds.min).length, String(bounds.max).length);
  if (!areSafe(bounds)) {
    return ciphering => ({ replace: bigNumberColumn(bigIntegerFormat(bounds), ciphering), maxLength });
  }
  return ciphering => ({ replace: numberColumn(integerFormat(bounds), ciphering), maxLength });
}

function integerBound(option: 'min' | 'max', given: Range['min'], { range, name }: ColumnType): bigint {
  if (given === undefined && range) return range[option];
  if (given === undefined) throw new StrategyRefusal(`${name} has no range of its own`, 'Give min and max.');
  const text = String(given);
  if (!/^-?\d+$/.test(text) || text.length > MOST_DIGITS) {
    throw new StrategyRefusal(`${option} is not a whole number`, `Give ${option} as a number.`);
  }
  return BigInt(text);
}

function checkFit(bounds: Bounds, type: ColumnType): void {
  const digits = type.kind === 'decimal' ? integerDigits(type) : undefined;
  const most = digits === undefined ? undefined : 10n ** BigInt(digits) - 1n;
  const range = type.range ?? (most === undefined ? undefined : { min: -most, max: most });
  if (!range || (bounds.min >= range.min && bounds.max <= range.max)) return;
  throw new StrategyRefusal(`${type.name} ends before min or max`, `Stay within ${range.min} and ${range.max}.`);
}

/** Days from min to max; timestamps with all their decimal places. */
export function bindDates({ min = ALL_DAYS.min, max = ALL_DAYS.max }: Range, { kind, name }: ColumnType): Bind {
  const range = { first: dayBound('min', min), last: dayBound('max', max), text: `${min} to ${max}` };
  const days = range.last - range.first + 1;
  if (kind !== 'timestamp') {
    if (days < MIN_DOMAIN) throw tooSmall(`${range.text} are ${Math.max(0, days).toLocaleString('en')} days`);
    return ciphering => ({ replace: numberColumn(dateFormat(range), ciphering), maxLength: DATE_LENGTH });
  }
  return bindTimestamps(range, name);
}

function bindTimestamps(range: DayRange, type: string): Bind {
  const digits = Number(/\((\d)\)/.exec(type)?.[1] ?? MICROSECOND_DIGITS);
  const size = (range.last - range.first + 1) * unitsOfDay(digits);
  if (size < MIN_DOMAIN) throw tooSmall(`${range.text} are ${Math.max(0, size).toLocaleString('en')} moments`);
  if (size > Number.MAX_SAFE_INTEGER) {
    throw new StrategyRefusal(
      `${range.text} are more moments of ${type} than can be counted`,
      'Give min and max that are less than 285 years apart.',
    );
  }
  const format = timestampFormat({ range, digits, hasZone: type.includes('with time zone') });
  return ciphering => ({ replace: numberColumn(format, ciphering) });
}

function dayBound(option: 'min' | 'max', given: number | string): number {
  const day = dayOf(String(given));
  if (!Number.isNaN(day) && /^\d{4}-\d{2}-\d{2}$/.test(String(given))) return day;
  throw new StrategyRefusal(`${option} is not a date`, `Give ${option} like 2024-02-29.`);
}

function tooSmall(what: string): StrategyRefusal {
  return new StrategyRefusal(
    `${what}, and format-preserving encryption takes a domain of 1,000,000 at least`,
    'Widen min and max, or use another strategy.',
  );
}
