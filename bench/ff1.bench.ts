// How many values per second and core format-preserving encryption does, against the npm packages `ff3` and `@noble/ciphers`, which
// encrypt value by value. Alone: npx node bench/ff1.bench.ts [--record], which writes bench/records/ff1.json.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FF1 } from '@noble/ciphers/ff1.js';
import { type Column, ColumnOutput } from '../src/batch/column.ts';
import { blockCipher } from '../src/kernels/block-cipher.ts';
import { createFf1 } from '../src/kernels/ff1.ts';
import type { Numerals } from '../src/kernels/numerals.ts';
import { bindStrategy } from '../src/plan/bind-strategies.ts';
import { loadStrategy } from '../src/plan/strategies.ts';
import type { ColumnType } from '../src/strategy.ts';

/** What was measured; values per second by name, and how many times the packages' the kernel's is, on 16 digits. */
export interface Ff1Figures {
  readonly valuesPerSecond: Readonly<Record<string, number>>;
  readonly ratioToFf3: number;
  readonly ratioToNoble: number;
}

const VALUES = 1000;
const RUN_MS = 150;
const RUNS = 5;
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const DIGITS = 16;

/** `ff3` has no types. */
const FF3Cipher = createRequire(import.meta.url)('ff3') as new (
  key: string,
  tweak: string,
  radix: number,
) => { encrypt(text: string): string };

/** Measures the kernel, the packages, and the strategy with its presets: bytes in, bytes out. */
export async function benchFf1(): Promise<Ff1Figures> {
  const rates: Record<string, number> = {};
  const kernel = measure(kernelOn(10, () => DIGITS));
  const ff3 = measure(ff3PerValue());
  const noble = measure(noblePerValue());
  rates['FF1, 16 digits'] = kernel;
  rates['ff3, 16 digits'] = ff3;
  rates['@noble/ciphers, 16 digits'] = noble;
  rates['FF1, 6 to 22 digits, mixed'] = measure(kernelOn(10, row => 6 + (row % 17)));
  rates['FF1, 30 digits'] = measure(kernelOn(10, () => 30));
  rates['FF1, 56 digits'] = measure(kernelOn(10, () => 56));
  for (const [name, use] of Object.entries(USES)) rates[`fpe, ${name}`] = measure(await strategyOn(use));
  return { valuesPerSecond: rates, ratioToFf3: kernel / ff3, ratioToNoble: kernel / noble };
}

const TEXT: ColumnType = { name: 'text', kind: 'text' };
const INTEGER: ColumnType = { name: 'integer', kind: 'integer', range: { min: -(2n ** 31n), max: 2n ** 31n - 1n } };

interface Use {
  readonly options: Readonly<Record<string, unknown>>;
  readonly type?: ColumnType;
  readonly value: (row: number) => string;
}

const padded = (row: number, digits: number): string => String(row * 7919).padStart(digits, '4');
const USES: Readonly<Record<string, Use>> = {
  '16 digits': { options: { preset: 'digits' }, value: row => padded(row, DIGITS) },
  'card numbers': { options: { preset: 'card' }, value: row => `4111-1111-${padded(row, 8).replace(/^..../, '$&-')}` },
  'telephone numbers': { options: { preset: 'phone' }, value: row => `+41 79 ${padded(row, 7)}` },
  SSNs: { options: { preset: 'ssn' }, value: row => `219-09-${1000 + row}` },
  'integers from 1': { options: { min: 1 }, type: INTEGER, value: row => String(row + 1) },
  dates: {
    options: {},
    type: { name: 'date', kind: 'date' },
    value: row => `19${10 + (row % 90)}-0${1 + (row % 9)}-11`,
  },
  UUIDs: {
    options: {},
    type: { name: 'uuid', kind: 'uuid' },
    value: row => `6f9619ff-8b86-4011-b42d-${padded(row, 12)}`,
  },
  'IBANs of digits': { options: { preset: 'iban' }, value: row => `DE89${padded(row, 18)}` },
  'IBANs of letters and digits': { options: { preset: 'iban' }, value: row => `GB82WEST${padded(row, 14)}` },
  'codes like QX-12345-ab': { options: { preset: 'alphanumerics' }, value: row => `QX-${padded(row, 7)}-ab` },
};

/** Encrypts `VALUES` values. */
type Round = () => void;

function kernelOn(radix: number, lengthOf: (row: number) => number): Round {
  const ff1 = createFf1({ cipher: blockCipher(KEY), radix, tweak: Buffer.from('card') });
  const lengths = Int32Array.from({ length: VALUES }, (_, row) => lengthOf(row));
  let next = 0;
  const offsets = lengths.map(length => {
    next += length;
    return next - length;
  });
  const values = Uint16Array.from({ length: next }, (_, at) => (at * 7) % radix);
  const numerals: Numerals = { values, offsets, lengths, count: VALUES };
  return () => ff1.encrypt(numerals);
}

function ff3PerValue(): Round {
  const cipher = new FF3Cipher(Buffer.from(KEY).toString('hex'), 'D8E7920AFA330A', 10);
  const texts = Array.from({ length: VALUES }, (_, row) => padded(row, DIGITS));
  return () => {
    for (const text of texts) cipher.encrypt(text);
  };
}

function noblePerValue(): Round {
  const cipher = FF1(10, KEY, Buffer.from('card'));
  const strings = Array.from({ length: VALUES }, (_, row) => [...padded(row, DIGITS)].map(Number));
  return () => {
    for (const string of strings) cipher.encrypt(string);
  };
}

async function strategyOn({ options, type = TEXT, value }: Use): Promise<Round> {
  const definition = await loadStrategy('fpe');
  if (!definition) throw new Error('there is no strategy fpe');
  const context = { place: 'bench.values.value', type, rows: 1_000_000, secret: KEY };
  const bound = await bindStrategy(definition, { strategy: 'fpe', options }, context);
  if (!('instance' in bound)) throw new Error(bound.map(({ message }) => message).join(' '));
  const { instance } = bound;
  if (!('column' in instance)) throw new Error('fpe works on columns');
  const input: Column = columnOf(Array.from({ length: VALUES }, (_, row) => value(row)));
  const output = new ColumnOutput(VALUES);
  return () => {
    output.reset(VALUES);
    instance.column(input, output, [], 0);
  };
}

function columnOf(values: readonly string[]): Column {
  const column = new ColumnOutput(values.length);
  for (const value of values) column.pushBytes(Buffer.from(value));
  return column;
}

/** Values per second of this thread's CPU time; the best of some runs, since the rest measures what else the machine does. */
function measure(round: Round): number {
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = cpuMs();
    let values = 0;
    let elapsed = 0;
    while (elapsed < RUN_MS) {
      round();
      values += VALUES;
      elapsed = cpuMs() - start;
    }
    best = Math.max(best, (values / elapsed) * 1000);
  }
  return Math.round(best);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

if (import.meta.main) {
  const figures = await benchFf1();
  const show = (line: string): boolean => process.stdout.write(`${line}\n`);
  for (const [what, rate] of Object.entries(figures.valuesPerSecond)) {
    show(`${String(rate).padStart(10)} values/s  ${what}`);
  }
  show(`${figures.ratioToFf3.toFixed(0)} times ff3, ${figures.ratioToNoble.toFixed(0)} times @noble/ciphers`);
  if (process.argv.includes('--record')) {
    const record = { date: new Date().toISOString().slice(0, 10), node: process.version, ...figures };
    writeFileSync(new URL('./records/ff1.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
}
