// Values of a type as something that compares: numbers exactly, times as moments, all else by its text.

import { parseDecimal } from '../kernels/decimals.ts';
import { infinityOf, type Moment, readTime, timeForm } from '../kernels/time-text.ts';
import type { ColumnType } from '../strategy.ts';

/** How values of a type are read and compared. */
export interface Comparable<Value> {
  /** @returns undefined for what is no value of the type */
  read(text: string): Value | undefined;
  /** Negative, zero or positive. */
  compare(a: Value, b: Value): number;
  /** Less and greater mean something. */
  readonly isOrdered: boolean;
}

/** A number that doubles hold, or its digits; the infinities and NaN as PostgreSQL orders them. */
type Numeric = number | { readonly unscaled: bigint; readonly scale: number };

/** Up to so many characters, two different decimal numbers are two different doubles. */
const SAFE_CHARACTERS = 15;

const exactNumbers: Comparable<Numeric> = {
  isOrdered: true,
  read(text) {
    if (/^-?(Infinity|NaN)$/i.test(text)) return Number(text.replace(/infinity/i, 'Infinity').replace(/nan/i, 'NaN'));
    if (text.length <= SAFE_CHARACTERS)
      return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : parseDecimal(text);
    return parseDecimal(text);
  },
  compare(a, b) {
    if (typeof a === 'number' && typeof b === 'number') return compareDoubles(a, b);
    if (typeof a === 'number' && !Number.isFinite(a)) return compareDoubles(a, 0);
    if (typeof b === 'number' && !Number.isFinite(b)) return compareDoubles(0, b);
    const [one, other] = [digitsOf(a), digitsOf(b)];
    const scale = Math.max(one.scale, other.scale);
    const difference =
      one.unscaled * 10n ** BigInt(scale - one.scale) - other.unscaled * 10n ** BigInt(scale - other.scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  },
};

const digitsOf = (value: Numeric): Exclude<Numeric, number> =>
  typeof value === 'number' ? parseDecimal(String(value))! : value; // a finite number spells one

const doubles: Comparable<number> = {
  isOrdered: true,
  read: text => (text.trim() === '' || (Number.isNaN(Number(text)) && text !== 'NaN') ? undefined : Number(text)),
  compare: compareDoubles,
};

/** NaN is greater than all else, and equal to itself. */
function compareDoubles(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const moments = (type: ColumnType): Comparable<Moment> => ({
  isOrdered: true,
  read(text) {
    const bytes = Buffer.from(text);
    const infinity = infinityOf(bytes, 0, bytes.length);
    if (infinity !== 0) return { days: infinity * Infinity, microseconds: 0 };
    const value = { days: 0, microseconds: 0 };
    return readTime(bytes, 0, bytes.length, { form: timeForm(type), value }) ? value : undefined;
  },
  compare: (a, b) => (a.days === b.days ? a.microseconds - b.microseconds : a.days - b.days),
});

const texts: Comparable<string> = {
  isOrdered: false,
  read: text => text,
  compare: (a, b) => (a === b ? 0 : a < b ? -1 : 1),
};

/** How values of a type compare. */
export function comparable(type: ColumnType): Comparable<unknown> {
  switch (type.kind) {
    case 'integer':
    case 'decimal':
      return exactNumbers as Comparable<unknown>;
    case 'float':
      return doubles as Comparable<unknown>;
    case 'date':
    case 'timestamp':
      return moments(type) as Comparable<unknown>;
    case 'uuid':
      return { ...texts, read: (text: string) => text.toLowerCase() } as Comparable<unknown>;
    case 'boolean':
      return {
        ...texts,
        read: (text: string) => /^(t|true|f|false)$/.exec(text)?.[0]?.slice(0, 1),
      } as Comparable<unknown>;
    default:
      return texts as Comparable<unknown>;
  }
}
