// A strategy as work to measure: bytes in (Column), bytes out (ColumnOutput), batches of 1,000 values, as in a slice.

import { type Column, ColumnOutput } from '../src/batch/column.ts';
import { bindRule } from '../src/plan/bind-rule.ts';
import type { ColumnType, StrategyInstance, TokenVault } from '../src/strategy.ts';
import type { Work } from './measure.ts';

export const SECRET = new Uint8Array(32).fill(7);
export const BATCH_VALUES = 1000;
const BATCHES = 20;

/** The types that values of the benches have. */
export const TYPES = {
  text: { name: 'text', kind: 'text' },
  integer: { name: 'integer', kind: 'integer', range: { min: -(2n ** 31n), max: 2n ** 31n - 1n } },
  bigint: { name: 'bigint', kind: 'integer', range: { min: -(2n ** 63n), max: 2n ** 63n - 1n } },
  numeric: { name: 'numeric(12,2)', kind: 'decimal' },
  float: { name: 'double precision', kind: 'float' },
  date: { name: 'date', kind: 'date' },
  timestamptz: { name: 'timestamp with time zone', kind: 'timestamp' },
  uuid: { name: 'uuid', kind: 'uuid' },
  inet: { name: 'inet', kind: 'inet' },
} as const satisfies Record<string, ColumnType>;

/** A strategy on a column. */
export interface StrategyCase {
  readonly strategy: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Its domain, instead of the strategy's own. */
  readonly domain?: string;
  readonly type?: keyof typeof TYPES;
  /** What stands in a row. */
  readonly value: (row: number) => string;
  /** What stands in the other columns of the row, by name. */
  readonly others?: Readonly<Record<string, (row: number) => string>>;
  readonly vault?: TokenVault;
}

export type ColumnInstance = Extract<StrategyInstance, { readonly column: unknown }>;

/** The strategy bound as in a worker, and which columns it reads. */
export async function bindCase({ strategy, options = {}, domain, type = 'text', others = {}, vault }: StrategyCase) {
  const rule = { strategy, options, ...(domain !== undefined && { domain }) };
  const bound = await bindRule(rule, {
    place: 'bench.values.value',
    column: 'value',
    type: TYPES[type],
    rows: 1_000_000,
    table: { name: 'bench.values', isPartition: false, primaryKey: ['key'], keys: [['key']] },
    columns: new Map(Object.keys(others).map(name => [name, TYPES.text])),
    secret: SECRET,
    vault,
  });
  if (!('instance' in bound)) throw new Error(bound.map(({ message }) => message).join(' '));
  if (!('column' in bound.instance)) throw new Error(`${strategy} does not work on columns`);
  return { instance: bound.instance as ColumnInstance, reads: [...bound.reads, ...bound.readsReplaced] };
}

/** All batches through the strategy; counts their values. */
export async function strategyWork(one: StrategyCase): Promise<Work> {
  const { instance, reads } = await bindCase(one);
  const batches = batchesOf(one.value);
  const read = reads.map(name => batchesOf(one.others?.[name] ?? String));
  const output = new ColumnOutput(BATCH_VALUES);
  return () => {
    let values = 0;
    for (const [number, batch] of batches.entries()) {
      output.reset(batch.count);
      const others = read.map(each => each[number]!); // as many batches
      instance.column(batch, output, others, number * BATCH_VALUES);
      values += output.count;
    }
    return values;
  };
}

/** The rows of `count` batches. */
export function batchesOf(valueIn: (row: number) => string, count = BATCHES): readonly Column[] {
  return Array.from({ length: count }, (_, batch) =>
    columnOf(Array.from({ length: BATCH_VALUES }, (_, row) => valueIn(batch * BATCH_VALUES + row))),
  );
}

/** These values as a column. */
export function columnOf(values: readonly string[]): Column {
  const column = new ColumnOutput(values.length);
  for (const value of values) column.pushBytes(Buffer.from(value));
  const { offsets, lengths, count } = column;
  return { bytes: column.bytes.slice(0, column.at), offsets, lengths, count };
}
