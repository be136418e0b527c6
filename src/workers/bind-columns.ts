// Binds the strategies of a table in a worker, and lays out which of its fields are looked at.

import { PlannedColumn } from '../batch/planned-column.ts';
import type { ReadColumnSpec } from '../batch/read-column.ts';
import type { FieldCodec } from '../codec/field-codec.ts';
import { fieldCodec } from '../codec/field-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { bindRule } from '../plan/bind-rule.ts';
import { foundOutside } from '../plan/outside.ts';
import { isKept, type PlannedColumn as Planned, type PlannedTable } from '../plan/plan-types.ts';
import { replacementOrder } from '../plan/replacement-order.ts';
import type { StrategyInstance, TokenVault } from '../strategy.ts';
import type { RunSettings } from './messages.ts';

/** The columns of a table that are replaced, and where they are among its fields. */
export interface BoundColumns {
  readonly columns: readonly PlannedColumn[];
  /** Positions of the replaced columns, ascending. */
  readonly replaced: readonly number[];
  /** Positions of the columns that strategies only read. */
  readonly read: readonly number[];
  /** Of the replaced columns, by their numbers: each comes after those whose replacements it reads. */
  readonly order: readonly number[];
}

type Settings = Pick<
  RunSettings,
  'secret' | 'strategiesFolder' | 'types' | 'widthRows' | 'keys' | 'baseDir' | 'references'
> & {
  readonly vault?: TokenVault | undefined;
};

/** @throws when the plan does not hold in this process: it was made with other files */
export async function bindColumns(table: PlannedTable, settings: Settings): Promise<BoundColumns> {
  const instances = new Map<number, StrategyInstance>();
  for (const [position, column] of table.columns.entries()) {
    if (isKept(column)) continue;
    const instance = await bindColumn(table, column, settings);
    if (!('keep' in instance)) instances.set(position, instance);
  }
  const replaced = [...instances.keys()];
  const positionOf = new Map(table.columns.map(({ name }, position) => [name, position]));
  const wanted = replaced.flatMap(position => {
    const { reads, readsReplaced } = table.columns[position]!; // one of its positions, and all that it reads is planned
    return [...reads, ...readsReplaced].map(name => positionOf.get(name)!);
  });
  const read = [...new Set(wanted)].filter(position => !instances.has(position));
  const numbers = new Map([...replaced, ...read].map((position, number) => [position, number]));
  const columns = new Map<number, PlannedColumn>();
  const { order } = replacementOrder(table.columns);
  for (const position of order.filter(one => instances.has(one))) {
    const { name, strategy, type, notNull, reads, readsReplaced, replacesNulls } = table.columns[position]!; // one of them
    const readSource = (other: string): ReadColumnSpec => ({
      number: numbers.get(positionOf.get(other)!)!, // planned, so it has both
      codec: codecOf(table, table.columns[positionOf.get(other)!]!, settings),
    });
    const spec = {
      place: displayName(table.schema, table.name, name),
      strategy,
      type,
      notNull,
      replacesNulls,
      reads: reads.map(readSource),
      readsReplaced: readsReplaced.map(other => {
        const column = columns.get(positionOf.get(other)!); // earlier in the order, unless it is kept
        return column ? { number: numbers.get(positionOf.get(other)!)!, column } : readSource(other);
      }),
    };
    const codec = codecOf(table, table.columns[position]!, settings);
    columns.set(position, new PlannedColumn(spec, instances.get(position)!, codec));
  }
  return {
    columns: replaced.map(position => columns.get(position)!), // each is in the order
    replaced,
    read,
    order: [...columns.keys()].map(position => numbers.get(position)!), // numbered above
  };
}

async function bindColumn(
  table: PlannedTable,
  { name, rule, type, notNull, inheritedFrom, prepared }: Planned,
  { secret, strategiesFolder, widthRows, keys, vault, baseDir, references }: Settings,
): Promise<StrategyInstance> {
  const place = displayName(table.schema, table.name, name);
  const columns = new Map(table.columns.map(column => [column.name, column.type]));
  const bound = await bindRule(rule, {
    place,
    column: name,
    type,
    notNull: notNull || inheritedFrom !== undefined, // as in the plan
    rows: widthRows,
    prepared,
    table: table.facts,
    columns,
    keys,
    secret,
    vault,
    strategiesFolder,
    outside: foundOutside(baseDir, references),
  });
  if (!('instance' in bound)) throw notHeld(place);
  return bound.instance;
}

function codecOf(table: PlannedTable, { name, typeOid }: Planned, { types }: Settings): FieldCodec {
  const type = types.get(typeOid);
  const codec = type && fieldCodec(table.format, type, types);
  if (!codec) throw notHeld(displayName(table.schema, table.name, name));
  return codec;
}

const notHeld = (place: string): Error => new Error(`the plan of ${place} does not hold in a worker`);
