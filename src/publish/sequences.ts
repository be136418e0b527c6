// Sequences behind the columns of the planned tables: each goes on where the source's would, or after the largest value
// that was loaded, whichever is further, so that the next insert does not meet a row that is there.

import type { ClientBase } from 'pg';
import { databaseError } from '../pg/errors.ts';
import {
  columnKey,
  isDescending,
  type Position,
  readLoaded,
  readPositions,
  readUses,
  type SequenceUse,
  sequenceKey,
} from './sequence-uses.ts';
import { type Connect, inTransaction, type TargetTable } from './target-session.ts';

export interface SequenceOptions {
  /** The planned tables of the target, after their load. */
  readonly tables: readonly TargetTable[];
  /** Lends sessions of the source. */
  readonly source: Connect;
  /**
   * Where they go on: `follow` where the source's would, which tells how many rows that ever had; `after_rows` after the
   * largest loaded value; `leave` where they are.
   */
  readonly sequences?: SequenceMode;
}

export type SequenceMode = 'follow' | 'after_rows' | 'leave';

/**
 * Sets the sequences of the planned tables. A sequence that an unplanned table uses too never goes back. Where the source's
 * cannot be read, the loaded values alone decide; without any, it starts anew.
 */
export async function setSequences(
  connect: Connect,
  { tables, source, sequences = 'follow' }: SequenceOptions,
): Promise<void> {
  if (sequences === 'leave') return;
  const uses = await readFrom(connect, 'target', client => readUses(client, tables));
  const planned = [...Map.groupBy(uses, sequenceKey).values()].filter(group => group.some(use => use.isPlanned));
  if (planned.length === 0) return;
  const fromSource: ReadonlyMap<string, Position> =
    sequences === 'follow' ? await readFrom(source, 'source', client => sourcePositions(client, tables)) : new Map();
  await inTransaction(connect, 'the sequences', async client => {
    const shared = planned.flatMap(group => group.filter(use => !use.isPlanned).slice(0, 1));
    const current = await readPositions(client, shared);
    const loaded = await readLoaded(client, planned.flat());
    const positions = planned.map(group => {
      const known = group.flatMap(use => [
        ...(use.isPlanned ? [fromSource.get(columnKey(use)), loaded.get(columnKey(use))] : []),
        current.get(sequenceKey(use)),
      ]);
      return furthest(group, known);
    });
    await setAll(client, planned, positions);
  });
}

async function readFrom<T>(
  connect: Connect,
  side: 'source' | 'target',
  read: (client: ClientBase) => Promise<T>,
): Promise<T> {
  try {
    return await connect(read);
  } catch (error) {
    throw databaseError(error, { side, place: 'the sequences' });
  }
}

/** The source's positions, by the column that uses them: the sequence itself may have another name there. */
async function sourcePositions(
  client: ClientBase,
  tables: readonly TargetTable[],
): Promise<ReadonlyMap<string, Position>> {
  const uses = await readUses(client, tables);
  const positions = await readPositions(client, uses);
  return new Map(
    uses.flatMap(use => {
      const position = positions.get(sequenceKey(use));
      return position ? [[columnKey(use), position]] : [];
    }),
  );
}

function furthest(group: readonly SequenceUse[], known: readonly (Position | undefined)[]): Position {
  const [use] = group;
  if (!use) throw new Error('a group has at least one use');
  const [minimum, maximum] = [BigInt(use.minimum), BigInt(use.maximum)];
  const fitting = known.filter(
    position => position !== undefined && position.value >= minimum && position.value <= maximum,
  );
  const start: Position = { value: BigInt(use.start), isCalled: false };
  return (
    fitting.reduce<Position | undefined>(
      (best, next) => (next && isFurther(use, next, best) ? next : best),
      undefined,
    ) ?? start
  );
}

function isFurther(use: SequenceUse, next: Position, best: Position | undefined): boolean {
  if (!best) return true;
  if (next.value === best.value) return next.isCalled;
  return next.value > best.value !== isDescending(use);
}

const SET_SEQUENCES = `
select pg_catalog.setval(pg_catalog.format('%I.%I', schema, name)::regclass, value, called)
from unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[]) as wanted (schema, name, value, called)`;

async function setAll(
  client: ClientBase,
  groups: readonly (readonly SequenceUse[])[],
  positions: readonly Position[],
): Promise<void> {
  const sequences = groups.flatMap(group => group.slice(0, 1));
  await client.query(SET_SEQUENCES, [
    sequences.map(use => use.schema),
    sequences.map(use => use.name),
    positions.map(position => position.value.toString()),
    positions.map(position => position.isCalled),
  ]);
}
