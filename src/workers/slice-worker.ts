// A worker thread: keeps a pool of one connection to each database and copies slices with them.

import { simdRows } from '../batch/simd.ts';
import { type CopiedSlice, copySlice, withSlices } from '../copy-slice.ts';
import { AnonymizeError, toPlain } from '../errors.ts';
import { kernelName } from '../kernels/hmac.ts';
import { type Backend, endBackends } from '../pg/backends.ts';
import {
  atPlaceOf,
  type Client,
  closePool,
  type DatabasePool,
  openPool,
  type PoolOptions,
  withClient,
} from '../pg/connect.ts';
import { type DatabasePlace, databaseError, isRowRefusal } from '../pg/errors.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { withSnapshot } from '../pg/snapshot.ts';
import { isWhole } from '../plan/cut-slices.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { loadStrategy } from '../plan/strategies.ts';
import { committedSlices } from '../publish/ledger.ts';
import type { QuarantineSettings } from '../quarantine/run-quarantine.ts';
import { type OpenVault, openVault } from '../vault/open-vault.ts';
import { Attempt } from './attempt.ts';
import { type BoundColumns, bindColumns } from './bind-columns.ts';
import { KeptSource } from './kept-source.ts';
import type { PlannedSlice, RunSettings, SliceDone, SliceOutcome, SliceTask, StrategyNames } from './messages.ts';
import { oversizedRows } from './oversized-row.ts';
import { placeOf as placeOfSlices } from './persistent-task.ts';
import { RunState, STOPPING } from './run-state.ts';
import { readSettings } from './shared-settings.ts';

/** What a worker keeps while a run lasts. */
interface Desk {
  readonly settings: RunSettings;
  readonly state: RunState;
  readonly abort: AbortController;
  readonly source: DatabasePool;
  /** Where locks are kept between slices. */
  readonly kept: KeptSource | undefined;
  readonly target: DatabasePool;
  readonly vault: OpenVault | undefined;
  readonly columns: Map<string, Promise<BoundColumns>>;
  /** Closes the connections; once. */
  readonly close: () => Promise<unknown>;
}

let desk: Desk | undefined;

/** Copies the slices of a task. Errors are returned, as data. */
export default async function runSlice(task: SliceTask): Promise<SliceOutcome> {
  desk ??= openDesk(task);
  const mine = desk;
  await mine.state.takeTurn();
  try {
    const { quarantine } = mine.settings;
    let tried = await tryTask(mine, task);
    if ('cause' in tried && quarantine && isRowRefusal(tried.cause))
      tried = await tryTask(mine, inText(task), quarantine);
    if ('done' in tried) return tried;
    // What failed may still be at it for a moment, and strategies have seen half a slice: the next attempt shares nothing with it.
    if (desk === mine) desk = undefined;
    void mine.close();
    return { error: toPlain(explain(tried.cause, task, mine)), backend: tried.backend };
  } finally {
    mine.state.giveTurn();
  }
}

type Tried =
  | { readonly done: readonly SliceDone[] }
  | { readonly cause: unknown; readonly backend: Backend | undefined };

/** One attempt. With a quarantine it is a careful one: rows that the target refuses are found by halves, and sealed. */
async function tryTask(mine: Desk, task: SliceTask, quarantine?: QuarantineSettings): Promise<Tried> {
  const attempt = new Attempt(mine.state);
  try {
    const found = await findCopied(mine, task, attempt);
    return { done: found ?? (await copyAt(mine, task.slices, { attempt, quarantine })) };
  } catch (cause) {
    attempt.takeBack();
    return { cause, backend: attempt.backend };
  }
}

/** Sealed rows are to be read by people. */
const inText = (task: SliceTask): SliceTask => ({
  ...task,
  slices: task.slices.map(one => ({ ...one, table: { ...one.table, format: 'text' } })),
});

/** What an earlier attempt committed although its answer was lost; undefined where there was none, or it did not. */
async function findCopied(
  { target, settings }: Desk,
  { slices, before = [] }: SliceTask,
  attempt: Attempt,
): Promise<readonly SliceDone[] | undefined> {
  if (before.length === 0) return undefined;
  return await withClient(atSlices(target, slices), async client => {
    // A commit that is still on its way could land after the look.
    await endBackends(client, before);
    const found = await committedSlices(client, settings.run, slices);
    for (const [n, { rows, bytes }] of (found ?? []).entries()) attempt.add(slices[n]!.slice.table, rows, bytes); // one for each
    return found?.map(({ rows, bytes }) => ({ rows, bytes, seconds: 0 }));
  });
}

