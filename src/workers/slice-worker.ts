// A worker thread: keeps a pool of one connection to each database and copies slices with them.

import { copySlice } from '../copy-slice.ts';
import { AnonymizeError, toPlain } from '../errors.ts';
import { closePool, type DatabasePool, openPool, withClient } from '../pg/connect.ts';
import { databaseError } from '../pg/errors.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { withSnapshot } from '../pg/snapshot.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { type OpenVault, openVault } from '../vault/open-vault.ts';
import { type BoundColumns, bindColumns } from './bind-columns.ts';
import type { RunSettings, SliceDone, SliceOutcome, SliceTask } from './messages.ts';
import { oversizedRows } from './oversized-row.ts';
import { RunState, STOPPING } from './run-state.ts';

/** What a worker keeps while a run lasts. */
interface Desk {
  readonly settings: RunSettings;
  readonly state: RunState;
  readonly abort: AbortController;
  readonly source: DatabasePool;
  readonly target: DatabasePool;
  readonly vault: OpenVault | undefined;
  readonly columns: Map<string, Promise<BoundColumns>>;
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

/** Connects and binds for a slice that will come. What fails now fails for the slice too, which tells. */
export async function warmUp({ settings, table }: SliceTask): Promise<void> {
  desk ??= openDesk(settings);
  const { source, target } = desk;
  const connect = (pool: DatabasePool): Promise<void> => withClient(pool, async () => {});
  await Promise.allSettled([connect(source), connect(target), columnsOf(desk, table)]);
}

function openDesk(settings: RunSettings): Desk {
  const state = new RunState(settings.state);
  const abort = new AbortController();
  const options = { max: 1, applicationName: `anonymize/${settings.run}/worker` };
  const source = openPool(settings.source, { side: 'source', ...options });
  const target = openPool(settings.target, { side: 'target', ...options });
  const vault = vaultOf(settings, options.applicationName);
  state.connect();
  void state.ended().then(async phase => {
    if (phase === STOPPING) abort.abort();
    await Promise.allSettled([closePool(source), closePool(target), vault?.close()]);
    state.disconnect();
  });
  return { settings, state, abort, source, target, vault, columns: new Map() };
}

/** Only a run with a secret has tokens to keep. */
function vaultOf({ control, secret }: RunSettings, applicationName: string): OpenVault | undefined {
  return control && secret && openVault(control, { secret, applicationName });
}

async function copyAt(mine: Desk, task: SliceTask): Promise<SliceDone> {
  const { state, settings, abort } = mine;
  const bound = await columnsOf(mine, task.table);
  const { format } = task.table;
  const rows = oversizedRows(state, { place: placeOf(task.table), format, oversizedBytes: settings.oversizedBytes });
  try {
    return await withClient(atTable(mine.source, task.table, task.table), source =>
      withSnapshot(source, settings.snapshot, () =>
        withClient(atTable(mine.target, task.table.into, task.table), target =>
          copySlice(task, {
            source,
            target,
            bound,
            stored: mine.vault,
            state,
            claim: rows.claim,
            signal: abort.signal,
          }),
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
function columnsOf({ columns, settings, vault }: Desk, table: PlannedTable): Promise<BoundColumns> {
  const known = columns.get(placeOf(table));
  if (known) return known;
  const bound = bindColumns(table, { ...settings, vault });
  columns.set(placeOf(table), bound);
  return bound;
}

function explain(cause: unknown, { table }: SliceTask, { abort }: Desk): AnonymizeError {
  if (abort.signal.aborted) return new AnonymizeError('ANON_INTERRUPTED');
  if (cause instanceof AnonymizeError) return cause;
  return databaseError(cause, { side: 'target', place: placeOf(table) });
}
