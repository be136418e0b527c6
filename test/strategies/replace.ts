// Runs a strategy in tests the way the engine does: bound by bindRule, over columns in batches.

import { type Column, ColumnOutput, type ColumnWithNulls } from '../../src/batch/column.ts';
import { EXAMPLE_SECRET } from '../../src/docs/example-secret.ts';
import type { Finding } from '../../src/errors.ts';
import { bindRule } from '../../src/plan/bind-rule.ts';
import { type BoundStrategy, bindStrategy, type Direction } from '../../src/plan/bind-strategies.ts';
import type { Outside } from '../../src/plan/outside.ts';
import { loadStrategy } from '../../src/plan/strategies.ts';
import type { ColumnType, StrategyDefinition, TableFacts, TokenVault } from '../../src/strategy.ts';
import { memoryVault } from '../vault/memory-vault.ts';

export interface Use {
  readonly options?: Readonly<Record<string, unknown>>;
  /** A PostgreSQL type of `TYPES`; text unless said. */
  readonly type?: string;
  readonly domain?: string;
  /** null is none. */
  readonly secret?: string | null;
  readonly rows?: number;
  /** `reverse` binds the way back. */
  readonly direction?: Direction;
  readonly table?: Partial<TableFacts>;
  /** Where it looks up files, references and tables; nowhere unless said. */
  readonly outside?: Outside;
}

/** Values of the columns that a strategy reads, by name, one for each of its own. */
export type Others = Readonly<Record<string, readonly (string | null)[]>>;

const integer = (name: string, bits: bigint): ColumnType => ({
  name,
  kind: 'integer',
  range: { min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n },
});

/** The types that examples and tests use. */
export const TYPES: Readonly<Record<string, ColumnType>> = Object.fromEntries(
  [
    { name: 'text', kind: 'text' } as const,
    ...[4, 5, 20, 40].map(maxLength => ({ name: `character varying(${maxLength})`, kind: 'text', maxLength }) as const),
    integer('smallint', 16n),
    integer('integer', 32n),
    integer('bigint', 64n),
    { name: 'numeric', kind: 'decimal' } as const,
    { name: 'numeric(6,2)', kind: 'decimal' } as const,
    { name: 'double precision', kind: 'float' } as const,
    { name: 'boolean', kind: 'boolean' } as const,
    { name: 'date', kind: 'date' } as const,
    { name: 'timestamp with time zone', kind: 'timestamp' } as const,
    { name: 'uuid', kind: 'uuid' } as const,
    { name: 'timestamp without time zone', kind: 'timestamp' } as const,
    { name: 'inet', kind: 'inet' } as const,
    { name: 'json', kind: 'json' } as const,
    { name: 'jsonb', kind: 'json' } as const,
  ].map(type => [type.name, type]),
);

/** The table that strategies of the tests are in. */
export const TABLE: TableFacts = {
  name: 'public.t',
  isPartition: false,
  primaryKey: ['id'],
  keys: [['id'], ['customer_id'], ['a', 'b']],
};
/** What they may read beside their column c. */
const COLUMNS = new Map(
  Object.entries({ id: 'bigint', customer_id: 'text', a: 'integer', b: 'text', c: 'text', day: 'date' }).map(
    ([name, type]) => [name, TYPES[type]!] as const, // they are in TYPES
  ),
);

/** Each strategy has its own, so that a test need not mind what another did. */
const VAULT: TokenVault = { tokens: (domain, format) => memoryVault().tokens(domain, format) };

/** Binds a strategy; what the plan would find against it is returned as text. */
export async function tryStrategy(name: string, use: Use = {}): Promise<BoundStrategy | string> {
  const definition = await strategyNamed(name);
  const type = TYPES[use.type ?? 'text'];
  if (!type) throw new Error(`the tests have no type ${use.type}`);
  const rule = { strategy: name, options: use.options ?? {}, domain: use.domain };
  const secret = use.secret === null ? undefined : Buffer.from(use.secret ?? EXAMPLE_SECRET);
  const context = {
    place: 'public.t.c',
    column: 'c',
    type,
    rows: use.rows ?? 1000,
    secret,
    columns: COLUMNS,
    vault: VAULT,
    ...(use.outside && { outside: use.outside }),
    direction: use.direction ?? 'create',
  } as const;
  const table = { ...TABLE, ...use.table };
  const whole = { ...context, table };
  const bound = await (use.direction === 'reverse' ? bindStrategy(definition, rule, whole) : bindRule(rule, whole));
  return 'instance' in bound ? bound : bound.map(({ message, fix }: Finding) => `${message} ${fix}`).join('\n');
}

