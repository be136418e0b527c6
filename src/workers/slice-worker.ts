// A worker thread: keeps a pool of one connection to each database and copies slices with them.

import { PlannedColumn } from '../batch/planned-column.ts';
import { fieldCodec } from '../codec/field-types.ts';
import { copySlice } from '../copy-slice.ts';
import { AnonymizeError, toPlain } from '../errors.ts';
import { closePool, type DatabasePool, openPool, withClient } from '../pg/connect.ts';
import { databaseError } from '../pg/errors.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { withSnapshot } from '../pg/snapshot.ts';
import { bindStrategy } from '../plan/bind-strategies.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { loadStrategy } from '../plan/strategies.ts';
import type { RunSettings, SliceDone, SliceOutcome, SliceTask } from './messages.ts';
import { oversizedRows } from './oversized-row.ts';
import { RunState, STOPPING } from './run-state.ts';

/** The columns of a table that are replaced, and their positions among its fields. */
interface ReplacedColumns {
  readonly columns: readonly PlannedColumn[];
  readonly positions: readonly number[];
}

/** What a worker keeps while a run lasts. */
interface Desk {
  readonly settings: RunSettings;
  readonly state: RunState;
  readonly abort: AbortController;
  readonly source: DatabasePool;
  readonly target: DatabasePool;
  readonly columns: Map<string, Promise<ReplacedColumns>>;
}

let desk: Desk | undefined;

/** Copies one slice. Errors are returned, as data. */
export default async function runSlice(task: SliceTask): Promise<SliceOutcome> {
  desk ??= openDesk(task.settings);
  try {
    return { done: await copyAt(desk, task) };
  } catch (cause) {
    return { error: toPlain(explain(cause, task, desk)) };
  }
}

function openDesk(settings: RunSettings): Desk {
  const state = new RunState(settings.state);
  const abort = new AbortController();
  const options = { max: 1, applicationName: `anonymize/${settings.run}/worker` };
  const source = openPool(settings.source, { side: 'source', ...options });
  const target = openPool(settings.target, { side: 'target', ...options });
  state.connect();
  void state.ended().then(async phase => {
    if (phase === STOPPING) abort.abort();
    await Promise.allSettled([closePool(source), closePool(target)]);
    state.disconnect();
  });
  return { settings, state, abort, source, target, columns: new Map() };
}

async function copyAt(mine: Desk, task: SliceTask): Promise<SliceDone> {
  const { state, settings, abort } = mine;
  const { columns, positions } = await columnsOf(mine, task.table);
  const { format } = task.table;
  const rows = oversizedRows(state, { place: placeOf(task.table), format, oversizedBytes: settings.oversizedBytes });
  try {
    return await withClient(atTable(mine.source, task.table, task.table), source =>
      withSnapshot(source, settings.snapshot, () =>
        withClient(atTable(mine.target, task.table.into, task.table), target =>
          copySlice(task, { source, target, columns, positions, state, claim: rows.claim, signal: abort.signal }),
        ),
      ),
    );
  } finally {
    rows.release();
  }
}

/** The same pool for work on one table, which errors then name. */
const atTable = ({ pool, at }: DatabasePool, table: TableName, { columns }: PlannedTable): DatabasePool => ({
  pool,
  at: { ...at, table, columns: columns.map(column => column.name) },
});

const placeOf = ({ schema, name }: PlannedTable): string => displayName(schema, name);

/** Bound once per table and worker: binding does the strategies' slow work. */
function columnsOf({ columns, settings }: Desk, table: PlannedTable): Promise<ReplacedColumns> {
  const known = columns.get(placeOf(table));
  if (known) return known;
  const bound = bindColumns(table, settings);
  columns.set(placeOf(table), bound);
  return bound;
}

async function bindColumns(
  table: PlannedTable,
  { secret, strategiesFolder, types, widthRows }: RunSettings,
): Promise<ReplacedColumns> {
  const columns: PlannedColumn[] = [];
  const positions: number[] = [];
  for (const [position, planned] of table.columns.entries()) {
    const { name, strategy, options, domain, type, typeOid, notNull, prepared } = planned;
    if (strategy === 'keep') continue;
    const place = displayName(table.schema, table.name, name);
    const definition = await loadStrategy(strategy, strategiesFolder);
    const catalogType = types.get(typeOid);
    const codec = catalogType && fieldCodec(table.format, catalogType, types);
    if (!definition || !codec) throw new Error(`the plan of ${place} does not hold in a worker`);
    const bound = await bindStrategy(
      definition,
      { strategy, options, domain },
      { place, type, rows: widthRows, prepared, secret },
    );
    if (!('instance' in bound)) throw new Error(`the plan of ${place} does not hold in a worker`);
    if ('keep' in bound.instance) continue;
    columns.push(new PlannedColumn({ place, strategy, type, notNull }, bound.instance, codec));
    positions.push(position);
  }
  return { columns, positions };
}

function explain(cause: unknown, { table }: SliceTask, { abort }: Desk): AnonymizeError {
  if (abort.signal.aborted) return new AnonymizeError('ANON_INTERRUPTED');
  if (cause instanceof AnonymizeError) return cause;
  return databaseError(cause, { side: 'target', place: placeOf(table) });
}
