// After the load: what was put aside comes back, each definition in one transaction with its mark in the ledger. Indexes
// first, since foreign keys need keys, and triggers last, so that nothing fires before everything is there.

import type { ClientBase } from 'pg';
import type { AnonymizeError } from '../errors.ts';
import { isSameName, type Kind, type PendingDefinition, pendingDefinitions } from './definitions.ts';
import { restoreBatch } from './restore-batch.ts';
import { type Connect, inTransaction } from './target-session.ts';
import { type WorkOptions, workThrough } from './work-through.ts';

export interface RestoreOptions extends WorkOptions {
  readonly run: string;
}

/**
 * What may run at the same time. Statements of one lane run one after another, and lanes lock nothing that excludes
 * another lane of their phase, so that a phase cannot deadlock with itself.
 */
interface Phase {
  readonly kinds: readonly Kind[];
  readonly lanes: 'each' | 'by table' | 'one';
  /** It reads the table, so a statement on a large one gets a transaction of its own; the others only write the catalogue. */
  readonly readsTables: boolean;
  /** Later phases cannot succeed without it. */
  readonly isNeededByLater: boolean;
}

const PHASES: readonly Phase[] = [
  // CREATE INDEX takes SHARE, which goes with itself, also on one table.
  { kinds: ['index'], lanes: 'each', readsTables: true, isNeededByLater: true },
  {
    kinds: ['constraint', 'replica identity', 'cluster mark'],
    lanes: 'by table',
    readsTables: true,
    isNeededByLater: true,
  },
  { kinds: ['partitioned index'], lanes: 'one', readsTables: false, isNeededByLater: true },
  // ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on both tables; unchecked it takes a moment.
  { kinds: ['foreign key'], lanes: 'one', readsTables: false, isNeededByLater: false },
  // VALIDATE takes SHARE UPDATE EXCLUSIVE on the referencing table, and only ROW SHARE on the other.
  { kinds: ['validation'], lanes: 'by table', readsTables: true, isNeededByLater: false },
  { kinds: ['partitioned foreign key'], lanes: 'one', readsTables: false, isNeededByLater: false },
  { kinds: ['trigger', 'row security'], lanes: 'one', readsTables: false, isNeededByLater: false },
];

/**
 * Brings back what a run put aside and what is not back yet; calling it again, from any session, goes on where it stopped.
 * A foreign key whose rows violate it comes back NOT VALID. @returns what could not come back (as it was), one error each:
 * ANON_TARGET_UNIQUE, _EXCLUSION, _FOREIGN_KEY, _DEFINITION. After a missing index nothing that follows is tried: `abandon`
 * empties the tables and then brings back everything.
 * @throws when the target is away or locked, or the signal aborts; what is back by then stays marked as such
 */
export async function restore(connect: Connect, options: RestoreOptions): Promise<readonly AnonymizeError[]> {
  const pending = await inTransaction(connect, 'pgveil.put_aside', client => pendingDefinitions(client, options.run));
  const units = unitsOf(pending);
  const problems: AnonymizeError[] = [];
  for (const phase of PHASES) {
    const tasks = tasksOf(phase, units);
    const work = async (client: ClientBase, batches: Task) => {
      for (const batch of batches) {
        options.signal?.throwIfAborted();
        problems.push(...(await restoreBatch(client, batch)));
      }
    };
    await workThrough(connect, tasks, { ...options, work });
    if (phase.isNeededByLater && problems.length > 0) break;
  }
  return problems;
}

/** Definitions that come back in one transaction, the first of them in its phase. */
type Unit = readonly [PendingDefinition, ...PendingDefinition[]];

/**
 * The only index of a table comes back with the constraint that takes it over: no other lane works on that table, so the
 * stronger lock of the constraint waits for nobody. In a transaction of its own it would wait until the disk has the index
 * (10 to 35 ms for one of 21 MB).
 */
function unitsOf(pending: readonly PendingDefinition[]): readonly Unit[] {
  const indexes = Map.groupBy(
    pending.filter(({ kind }) => kind === 'index'),
    tableOf,
  );
  const units: [PendingDefinition, ...PendingDefinition[]][] = [];
  for (const definition of pending) {
    const last = units.at(-1);
    const isTaken = definition.kind === 'constraint' && last?.[0].kind === 'index' && isSameName(last[0], definition);
    if (isTaken && indexes.get(tableOf(definition))?.length === 1) last.push(definition);
    else units.push([definition]);
  }
  return units;
}

const tableOf = ({ schema, table }: PendingDefinition): string => JSON.stringify([schema, table]);

/** Batches to run one after another; a batch is one transaction. */
type Task = readonly (readonly PendingDefinition[])[];

// Below this a table's indexes take milliseconds, and round trips and commits would dominate.
const LARGE_TABLE_BYTES = 4 * 1024 * 1024;
const BATCH_DEFINITIONS = 64;

function tasksOf({ kinds, lanes, readsTables }: Phase, units: readonly Unit[]): readonly Task[] {
  const due = units.filter(([first]) => kinds.includes(first.kind));
  if (lanes === 'one') return due.length === 0 ? [] : [batchesOf(due.flat())];
  const bytesOf = (lane: readonly Unit[]): number => lane[0]?.[0].tableBytes ?? 0;
  const isLarge = (lane: readonly Unit[]): boolean => readsTables && bytesOf(lane) >= LARGE_TABLE_BYTES;
  const laneOf = ([first]: Unit) => (lanes === 'each' ? first.position : tableOf(first));
  const all = [...Map.groupBy(due, laneOf).values()];
  const large = all.filter(isLarge).sort((a, b) => bytesOf(b) - bytesOf(a));
  const small = all.filter(lane => !isLarge(lane));
  return [...large, ...pack(small.map(lane => lane.flat())).map(batch => [batch])];
}

/** Whole lanes together, up to the size of a batch (or one long lane). */
function pack(lanes: readonly (readonly PendingDefinition[])[]): PendingDefinition[][] {
  const batches: PendingDefinition[][] = [];
  for (const lane of lanes) {
    const last = batches.at(-1);
    if (last && last.length + lane.length <= BATCH_DEFINITIONS) last.push(...lane);
    else batches.push([...lane]);
  }
  return batches;
}

const batchesOf = (definitions: readonly PendingDefinition[]): Task =>
  Array.from({ length: Math.ceil(definitions.length / BATCH_DEFINITIONS) }, (_, n) =>
    definitions.slice(n * BATCH_DEFINITIONS, (n + 1) * BATCH_DEFINITIONS),
  );
