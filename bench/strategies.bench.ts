// Values per second and core of the strategies that have no bench of their own.

import type { Figure } from './figure.ts';
import { perCpuSecond } from './measure.ts';
import { type StrategyCase, strategyWork, TYPES } from './strategy-work.ts';

/** Values per second and core, of whatever options and values. */
const FLOORS: Readonly<Record<string, number>> = {
  hash: 2_500_000,
  fake: 2_500_000,
  email: 2_500_000,
  mask: 5_000_000,
  phone: 5_000_000,
  noise: 5_000_000,
  date_shift: 3_000_000,
  generalize: 3_000_000,
};

const two = (number: number): string => String(number).padStart(2, '0');
const three = (number: number): string => String(number % 1000).padStart(3, '0');
const dayIn = (row: number): string => new Date(row * 86_400_000 * 3).toISOString().slice(0, 10);
/** What stands in row `row`; where the name does not say otherwise, no two rows of the bench are equal. */
const VALUES = {
  name: row => `Ada-${row} Lovelace`,
  email: row => `ada.lovelace${row}@mail.example.org`,
  card: row => `4111-1111-${three(row)}1-${1000 + (row % 9000)}`,
  phone: row => `+41 79 ${three(row)} ${10 + (row % 90)} ${10 + (row % 89)}`,
  accented: row => `Zoë Brontë ${row} Ærøskøbing`,
  'large number': row => String(1_000_000_007 * (row + 1)),
  number: row => String(73_500 + row),
  age: row => String(18 + (row % 72)),
  amount: row => `${(row * 37) % 100_000}.${two(row % 100)}`,
  measure: row => String(((row * 37) % 100_000) / 1024),
  uuid: row => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}`,
  day: dayIn,
  moment: row => `${dayIn(row)} ${two(row % 24)}:${two(row % 60)}:${two((row * 7) % 60)}.${100_000 + row}+00`,
  address: row => `203.${row % 200}.${row % 250}.${row % 255}`,
} as const satisfies Record<string, (row: number) => string>;

type Case = Pick<StrategyCase, 'strategy' | 'options' | 'type'> & {
  readonly of: keyof typeof VALUES;
  /** What the column `key` holds, which the strategy reads. */
  readonly key?: 'number' | 'uuid';
};

const MONEY = { epsilon: 1, min: 0, max: 1_000_000 };
const CASES: readonly Case[] = [
  { strategy: 'nullify', of: 'name' },
  { strategy: 'constant', options: { value: 'removed' }, of: 'name' },
  { strategy: 'hash', of: 'email' },
  { strategy: 'hash', options: { encoding: 'base64url' }, of: 'email' },
  { strategy: 'hash', of: 'large number', type: 'bigint' },
  { strategy: 'hash', of: 'uuid', type: 'uuid' },
  { strategy: 'fake', options: { kind: 'person.firstName' }, of: 'name' },
  { strategy: 'fake', options: { kind: 'person.fullName', unique: true }, of: 'name' },
  { strategy: 'email', of: 'email' },
  { strategy: 'email', options: { host: 'keep' }, of: 'email' },
  { strategy: 'mask', options: { keep_last: 4 }, of: 'phone' },
  { strategy: 'mask', options: { keep_last: 4, keep_separators: true }, of: 'card' },
  { strategy: 'mask', options: { keep_first: 1 }, of: 'accented' },
  { strategy: 'mask', options: { keep: '@(.*)$' }, of: 'email' },
  { strategy: 'phone', of: 'phone' },
  { strategy: 'phone', options: { keep_prefix: true }, of: 'phone' },
  { strategy: 'noise', options: { epsilon: 1, min: 18, max: 99 }, of: 'age', type: 'integer', key: 'number' },
  { strategy: 'noise', options: MONEY, of: 'amount', type: 'numeric', key: 'number' },
  { strategy: 'noise', options: { ...MONEY, row_key: 'key' }, of: 'amount', type: 'numeric', key: 'uuid' },
  { strategy: 'noise', options: { ...MONEY, grid: 0.01 }, of: 'measure', type: 'float', key: 'number' },
  {
    strategy: 'noise',
    options: { epsilon: 1, min: '1900-01-01', max: '2200-01-01' },
    of: 'day',
    type: 'date',
    key: 'number',
  },
  {
    strategy: 'noise',
    options: { epsilon: 1, min: '1960-01-01', max: '2200-01-01', unit: 'second' },
    of: 'moment',
    type: 'timestamptz',
    key: 'number',
  },
  {
    strategy: 'noise',
    options: { ...MONEY, mechanism: 'gaussian', delta: 1e-9 },
    of: 'amount',
    type: 'numeric',
    key: 'number',
  },
  { strategy: 'date_shift', options: { by: 'key' }, of: 'day', type: 'date', key: 'number' },
  {
    strategy: 'date_shift',
    options: { by: 'key', keep_weekday: true },
    of: 'moment',
    type: 'timestamptz',
    key: 'number',
  },
  { strategy: 'date_shift', options: { by: 'key' }, of: 'moment', type: 'timestamptz', key: 'uuid' },
  { strategy: 'generalize', options: { bucket: 10, top: 90 }, of: 'age', type: 'integer' },
  { strategy: 'generalize', options: { bucket: [0, 1000, 5000, 20_000] }, of: 'amount', type: 'numeric' },
  { strategy: 'generalize', options: { to: 0.5 }, of: 'measure', type: 'float' },
  { strategy: 'generalize', options: { to: 'month' }, of: 'day', type: 'date' },
  { strategy: 'generalize', options: { to: 'quarter' }, of: 'moment', type: 'timestamptz' },
  { strategy: 'generalize', options: { keep_prefix: 3 }, of: 'number' },
  { strategy: 'generalize', options: { map: { 73501: 'a', '*': 'other' } }, of: 'number' },
  { strategy: 'generalize', options: { to: '/24' }, of: 'address', type: 'inet' },
  { strategy: 'random', options: { min: 0, max: 1_000_000 }, of: 'amount', type: 'numeric' },
  { strategy: 'sequence', of: 'number', type: 'bigint' },
];

/** Measures each case. */
export async function* benchStrategies(): AsyncGenerator<Figure> {
  for (const { of, key, ...one } of CASES) {
    const others = key === undefined ? {} : { key: VALUES[key] };
    const work = await strategyWork({ ...one, value: VALUES[of], others });
    const keys = key === 'uuid' ? ', UUID keys' : '';
    yield {
      what: `${one.strategy} ${JSON.stringify(one.options ?? {})} on ${TYPES[one.type ?? 'text'].name}, ${of}${keys}`,
      value: perCpuSecond(work),
      unit: 'values/s',
      floor: FLOORS[one.strategy],
    };
  }
}