/** Binds a strategy that nothing is found against. */
export async function useStrategy(name: string, use: Use = {}): Promise<BoundStrategy> {
  const bound = await tryStrategy(name, use);
  if (typeof bound === 'string') throw new Error(bound);
  return bound;
}

/** What a strategy makes of values. */
export async function replace(
  name: string,
  values: readonly string[],
  use: Use & Pick<Running, 'others' | 'replaced'> = {},
): Promise<(string | null)[]> {
  return replaceWith(await useStrategy(name, use), values, { others: use.others, replaced: use.replaced });
}

/** The same for one value. */
export async function replaceOne(name: string, value: string, use: Use = {}): Promise<string | null | undefined> {
  return (await replace(name, [value], use))[0];
}

/** How a bound strategy is run. */
interface Running {
  /** Values of a batch. */
  readonly batch?: number;
  /** A column that is read and not given here has the same values as the strategy's own. */
  readonly others?: Others | undefined;
  /** The same for columns that are read as they are replaced. */
  readonly replaced?: Others | undefined;
}

/** One for all, as a worker has one for all batches: a new one for each value took most of the time of the contract test. */
const output = new ColumnOutput(1);

/** Runs a bound strategy over values, cut into batches. */
export function replaceWith(
  { instance, reads, readsReplaced }: BoundStrategy,
  values: readonly string[],
  { batch = 1000, others = {}, replaced: replacedOthers = {} }: Running = {},
): (string | null)[] {
  const replaced: (string | null)[] = [];
  for (let from = 0; from < values.length; from += batch) {
    const cut = <Value>(all: readonly Value[]): readonly Value[] => all.slice(from, from + batch);
    const input = columnOf(cut(values));
    if ('keep' in instance) replaced.push(...readColumn(input));
    else if ('value' in instance) replaced.push(...cut(values).map(instance.value));
    else {
      const beside = [
        ...reads.map(name => others[name] ?? values),
        ...readsReplaced.map(name => replacedOthers[name] ?? others[name] ?? values),
      ].map(column => columnWithNullsOf(cut<string | null>(column)));
      output.reset(input.count);
      instance.column(input, output, beside, from);
      replaced.push(...readColumn(output));
    }
  }
  return replaced;
}

/** Like `columnOf`; NULLs have a length of -1, and an offset that is outside. */
export function columnWithNullsOf(values: readonly (string | null)[]): ColumnWithNulls {
  const column = columnOf(values.map(value => value ?? ''));
  values.forEach((value, index) => {
    if (value !== null) return;
    column.offsets[index] = 1e9;
    column.lengths[index] = -1;
  });
  return column;
}

/** Values with bytes around them that are none of the column's, so that a strategy which reads on is found out. */
export function columnOf(values: readonly string[]): Column {
  const bytes = new Uint8Array(values.reduce((size, value) => size + 2 + Buffer.byteLength(value), 0));
  const lengths = new Int32Array(values.length);
  const text = Buffer.from(bytes.buffer);
  let at = 0;
  const offsets = Int32Array.from(values, (value, index) => {
    bytes[at++] = 0x37;
    bytes[at++] = 0x78;
    const start = at;
    at += text.write(value, at);
    lengths[index] = at - start;
    return start;
  });
  return { bytes, offsets, lengths, count: values.length };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The values of a column; fails for what is not UTF-8. */
export function readColumn({ bytes, offsets, lengths, count }: Column): (string | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const start = offsets[index]!; // index < count, as below
    return lengths[index]! < 0 ? null : decoder.decode(bytes.subarray(start, start + lengths[index]!));
  });
}

async function strategyNamed(name: string): Promise<StrategyDefinition> {
  const definition = await loadStrategy(name);
  if (!definition) throw new Error(`there is no strategy ${name}`);
  return definition;
}
