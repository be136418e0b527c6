// The options bucket, to, top and bottom on a column's type: what writes the coarse form of its numbers or times.

import type { ColumnOutput } from '../batch/column.ts';
import { type ColumnType, StrategyRefusal } from '../strategy.ts';
import { type Decimal, parseDecimal } from './decimals.ts';
import { numberBuckets } from './number-buckets.ts';
import { beginPeriod, PERIODS, type Period } from './time-buckets.ts';
import { infinityOf, type Moment, readTime, type TimeForm, timeForm, timeOption, writeTime } from './time-text.ts';
import { scaleOf } from './type-text.ts';

/** Appends the coarse form of one value. @returns false for what is no value of the type, with nothing written */
export type Coarsening = (bytes: Uint8Array, at: number, end: number, output: ColumnOutput) => boolean;

type Bound = number | string | undefined;

export interface CoarseningOptions {
  readonly bucket?: number | readonly number[] | undefined;
  readonly to?: number | string | undefined;
  readonly top?: Bound;
  readonly bottom?: Bound;
}

/** @throws {StrategyRefusal} for options that do not fit the type */
export function coarsenNumbers({ bucket, to, top, bottom }: CoarseningOptions, type: ColumnType): Coarsening {
  if (to !== undefined && typeof to !== 'number') {
    throw new StrategyRefusal(`to: ${to} is not for ${type.name}`, 'Set to: a number to round to, or bucket.');
  }
  const scale = type.kind === 'integer' ? 0 : type.kind === 'decimal' ? scaleOf(type)?.scale : undefined;
  const option = (name: string, value: Bound): Decimal | undefined =>
    value === undefined ? undefined : decimalOption(name, value, { type, scale });
  const isList = typeof bucket === 'object';
  const bounds = isList ? bucket.map(one => decimalOption('bucket', one, { type, scale })) : undefined;
  if (isList && bucket.some((one, index) => index > 0 && one <= bucket[index - 1]!)) {
    throw new StrategyRefusal('the numbers of bucket do not ascend', 'Sort them, each once.');
  }
  return numberBuckets({
    width: isList ? undefined : option('bucket', bucket),
    bounds,
    multiple: option('to', to),
    top: option('top', top),
    bottom: option('bottom', bottom),
    printedScale: scale === undefined ? undefined : Math.max(0, scale),
  });
}

function decimalOption(
  name: string,
  value: number | string,
  { type, scale }: { readonly type: ColumnType; readonly scale: number | undefined },
): Decimal {
  const decimal = parseDecimal(String(value));
  if (!decimal) throw new StrategyRefusal(`${name} is not a number, and the column is ${type.name}`, 'Correct it.');
  if (scale !== undefined && decimal.scale > Math.max(0, scale)) {
    throw new StrategyRefusal(`${name} has more digits than ${type.name}`, 'Round it.');
  }
  return decimal;
}

/** @throws {StrategyRefusal} for options that do not fit the type */
export function coarsenTimes({ bucket, to, top, bottom }: CoarseningOptions, type: ColumnType): Coarsening {
  if (bucket !== undefined) throw new StrategyRefusal('bucket is for numbers', 'Use to: month, quarter, year …');
  const period = periodOption(to, type);
  const form = timeForm(type);
  const ends = {
    top: top === undefined ? undefined : timeOption('top', top, type),
    bottom: bottom === undefined ? undefined : timeOption('bottom', bottom, type),
  };
  const value: Moment = { days: 0, microseconds: 0 };
  const reading = { form, value };
  return (bytes, at, end, output) => {
    const infinity = infinityOf(bytes, at, end);
    if (infinity !== 0) return writeInfinity(infinity, { ends, form, text: bytes.subarray(at, end) }, output);
    if (!readTime(bytes, at, end, reading)) return false;
    if (ends.top && !isBefore(value, ends.top)) set(value, ends.top);
    else {
      if (period) beginPeriod(value, period);
      if (ends.bottom && isBefore(value, ends.bottom)) set(value, ends.bottom);
    }
    writeTime(value, form, output);
    return true;
  };
}

function periodOption(to: CoarseningOptions['to'], { kind, name }: ColumnType): Period | undefined {
  if (to === undefined) return undefined;
  const period = PERIODS.find(one => one === to);
  const changesNothing = kind === 'date' && (period === 'hour' || period === 'day');
  if (period && !changesNothing) return period;
  throw new StrategyRefusal(`to: ${to} does not make ${name} coarse`, 'Set to: month, quarter, year or decade.');
}

interface Ends {
  readonly top: Moment | undefined;
  readonly bottom: Moment | undefined;
}

function writeInfinity(
  infinity: number,
  { ends, form, text }: { readonly ends: Ends; readonly form: TimeForm; readonly text: Uint8Array },
  output: ColumnOutput,
): true {
  const end = infinity > 0 ? ends.top : ends.bottom;
  if (end) writeTime(end, form, output);
  else output.write(text);
  return true;
}

const isBefore = (one: Moment, other: Moment): boolean =>
  one.days < other.days || (one.days === other.days && one.microseconds < other.microseconds);

function set(value: Moment, to: Moment): void {
  value.days = to.days;
  value.microseconds = to.microseconds;
}
