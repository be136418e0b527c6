// Values per second and core of noise, date_shift, generalize, random and sequence (bytes in, bytes out, batches of 1,000),
// and of the samplers behind them. Run it alone with `npx node bench/noise.bench.ts [--record]`.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type Column, ColumnOutput } from '../src/batch/column.ts';
import { cmacColumn } from '../src/kernels/cmac.ts';
import { gaussianAttempt } from '../src/kernels/discrete-gaussian.ts';
import { type Attempt, laplaceAttempt, untilAccepted } from '../src/kernels/discrete-laplace.ts';
import { addDraws } from '../src/kernels/keyed-draws.ts';
import { KeyedWords, systemWords } from '../src/kernels/random-words.ts';
import { bindStrategy } from '../src/plan/bind-strategies.ts';
import { loadStrategy } from '../src/plan/strategies.ts';
import type { ColumnType } from '../src/strategy.ts';

/** One line of the bench. */
export interface NoiseFigure {
  readonly what: string;
  readonly valuesPerSecond: number;
}

const BATCH_VALUES = 1000;
const BATCHES = 20;
const ROUND_MS = 200;
const ROUNDS = 5;
const KEY = new Uint8Array(32).fill(7);
const INT8 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

const TYPES = {
  integer: { name: 'integer', kind: 'integer', range: { min: -(2n ** 31n), max: 2n ** 31n - 1n } },
  bigint: { name: 'bigint', kind: 'integer', range: INT8 },
  numeric: { name: 'numeric(12,2)', kind: 'decimal' },
  float: { name: 'double precision', kind: 'float' },
  date: { name: 'date', kind: 'date' },
  timestamptz: { name: 'timestamp with time zone', kind: 'timestamp' },
  text: { name: 'text', kind: 'text' },
  inet: { name: 'inet', kind: 'inet' },
} as const satisfies Record<string, ColumnType>;

