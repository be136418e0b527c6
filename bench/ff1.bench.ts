// Values per second and core of format-preserving encryption, and how many times that of the npm packages `ff3` and
// `@noble/ciphers` in the same run, which encrypt value by value.

import { createRequire } from 'node:module';
import { FF1 } from '@noble/ciphers/ff1.js';
import { blockCipher } from '../src/kernels/block-cipher.ts';
import { createFf1 } from '../src/kernels/ff1.ts';
import type { Numerals } from '../src/kernels/numerals.ts';
import type { Figure } from './figure.ts';
import { perCpuSecond, type Work } from './measure.ts';
import { type StrategyCase, strategyWork } from './strategy-work.ts';

const VALUES = 1000;
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const DIGITS = 16;
/** Of 16 digits: values per second and core, and times what the packages do. */
const FLOOR = 2_000_000;
const FLOOR_TO_FF3 = 40;
const FLOOR_TO_NOBLE = 80;

/** `ff3` has no types. */
const FF3Cipher = createRequire(import.meta.url)('ff3') as new (
  key: string,
  tweak: string,
  radix: number,
) => { encrypt(text: string): string };

/** Measures the kernel, the packages, and the strategy with its presets: bytes in, bytes out. */
export async function* benchFf1(): AsyncGenerator<Figure> {
  const values = (what: string, work: Work, floor?: number): Figure => ({
    what,
    value: perCpuSecond(work),
    unit: 'values/s',
    floor,
  });
  const kernel = values(
    'FF1, 16 digits',
    kernelOn(10, () => DIGITS),
    FLOOR,
  );
  const ff3 = values('npm package ff3, 16 digits', ff3PerValue());
  const noble = values('npm package @noble/ciphers, 16 digits', noblePerValue());
  yield* [kernel, ff3, noble];
  const times = kernel.value / ff3.value;
  yield { what: 'FF1 to ff3, 16 digits', value: times, unit: 'times', floor: FLOOR_TO_FF3 };
  const timesNoble = kernel.value / noble.value;
  yield { what: 'FF1 to @noble/ciphers, 16 digits', value: timesNoble, unit: 'times', floor: FLOOR_TO_NOBLE };
  yield values(
    'FF1, 6 to 22 digits, mixed',
    kernelOn(10, row => 6 + (row % 17)),
  );
  yield values(
    'FF1, 30 digits',
    kernelOn(10, () => 30),
  );
  yield values(
    'FF1, 56 digits',
    kernelOn(10, () => 56),
  );
  for (const { name, floor, ...use } of USES) {
    yield values(`fpe, ${name}`, await strategyWork({ strategy: 'fpe', ...use }), floor);
  }
}

type Use = Pick<StrategyCase, 'options' | 'type' | 'value'> & { readonly name: string; readonly floor?: number };

const padded = (row: number, digits: number): string => String(row * 7919).padStart(digits, '4');
const USES: readonly Use[] = [
  { name: '16 digits', options: { preset: 'digits' }, value: row => padded(row, DIGITS), floor: FLOOR },
  {
    name: 'card numbers',
    options: { preset: 'card' },
    value: row => `4111-1111-${padded(row % VALUES, 8).replace(/^..../, '$&-')}`,
  },
  { name: 'telephone numbers', options: { preset: 'phone' }, value: row => `+41 79 ${padded(row % VALUES, 7)}` },
  { name: 'SSNs', options: { preset: 'ssn' }, value: row => `219-09-${1000 + (row % 9000)}` },
  { name: 'integers from 1', options: { min: 1 }, type: 'integer', value: row => String(row + 1) },
  { name: 'dates', type: 'date', value: row => `19${10 + (row % 90)}-0${1 + (row % 9)}-11` },
  { name: 'UUIDs', type: 'uuid', value: row => `6f9619ff-8b86-4011-b42d-${padded(row, 12)}` },
  { name: 'IBANs of digits', options: { preset: 'iban' }, value: row => `DE89${padded(row, 18)}` },
  { name: 'IBANs of letters and digits', options: { preset: 'iban' }, value: row => `GB82WEST${padded(row, 14)}` },
  {
    name: 'codes like QX-1234567-ab',
    options: { preset: 'alphanumerics' },
    value: row => `QX-${padded(row % VALUES, 7)}-ab`,
  },
];

function kernelOn(radix: number, lengthOf: (row: number) => number): Work {
  const ff1 = createFf1({ cipher: blockCipher(KEY), radix, tweak: Buffer.from('card') });
  const lengths = Int32Array.from({ length: VALUES }, (_, row) => lengthOf(row));
  let next = 0;
  const offsets = lengths.map(length => {
    next += length;
    return next - length;
  });
  const values = Uint16Array.from({ length: next }, (_, at) => (at * 7) % radix);
  const numerals: Numerals = { values, offsets, lengths, count: VALUES };
  return () => {
    ff1.encrypt(numerals);
    return VALUES;
  };
}

function ff3PerValue(): Work {
  const cipher = new FF3Cipher(Buffer.from(KEY).toString('hex'), 'D8E7920AFA330A', 10);
  const texts = Array.from({ length: VALUES }, (_, row) => padded(row, DIGITS));
  return () => {
    for (const text of texts) cipher.encrypt(text);
    return VALUES;
  };
}

function noblePerValue(): Work {
  const cipher = FF1(10, KEY, Buffer.from('card'));
  const strings = Array.from({ length: VALUES }, (_, row) => [...padded(row, DIGITS)].map(Number));
  return () => {
    for (const string of strings) cipher.encrypt(string);
    return VALUES;
  };
}
