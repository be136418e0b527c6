import { expect, test } from 'vitest';
import { integerDigits, toTypeText } from '../../src/kernels/type-text.ts';
import type { ColumnType } from '../../src/strategy.ts';

const int2: ColumnType = { name: 'smallint', kind: 'integer', range: { min: -32768n, max: 32767n } };
const moment = new Date('2024-02-29T01:02:03.120Z');
const uuid = '6f9619ff-8b86-d011-b42d-00c04fc964ff';

test.each<[unknown, Omit<ColumnType, 'name'> & { name?: string }, string | undefined]>([
  ['Zoë', { kind: 'text' }, 'Zoë'],
  [12, { kind: 'text' }, '12'],
  [true, { kind: 'text' }, 'true'],
  [{}, { kind: 'text' }, undefined],
  [null, { kind: 'text' }, undefined],
  [['a'], { kind: 'text' }, undefined],
  [Number.NaN, { kind: 'text' }, undefined],
  ['a\0b', { kind: 'text' }, undefined],
  ['\ud800', { kind: 'text' }, undefined],
  ['007', int2, '7'],
  [32767, int2, '32767'],
  [32768, int2, undefined],
  [1.5, int2, undefined],
  ['12.345', { kind: 'decimal', name: 'numeric' }, '12.345'],
  ['12.345', { kind: 'decimal', name: 'numeric(4,2)' }, '12.35'],
  ['99.999', { kind: 'decimal', name: 'numeric(4,2)' }, undefined],
  ['-0.5', { kind: 'decimal', name: 'numeric(2,2)' }, '-0.50'],
  [1e30, { kind: 'decimal', name: 'numeric' }, undefined],
  [1e30, { kind: 'float' }, '1e+30'],
  ['', { kind: 'float' }, undefined],
  [false, { kind: 'boolean' }, 'f'],
  ['yes', { kind: 'boolean' }, undefined],
  [moment, { kind: 'date' }, '2024-02-29'],
  [moment, { kind: 'timestamp', name: 'timestamp without time zone' }, '2024-02-29 01:02:03.12'],
  [moment, { kind: 'timestamp', name: 'timestamp with time zone' }, '2024-02-29 01:02:03.12+00'],
  [new Date('2024-01-01T00:00:00Z'), { kind: 'timestamp', name: 'timestamp' }, '2024-01-01 00:00:00'],
  [moment, { kind: 'time' }, '01:02:03'],
  [new Date(Number.NaN), { kind: 'date' }, undefined],
  ['2024-02-29', { kind: 'date' }, undefined],
  [uuid.toUpperCase(), { kind: 'uuid' }, uuid],
  ['6f96', { kind: 'uuid' }, undefined],
  ['red', { kind: 'enum', labels: ['red', 'green'] }, 'red'],
  ['blue', { kind: 'enum', labels: ['red', 'green'] }, undefined],
  ['1.2.3.4', { kind: 'inet' }, undefined],
])('%o as %o is %o', (value, type, text) => {
  expect(toTypeText(value, { name: type.kind, ...type })).toBe(text);
});

test.each<[ColumnType, number | undefined]>([
  [int2, 4],
  [{ name: 'numeric(10,2)', kind: 'decimal' }, 8],
  [{ name: 'numeric(3,5)', kind: 'decimal' }, 0],
  [{ name: 'numeric', kind: 'decimal' }, undefined],
])('every integer of so many digits fits: %o', (type, digits) => {
  expect(integerDigits(type)).toBe(digits);
});