const two = (number: number): string => String(number).padStart(2, '0');
const isoDate = (row: number): string => new Date(row * 86_400_000 * 3).toISOString().slice(0, 10);
/** What stands in row `row`. */
const VALUES: Readonly<Record<keyof typeof TYPES, (row: number) => string>> = {
  integer: row => String(18 + (row % 72)),
  bigint: row => String(73_500 + row),
  numeric: row => `${(row * 37) % 100_000}.${two(row % 100)}`,
  float: row => String(((row * 37) % 100_000) / 1024),
  date: isoDate,
  timestamptz: row => `${isoDate(row)} ${two(row % 24)}:${two(row % 60)}:${two((row * 7) % 60)}.${100_000 + row}+00`,
  text: row => String(10_000 + row),
  inet: row => `203.${row % 200}.${row % 250}.${row % 255}`,
};
const uuid = (row: number): string => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}`;

interface Case {
  readonly strategy: string;
  readonly options: Record<string, unknown>;
  readonly type: keyof typeof TYPES;
  /** What the column that it reads holds; a growing number unless said. */
  readonly read?: (row: number) => string;
}

const MONEY = { epsilon: 1, min: 0, max: 1_000_000 };
const CASES: readonly Case[] = [
  { strategy: 'noise', options: { epsilon: 1, min: 18, max: 99 }, type: 'integer' },
  { strategy: 'noise', options: MONEY, type: 'numeric' },
  { strategy: 'noise', options: { ...MONEY, row_key: 'key' }, type: 'numeric', read: uuid },
  { strategy: 'noise', options: { ...MONEY, grid: 0.01 }, type: 'float' },
  { strategy: 'noise', options: { epsilon: 1, min: '1900-01-01', max: '2200-01-01' }, type: 'date' },
  {
    strategy: 'noise',
    options: { epsilon: 1, min: '1960-01-01', max: '2200-01-01', unit: 'second' },
    type: 'timestamptz',
  },
  { strategy: 'noise', options: { ...MONEY, mechanism: 'gaussian', delta: 1e-9 }, type: 'numeric' },
  { strategy: 'date_shift', options: { by: 'key' }, type: 'date' },
  { strategy: 'date_shift', options: { by: 'key', keep_weekday: true }, type: 'timestamptz' },
  { strategy: 'date_shift', options: { by: 'key' }, type: 'timestamptz', read: uuid },
  { strategy: 'generalize', options: { bucket: 10, top: 90 }, type: 'integer' },
  { strategy: 'generalize', options: { bucket: [0, 1000, 5000, 20_000] }, type: 'numeric' },
  { strategy: 'generalize', options: { to: 0.5 }, type: 'float' },
  { strategy: 'generalize', options: { to: 'month' }, type: 'date' },
  { strategy: 'generalize', options: { to: 'quarter' }, type: 'timestamptz' },
  { strategy: 'generalize', options: { keep_prefix: 3 }, type: 'text' },
  { strategy: 'generalize', options: { map: { 10001: 'a', '*': 'other' } }, type: 'text' },
  { strategy: 'generalize', options: { to: '/24' }, type: 'inet' },
  { strategy: 'random', options: { min: 0, max: 1_000_000 }, type: 'numeric' },
  { strategy: 'sequence', options: {}, type: 'bigint' },
];

/** Measures everything; `show` gets one line for each. */
export async function benchNoise(show: (line: string) => void): Promise<readonly NoiseFigure[]> {
  const figures: NoiseFigure[] = [];
  const add = (what: string, run: () => number): void => {
    const valuesPerSecond = Math.round(measure(run));
    figures.push({ what, valuesPerSecond });
    show(`${(valuesPerSecond / 1e6).toFixed(1).padStart(6)} M values/s  ${what}`);
  };
  for (const one of CASES) {
    const what = `${one.strategy} ${JSON.stringify(one.options)} on ${TYPES[one.type].name}${one.read ? ', UUID keys' : ''}`;
    add(what, await strategyRun(one));
  }
  for (const [name, run] of kernelRuns()) add(name, run);
  return figures;
}

async function strategyRun({ strategy, options, type, read = String }: Case): Promise<() => number> {
  const definition = await loadStrategy(strategy);
  if (!definition) throw new Error(`no strategy ${strategy}`);
  const context = {
    place: 'bench.values.value',
    column: 'value',
    type: TYPES[type],
    rows: 1_000_000,
    secret: KEY,
    table: { name: 'bench.values', isPartition: false, primaryKey: ['key'], keys: [['key']] },
    columns: new Map([['key', TYPES.text]]),
  };
  const bound = await bindStrategy(definition, { strategy, options }, context);
  if (!('instance' in bound)) throw new Error(bound.map(({ message }) => message).join(' '));
  if (!('column' in bound.instance)) throw new Error(`${strategy} does not work on columns`);
  const { column: replace } = bound.instance;
  const batches = batchesOf(VALUES[type]);
  const others = batchesOf(read);
  const output = new ColumnOutput(BATCH_VALUES);
  return () => {
    let values = 0;
    for (const [number, batch] of batches.entries()) {
      output.reset(batch.count);
      replace(batch, output, bound.reads.length > 0 ? [others[number]!] : [], 0); // as many batches
      values += output.count;
    }
    return values;
  };
}

/** The samplers alone, from either source, and the seeds of keyed ones. */
function* kernelRuns(): Generator<readonly [string, () => number]> {
  const samplers: readonly (readonly [string, Attempt])[] = [
    ['discrete Laplace', laplaceAttempt({ numerator: 1_000_000n, denominator: 1n })],
    ['discrete Gaussian', gaussianAttempt(10n ** 12n)],
  ];
  let sum = 0;
  for (const [name, attempt] of samplers) {
    const system = systemWords();
    const sample = untilAccepted(attempt);
    yield [
      `${name}, from the CSPRNG`,
      () => {
        for (let value = 0; value < BATCH_VALUES; value++) sum += sample(system);
        return BATCH_VALUES;
      },
    ];
    const keyed = new KeyedWords(KEY);
    const drawn = new Float64Array(BATCH_VALUES);
    const seeds = randomBytes(16 * BATCH_VALUES);
    yield [
      `${name}, keyed`,
      () => {
        keyed.load(seeds);
        drawn.fill(0);
        addDraws(attempt, keyed, drawn, BATCH_VALUES);
        sum += drawn[0]!; // it is not empty
        return BATCH_VALUES;
      },
    ];
  }
  const tags = cmacColumn(KEY);
  const [messages] = batchesOf(row => `${String(row).padStart(12, '0')}ab`);
  yield [
    'AES-CMAC of 14 bytes',
    () => {
      sum += tags(messages!)[0]!; // there are batches
      return BATCH_VALUES;
    },
  ];
  if (Number.isNaN(sum)) throw new Error('the samplers gave no numbers');
}

/** Values per second of this thread's CPU time; the best of some rounds, since the rest measures what else the machine does. */
function measure(run: () => number): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    let values = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      values += run();
      elapsed = cpuMs() - start;
    }
    best = Math.max(best, (values / elapsed) * 1000);
  }
  return best;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function batchesOf(valueIn: (row: number) => string): readonly Column[] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const output = new ColumnOutput(BATCH_VALUES);
    for (let row = 0; row < BATCH_VALUES; row++) output.pushBytes(Buffer.from(valueIn(batch * BATCH_VALUES + row)));
    return output;
  });
}

if (import.meta.main) {
  const figures = await benchNoise(line => process.stdout.write(`${line}\n`));
  if (process.argv.includes('--record')) {
    const record = { date: new Date().toISOString().slice(0, 10), node: process.version, figures };
    writeFileSync(new URL('./records/noise.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
}
