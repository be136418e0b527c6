// ★ A slice, from source socket to target socket inside one worker: read, cut into batches, replace columns, write.
// Its rows and its ledger row commit in the same target transaction; small tables share one.

import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { FieldIndex } from './batch/field-index.ts';
import { eachPart, endParts, isWide } from './batch/parts.ts';
import type { ClaimMemory } from './batch/region.ts';
import { type CountProgress, type Pace, passOn, replaceColumns, type Stored } from './batch/replace-columns.ts';
import { CODECS } from './codec/formats.ts';
import { AnonymizeError } from './errors.ts';
import type { CopyIn } from './pg/copy-in.ts';
import { failTogether } from './pg/fail-together.ts';
import { displayName, quoteTable } from './pg/identifiers.ts';
import { readByCopy, readByCursor, selectSlice } from './pg/read-slice.ts';
import { USUAL_SEARCH_PATH } from './pg/session.ts';
import { writeByCopy } from './pg/write-slice.ts';
import { firstNumber } from './plan/cut-slices.ts';
import type { PlannedTable } from './plan/plan-types.ts';
import { isRunOver, type SliceRecord, slicesStatement } from './publish/ledger.ts';
import { CarefulIn } from './quarantine/careful-in.ts';
import type { QuarantineSettings } from './quarantine/run-quarantine.ts';
import { tidArray } from './subset/row-set.ts';
import type { Attempt } from './workers/attempt.ts';
import type { BoundColumns } from './workers/bind-columns.ts';
import type { PlannedSlice, RunSettings, SliceDone } from './workers/messages.ts';
import type { RunState } from './workers/run-state.ts';

/** What a slice works with; all of it belongs to one worker. */
export interface SliceTools {
  /** In a transaction on the run's snapshot. */
  readonly source: ClientBase;
  /** In the transaction of `withSlices`. */
  readonly target: ClientBase;
  /** The strategies of the table. */
  readonly bound: BoundColumns;
  /** What must be committed before the rows. */
  readonly stored?: Stored | undefined;
  readonly progress: Pick<Attempt, 'add'>;
  /** Counts rows that are sealed. */
  readonly state: Pick<RunState, 'quarantine' | 'alone'>;
  readonly claim: ClaimMemory;
  /** Lets others go first, where the run is to take less of the servers. */
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Where rows go that the target refuses. The table's format is text then. */
  readonly quarantine?: QuarantineSettings | undefined;
}

/** What a slice needs to know of its run. */
type Settings = Pick<RunSettings, 'run' | 'read' | 'batchBytes'>;

/** A slice that was copied, to be noted in the ledger. */
export interface CopiedSlice extends SliceDone {
  readonly record: SliceRecord;
}

/**
 * Runs `copy` in one transaction of the target, and commits the slices that it copied with their ledger rows.
 * On any error the transaction is left open: the caller closes the connection.
 * @param slices those that `copy` will copy
 */
export async function withSlices(
  target: ClientBase,
  slices: readonly PlannedSlice[],
  copy: () => Promise<readonly CopiedSlice[]>,
): Promise<readonly CopiedSlice[]> {
  const emptied = slices.filter(({ isAlone }) => isAlone).map(({ table }) => `only ${quoteTable(table.into)}`);
  const empty = emptied.length > 0 ? `; truncate ${emptied.join(', ')}` : '';
  await target.query(`begin; ${USUAL_SEARCH_PATH}${empty}`);
  const copied = await copy();
  await target.query(`${slicesStatement(copied.map(({ record }) => record))}; commit`).catch((cause: unknown) => {
    throw isRunOver(cause) ? new AnonymizeError('ANON_ALREADY_RUNNING') : cause;
  });
  return copied;
}

/** Copies one slice, inside of `withSlices`. */
export async function copySlice(task: PlannedSlice, settings: Settings, tools: SliceTools): Promise<CopiedSlice> {
  const started = performance.now();
  const { table, slice } = task;
  const { source, target, progress, signal } = tools;
  const counted = { rows: 0, bytes: 0 };
  const count = (rows: number, bytes: number): void => {
    counted.rows += rows;
    counted.bytes += bytes;
    progress.add(slice.table, rows, bytes);
  };

  let rows = 0;
  let sealed: CarefulIn['sealed'] | undefined;
  await failTogether({ clients: [source, target], signal }, fail => {
    const chunks = readSlice(task, settings, { source, fail });
    return eachPart(replaceIn(chunks, tools, { ...task, settings, count }), async part => {
      const sink = openSink(task, settings, tools);
      sink.once('error', fail);
      await pipeline(part, sink, { signal });
      rows += sink.rowCount;
      if (sink instanceof CarefulIn) sealed = sink.sealed;
    });
  });
  const taken = rows + (sealed?.rows ?? 0);
  if (isPassedOn(tools.bound, table)) count(taken, 0);
  if (taken !== counted.rows) {
    const place = displayName(table.schema, table.name);
    throw new AnonymizeError('ANON_ROWS_DIFFER', { place, read: counted.rows, written: taken });
  }
  const record = { run: settings.run, table, slice: slice.number, rows, bytes: counted.bytes, sealed };
  return { record, rows, bytes: counted.bytes, seconds: (performance.now() - started) / 1000 };
}

/** By one COPY; or by halves, where one was refused and rows may be sealed instead. */
function openSink(
  { table, slice, isAlone }: PlannedSlice,
  { run, batchBytes }: Settings,
  { target, state, quarantine }: SliceTools,
): CopyIn | CarefulIn {
  if (!quarantine) return writeByCopy(target, table, { isFrozen: isAlone });
  return new CarefulIn({ target, table, slice: slice.number, run, quarantine, state, batchBytes });
}

type Chunks = AsyncIterable<Uint8Array>;

/** Nothing is replaced, and rows are not so wide that the stream is cut for the target's sake. */
const isPassedOn = ({ columns }: BoundColumns, table: PlannedTable): boolean => columns.length === 0 && !isWide(table);

function replaceIn(
  chunks: Chunks,
  { bound, claim, stored, pace }: SliceTools,
  { table, slice, settings, count }: PlannedSlice & { readonly settings: Settings; readonly count: CountProgress },
): Chunks {
  const { columns, replaced, read, order } = bound;
  if (isPassedOn(bound, table)) return passOn(chunks, { count, pace });
  for (const column of columns) column.startSlice(firstNumber(slice));
  const index = new FieldIndex(table.columns.length, replaced, read);
  const cutting = { codec: CODECS[table.format], index, batchBytes: settings.batchBytes, claim };
  const endsPart = table.format === 'binary' ? endParts() : undefined;
  return replaceColumns(chunks, { cutting, columns, order, count, stored, pace, endsPart });
}

/** By COPY or by cursor: both yield the same rows. COPY takes no parameters, so rows that are given come by cursor. */
async function* readSlice(
  { table, slice }: PlannedSlice,
  { read, batchBytes }: Settings,
  { source, fail }: Pick<SliceTools, 'source'> & { readonly fail: (cause: unknown) => void },
): Chunks {
  try {
    if (table.where !== undefined) await source.query(USUAL_SEARCH_PATH);
    if (read === 'copy' && !slice.rows) return yield* readByCopy(source, table, slice);
    yield* readByCursor(source, selectSlice(table, slice), {
      format: table.format,
      batchBytes: read === 'copy' ? undefined : batchBytes,
      ...(slice.rows && { given: { rows: tidArray(slice.rows) } }),
    });
  } catch (cause) {
    fail(cause);
    throw cause;
  }
}
