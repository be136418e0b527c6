// JavaScript values (a faker's, mostly) as PostgreSQL's own text form of a column's type.

import type { ColumnType } from '../strategy.ts';

/** Digits that every integer of the type may have: 9 for int4, 8 for numeric(10,2); undefined where there is no limit. */
export function integerDigits(type: ColumnType): number | undefined {
  if (type.range) return String(type.range.max).length - 1;
  const scaled = scaleOf(type);
  return scaled && Math.max(0, scaled.precision - scaled.scale);
}

/**
 * `value` as the text of a type, or undefined where it is not a value of that type.
 * Dates are written in UTC.
 */
export function toTypeText(value: unknown, type: ColumnType): string | undefined {
  const plain = plainText(value);
  if (plain === undefined) return undefined;
  switch (type.kind) {
    case 'text':
      return plain;
    case 'enum':
      return type.labels?.includes(plain) ? plain : undefined;
    case 'boolean':
      return /^(true|false|t|f)$/.test(plain) ? plain.slice(0, 1) : undefined;
    case 'integer':
      return integerText(plain, type);
    case 'decimal':
      return decimalText(plain, type);
    case 'float':
      return plain !== '' && Number.isFinite(Number(plain)) ? String(Number(plain)) : undefined;
    case 'date':
      return value instanceof Date ? plain.slice(0, 10) : undefined;
    case 'timestamp':
      return value instanceof Date ? timestampText(plain, type) : undefined;
    case 'time':
      return value instanceof Date ? plain.slice(11, 19) : undefined;
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(plain) ? plain.toLowerCase() : undefined;
    default:
      return undefined;
  }
}

function plainText(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return undefined;
  const text = String(value);
  return text.includes('\0') || !text.isWellFormed() ? undefined : text; // neither is text to PostgreSQL
}

function integerText(plain: string, { range }: ColumnType): string | undefined {
  if (!/^-?\d+$/.test(plain)) return undefined;
  const number = BigInt(plain);
  return range && (number < range.min || number > range.max) ? undefined : String(number);
}

function decimalText(plain: string, type: ColumnType): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return undefined;
  const scaled = scaleOf(type);
  if (!scaled) return plain;
  const text = Number(plain).toFixed(Math.max(0, scaled.scale));
  if (text.includes('e')) return undefined;
  const whole = text.replace(/^-/, '').replace(/\..*$/, '').replace(/^0+/, '');
  return whole.length > scaled.precision - scaled.scale ? undefined : text;
}

function timestampText(iso: string, { name }: ColumnType): string {
  const text = iso.replace('T', ' ').replace(/\.?0*Z$/, '');
  return name.includes('with time zone') || name.startsWith('timestamptz') ? `${text}+00` : text;
}

/** Precision and scale of numeric(p,s), where the type says them. */
export function scaleOf({ name }: ColumnType): { precision: number; scale: number } | undefined {
  const [, precision, scale] = /^(?:numeric|decimal)\((\d+)(?:,(-?\d+))?\)/.exec(name) ?? [];
  return precision === undefined ? undefined : { precision: Number(precision), scale: Number(scale ?? 0) };
}
