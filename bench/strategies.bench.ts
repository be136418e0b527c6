// Values per second of each strategy on one core: bytes in (Column), bytes out (ColumnOutput), batches of 1,000 values.
// Run it alone with `npx node bench/strategies.bench.ts`.

import { type Column, ColumnOutput } from '../src/batch/column.ts';
import { bindStrategy } from '../src/plan/bind-strategies.ts';
import { loadStrategy } from '../src/plan/strategies.ts';
import type { ColumnType, ReplaceColumn } from '../src/strategy.ts';

/** One line of the bench. */
export interface StrategyFigure {
  readonly strategy: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly valuesPerSecond: number;
}

const BATCH_VALUES = 1000;
const BATCHES = 20;
const ROUND_MS = 200;
const ROUNDS = 5;
const SECRET = new Uint8Array(32).fill(7);

const TEXT: ColumnType = { name: 'text', kind: 'text' };
const BIGINT: ColumnType = { name: 'bigint', kind: 'integer', range: { min: -(2n ** 63n), max: 2n ** 63n - 1n } };
const UUID: ColumnType = { name: 'uuid', kind: 'uuid' };

const three = (number: number): string => String(number % 1000).padStart(3, '0');
/** What stands in row `row`; no two rows of the bench are equal. */
const VALUES = {
  name: row => `Ada-${row} Lovelace`,
  email: row => `ada.lovelace${row}@mail.example.org`,
  card: row => `4111-1111-${three(row)}1-${1000 + (row % 9000)}`,
  phone: row => `+41 79 ${three(row)} ${10 + (row % 90)} ${10 + (row % 89)}`,
  accented: row => `Zoë Brontë ${row} Ærøskøbing`,
  number: row => String(1_000_000_007 * (row + 1)),
  uuid: row => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}`,
} as const satisfies Record<string, (row: number) => string>;

interface Case {
  readonly strategy: string;
  readonly options?: Record<string, unknown>;
  readonly values: keyof typeof VALUES;
  readonly type?: ColumnType;
}

const CASES: readonly Case[] = [
  { strategy: 'nullify', values: 'name' },
  { strategy: 'constant', options: { value: 'removed' }, values: 'name' },
  { strategy: 'hash', values: 'email' },
  { strategy: 'hash', options: { encoding: 'base64url' }, values: 'email' },
  { strategy: 'hash', values: 'number', type: BIGINT },
  { strategy: 'hash', values: 'uuid', type: UUID },
  { strategy: 'mask', options: { keep_last: 4 }, values: 'phone' },
  { strategy: 'mask', options: { keep_last: 4, keep_separators: true }, values: 'card' },
  { strategy: 'mask', options: { keep_first: 1 }, values: 'accented' },
  { strategy: 'mask', options: { keep: '@(.*)$' }, values: 'email' },
  { strategy: 'email', values: 'email' },
  { strategy: 'email', options: { host: 'keep' }, values: 'email' },
  { strategy: 'phone', values: 'phone' },
  { strategy: 'phone', options: { keep_prefix: true }, values: 'phone' },
  { strategy: 'fake', options: { kind: 'person.firstName' }, values: 'name' },
  { strategy: 'fake', options: { kind: 'person.fullName', unique: true }, values: 'name' },
];

/** Measures every strategy; `show` gets one line for each. */
export async function benchStrategies(show: (line: string) => void): Promise<readonly StrategyFigure[]> {
  const figures: StrategyFigure[] = [];
  for (const { strategy, options = {}, values, type = TEXT } of CASES) {
    const replace = await bind(strategy, options, type);
    const valuesPerSecond = measure(replace, batchesOf(VALUES[values]));
    figures.push({ strategy, options, valuesPerSecond });
    const millions = (valuesPerSecond / 1e6).toFixed(1).padStart(6);
    show(`${millions} M values/s  ${strategy} ${JSON.stringify(options)} on ${type.name}, ${values}`);
  }
  return figures;
}

async function bind(strategy: string, options: Record<string, unknown>, type: ColumnType): Promise<ReplaceColumn> {
  const definition = await loadStrategy(strategy);
  if (!definition) throw new Error(`no strategy ${strategy}`);
  const context = { place: 'bench.values.value', type, rows: 1_000_000, secret: SECRET };
  const bound = await bindStrategy(definition, { strategy, options }, context);
  if (!('instance' in bound)) throw new Error(bound.map(({ message }) => message).join(' '));
  if (!('column' in bound.instance)) throw new Error(`${strategy} does not work on columns`);
  return bound.instance.column;
}

/** Values per second of this thread's CPU time; the best of some rounds, since the rest measures what else the machine does. */
function measure(replace: ReplaceColumn, batches: readonly Column[]): number {
  const output = new ColumnOutput(BATCH_VALUES);
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    let values = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      for (const batch of batches) {
        output.reset(batch.count);
        replace(batch, output, [], 0);
        values += output.count;
      }
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

if (import.meta.main) await benchStrategies(line => process.stdout.write(`${line}\n`));