/** Loads code that slices will need, while nothing else is to be done. */
export async function preload({ names, folder }: StrategyNames): Promise<void> {
  kernelName();
  simdRows();
  await Promise.allSettled(names.map(name => loadStrategy(name, folder)));
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
  const { stallAfterMs } = settings;
  const options = { max: 1, applicationName: `anonymize/${settings.run}/worker`, stallAfterMs };
  const source = openPool(settings.source, { side: 'source', ...options });
  const target = openPool(settings.target, { side: 'target', ...options });
  const { snapshot, locks } = settings;
  const kept = locks && new KeptSource({ source, snapshot, tables: locks });
  const vault = vaultOf(settings, options);
  state.connect();
  let closing: Promise<unknown> | undefined;
  const closeAll = () => {
    kept?.close();
    return Promise.allSettled([closePool(source), closePool(target), vault?.close()]);
  };
  const close = (): Promise<unknown> => {
    closing ??= closeAll().finally(() => state.disconnect());
    return closing;
  };
  void state.ended().then(phase => {
    if (phase === STOPPING) abort.abort();
    return close();
  });
  return { settings, state, abort, source, kept, target, vault, columns: new Map(), close };
}

/** Only a run with a secret has tokens to keep. */
function vaultOf(
  { control, secret, knownBytes }: RunSettings,
  options: Pick<PoolOptions, 'applicationName' | 'stallAfterMs'>,
): OpenVault | undefined {
  return control && secret && openVault(control, { secret, knownBytes, ...options });
}

interface With {
  readonly attempt: Attempt;
  readonly quarantine: QuarantineSettings | undefined;
}

/** One transaction on either side, whatever the number of slices. */
function copyAt(mine: Desk, slices: readonly PlannedSlice[], how: With): Promise<readonly SliceDone[]> {
  return onSnapshot(mine, slices, source =>
    withClient(atSlices(mine.target, slices), async target => {
      how.attempt.begin(target);
      const copied = await withSlices(target, slices, async () => {
        const done: CopiedSlice[] = [];
        for (const slice of slices) {
          const one = await copyOne(mine, slice, { source, target, ...how });
          how.attempt.seal(one.record.sealed?.rows ?? 0);
          done.push(one);
        }
        return done;
      });
      return copied.map(({ rows, bytes, seconds }): SliceDone => ({ rows, bytes, seconds }));
    }),
  );
}

/** Runs `work` with the source session, in a transaction on the run's snapshot. */
function onSnapshot<Result>(
  { source, kept, settings }: Desk,
  slices: readonly PlannedSlice[],
  work: (source: Client) => Promise<Result>,
): Promise<Result> {
  const pool = atSlices(source, slices);
  if (kept) return kept.use(pool.at, work);
  return withClient(pool, client => withSnapshot(client, settings.snapshot, () => work(client)));
}

interface Copying extends With {
  readonly source: Client;
  readonly target: Client;
}

async function copyOne(mine: Desk, planned: PlannedSlice, copying: Copying): Promise<CopiedSlice> {
  const { target, attempt } = copying;
  const { state, settings, abort, vault } = mine;
  const { table, slice } = planned;
  const bound = await columnsOf(mine, table);
  const { format } = table;
  const rows = oversizedRows(state, { place: placeOf(table), format, oversizedBytes: settings.oversizedBytes });
  const pace = (): Promise<void> | undefined => (rows.isHolding() ? undefined : state.shareTurn());
  const { claim } = rows;
  const tools = { ...copying, bound, stored: vault, progress: attempt, state, claim, pace, signal: abort.signal };
  try {
    const at = atTable(mine.target.at, table.into, table);
    return await atPlaceOf({ client: target, at }, () => copySlice(planned, settings, tools));
  } finally {
    rows.release();
    // A thousand tables would keep a thousand dictionaries.
    if (isWhole(slice)) mine.columns.delete(boundAs(table));
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
  return { pool, at: { ...at, place: placeOfSlices(slices) } };
}

const placeOf = ({ schema, name }: PlannedTable): string => displayName(schema, name);

/** Bound once per table and worker: binding does the strategies' slow work. */
function columnsOf({ columns, settings, vault }: Desk, table: PlannedTable): Promise<BoundColumns> {
  const known = columns.get(boundAs(table));
  if (known) return known;
  const bound = bindColumns(table, { ...settings, vault }).finally(() => vault?.expect(rowsOf(table)));
  columns.set(boundAs(table), bound);
  return bound;
}

const rowsOf = ({ rows, subset }: PlannedTable): number => subset?.rows ?? rows;

/** Fields are read and written in the format of the table. */
const boundAs = (table: PlannedTable): string => `${table.format} ${placeOf(table)}`;

function explain(cause: unknown, { slices }: SliceTask, { abort }: Desk): AnonymizeError {
  if (abort.signal.aborted) return new AnonymizeError('ANON_INTERRUPTED');
  if (cause instanceof AnonymizeError) return cause;
  return databaseError(cause, { side: 'target', place: placeOfSlices(slices) });
}
