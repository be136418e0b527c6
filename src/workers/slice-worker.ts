// A worker thread: keeps a pool of one connection to each database and copies slices with them.

import { type CopiedSlice, copySlice, withSlices } from '../copy-slice.ts';
import { AnonymizeError, toPlain } from '../errors.ts';
import { atPlaceOf, type Client, closePool, type DatabasePool, openPool, withClient } from '../pg/connect.ts';
import { type DatabasePlace, databaseError } from '../pg/errors.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { withSnapshot } from '../pg/snapshot.ts';
import { isWhole } from '../plan/cut-slices.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { type OpenVault, openVault } from '../vault/open-vault.ts';
import { type BoundColumns, bindColumns } from './bind-columns.ts';
import type { PlannedSlice, RunSettings, SliceDone, SliceOutcome, SliceTask } from './messages.ts';
import { oversizedRows } from './oversized-row.ts';
import { RunState, STOPPING } from './run-state.ts';
import { readSettings } from './shared-settings.ts';

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

/** Copies the slices of a task. Errors are returned, as data. */
export default async function runSlice(task: SliceTask): Promise<SliceOutcome> {
  desk ??= openDesk(task);
  try {
    const copied = await copyAt(desk, task.slices);
    return { done: copied.map(({ rows, bytes, seconds }): SliceDone => ({ rows, bytes, seconds })) };
  } catch (cause) {
    return { error: toPlain(explain(cause, task, desk)) };
  }
}

/** Connects and binds for a task that will come. What fails now fails for the task too, which tells. */
export async function warmUp(task: SliceTask): Promise<void> {
  desk ??= openDesk(task);
  const { source, target } = desk;
  const connect = (pool: DatabasePool): Promise<void> => withClient(pool, async () => {});
  const [first] = task.slices;
  await Promise.allSettled([connect(source), connect(target), first && columnsOf(desk, first.table)]);
}

function openDesk(task: SliceTask): Desk {
  const settings = readSettings(task.settings);
  const state = new RunState(task.state);
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
function vaultOf({ control, secret, knownBytes }: RunSettings, applicationName: string): OpenVault | undefined {
  return control && secret && openVault(control, { secret, applicationName, knownBytes });
}

/** One transaction on either side, whatever the number of slices. */
function copyAt(mine: Desk, slices: readonly PlannedSlice[]): Promise<readonly CopiedSlice[]> {
  const { settings } = mine;
  return withClient(atSlices(mine.source, slices), source =>
    withSnapshot(source, settings.snapshot, () =>
      withClient(atSlices(mine.target, slices), target =>
        withSlices(target, slices, async () => {
          const copied: CopiedSlice[] = [];
          for (const slice of slices) copied.push(await copyOne(mine, slice, { source, target }));
          return copied;
        }),
      ),
    ),
  );
}

interface Clients {
  readonly source: Client;
  readonly target: Client;
}

async function copyOne(mine: Desk, planned: PlannedSlice, { source, target }: Clients): Promise<CopiedSlice> {
  const { state, settings, abort, vault } = mine;
  const { table, slice } = planned;
  const bound = await columnsOf(mine, table);
  const { format } = table;
  const rows = oversizedRows(state, { place: placeOf(table), format, oversizedBytes: settings.oversizedBytes });
  const tools = { source, target, bound, stored: vault, state, claim: rows.claim, signal: abort.signal };
  try {
    const at = atTable(mine.target.at, table.into, table);
    return await atPlaceOf({ client: target, at }, () => copySlice(planned, settings, tools));
  } finally {
    rows.release();
    // A thousand tables would keep a thousand dictionaries.
    if (isWhole(slice)) mine.columns.delete(placeOf(table));
  }
}

/** The place for work on one table, which errors then name. */
const atTable = (at: DatabasePlace, table: TableName, { columns }: PlannedTable): DatabasePlace => ({
  ...at,
  table,
  columns: columns.map(column => column.name),
});

/** The same pool for work on these slices. */
function atSlices({ pool, at }: DatabasePool, slices: readonly PlannedSlice[]): DatabasePool {
  const [first] = slices;
  if (first && slices.length === 1) return { pool, at: atTable(at, first.table, first.table) };
  return { pool, at: { ...at, place: placeOfAll(slices) } };
}

function placeOfAll(slices: readonly PlannedSlice[]): string {
  const [first, ...others] = slices.map(({ table }) => placeOf(table));
  return others.length > 0 ? `${first} and ${others.length} more` : `${first}`;
}

const placeOf = ({ schema, name }: PlannedTable): string => displayName(schema, name);

/** Bound once per table and worker: binding does the strategies' slow work. */
function columnsOf({ columns, settings, vault }: Desk, table: PlannedTable): Promise<BoundColumns> {
  const known = columns.get(placeOf(table));
  if (known) return known;
  const bound = bindColumns(table, { ...settings, vault });
  columns.set(placeOf(table), bound);
  return bound;
}

function explain(cause: unknown, { slices }: SliceTask, { abort }: Desk): AnonymizeError {
  if (abort.signal.aborted) return new AnonymizeError('ANON_INTERRUPTED');
  if (cause instanceof AnonymizeError) return cause;
  return databaseError(cause, { side: 'target', place: placeOfAll(slices) });
}
