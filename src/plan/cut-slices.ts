// Cuts the tables of a plan into slices: ranges of ctid, each copied by one worker in one target transaction.

import { MAX_ROWS_PER_PAGE } from '../kernels/row-numbers.ts';
import type { RowPiece, RowSet } from '../subset/row-set.ts';
import { fitsLargeRows } from '../workers/memory-shares.ts';
import { bytesToRead, isKept, type Plan, type PlannedTable } from './plan-types.ts';

/** A part of one table. `toPage` is open in the last slice, because a table may grow until the snapshot is taken. */
export interface Slice {
  /** Position of the table in the plan. */
  readonly table: number;
  /** From 0 within its table. */
  readonly number: number;
  readonly fromPage: number;
  readonly toPage: number | null;
  /** Of a subset: the rows. The pages then only number them. */
  readonly rows?: readonly RowPiece[];
}

/** A smaller slice costs more in round trips and commits than it gains in balance: 32 MB of heap. */
const MIN_PAGES = 4096;
/** A larger one loses too much when it fails: 1 GB of heap. */
const MAX_PAGES = 131_072;
/** The same of a subset, in rows. Its ctids go to the source as one parameter, of 12 MB at most. */
const MIN_ROWS = 100_000;
const MAX_ROWS = 1_000_000;
/** Slices per worker of one table, so that workers end about together. */
const SLICES_PER_WORKER = 3;

/** A table of up to this size takes less time than its commit. */
const SMALL_BYTES = 1_000_000;
/** More share no more to gain, and lose more when one of them fails. */
const MAX_TOGETHER = 64;

/** A worker costs 0.4 s of CPU before it runs at full speed (loading, compiling): below this many bytes it does not pay. */
const BYTES_PER_WORKER = 512_000_000;
/**
 * Where there may be two at most: with servers on the same two cores the second took 2 to 5 % off the time of 1.4 GB, and 35 %
 * more memory (docs/decisions/0014). Servers elsewhere gain more, from many rows.
 */
const BYTES_PER_WORKER_OF_TWO = 2_000_000_000;
/**
 * Where nothing is replaced, a worker hardly works and waits for its session of the target, which keeps a core busy: a second one
 * took 4 to 11 % off the time from 140 MB on, where most of the plan is such tables (docs/decisions/0014).
 */
const KEPT_BYTES_FOR_TWO = 128_000_000;
const PAGE_BYTES = 8192;

/**
 * Workers that pay for this plan, up to `limit`.
 * @param memory the ceiling of the process: what a worker takes of it, large rows have no more
 */
export function usefulWorkers(
  plan: Plan,
  { limit, memory }: { readonly limit: number; readonly memory: number },
): number {
  const copied = plan.tables.filter(({ action }) => action === 'copy');
  const bytes = copied.reduce((sum, table) => sum + bytesToRead(table), 0);
  const forBytes = Math.ceil(bytes / (limit > 2 ? BYTES_PER_WORKER : BYTES_PER_WORKER_OF_TWO));
  const shared = plan.subset ? [] : copied.filter(isSharedAsItIs);
  const keptBytes = shared.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0);
  const isMostlyKept = keptBytes > KEPT_BYTES_FOR_TWO && keptBytes > bytes / 2;
  return Math.min(limit, Math.max(1, forBytes, isMostlyKept && fitsLargeRows(memory, 2) ? 2 : 1));
}

/** Its rows go through as they are, in slices that workers share. */
const isSharedAsItIs = ({ isSliceable, where, columns }: PlannedTable): boolean =>
  isSliceable && where === undefined && columns.every(isKept);

function slicePages(table: PlannedTable, workers: number): number {
  return Math.min(MAX_PAGES, Math.max(MIN_PAGES, Math.ceil(table.pages / (workers * SLICES_PER_WORKER))));
}

/** All of its table. */
export const isWhole = ({ fromPage, toPage }: Slice): boolean => fromPage === 0 && toPage === null;

/** A number from which as many as the slice has rows belong to no other slice of its table. */
export function firstNumber({ fromPage }: Slice): number {
  return fromPage * MAX_ROWS_PER_PAGE;
}

/** The rows of tables of which a subset is copied. */
export type Selected = ReadonlyMap<PlannedTable, RowSet>;

/** All slices of the plan, those of the largest tables first. */
export function cutSlices(plan: Plan, workers: number, selected: Selected = new Map()): Slice[] {
  return plan.tables
    .map((table, number) => ({ table, number }))
    .filter(({ table }) => table.action === 'copy')
    .sort((a, b) => bytesToRead(b.table) - bytesToRead(a.table) || a.number - b.number)
    .flatMap(({ table, number }) => {
      const rows = selected.get(table);
      return rows ? cutRows(rows, number, workers) : cutTable(table, number, workers);
    });
}

/** A table without a row in the subset has no slice. */
function cutRows(rows: RowSet, table: number, workers: number): Slice[] {
  const share = Math.ceil(rows.size / (workers * SLICES_PER_WORKER));
  const step = workers === 1 ? MAX_ROWS : Math.min(MAX_ROWS, Math.max(MIN_ROWS, share));
  const groups = [...rows.groups(step)];
  return groups.map(({ pieces }, number) => ({
    table,
    number,
    fromPage: number === 0 ? 0 : pieces[0]!.page, // a group has one at least
    toPage: groups[number + 1]?.pieces[0]?.page ?? null,
    rows: pieces,
  }));
}

/**
 * Slices for the workers to fetch, in their order: a large one alone, small tables together, which share their transactions.
 * A thousand tables then cost a few commits, and no table waits for a disk (measured: bench/many-tables.bench.ts).
 */
export function groupSlices(plan: Plan, slices: readonly Slice[], workers: number): (readonly Slice[])[] {
  const isSmall = (slice: Slice): boolean => {
    const table = plan.tables[slice.table]!; // cut from this plan
    return table.isSliceable && isWhole(slice) && bytesToRead(table) <= SMALL_BYTES;
  };
  const small = slices.filter(isSmall);
  const together = Math.min(MAX_TOGETHER, Math.ceil(small.length / (workers * SLICES_PER_WORKER)));
  return [
    ...slices.filter(slice => !isSmall(slice)).map(slice => [slice]),
    ...Array.from({ length: Math.ceil(small.length / Math.max(1, together)) }, (_, n) =>
      small.slice(n * together, (n + 1) * together),
    ),
  ];
}

function cutTable(table: PlannedTable, number: number, workers: number): Slice[] {
  // Reading a range of pages costs the source a fifth more than reading the table (measured); one worker needs no ranges.
  if (!table.isSliceable || (workers === 1 && table.pages <= MAX_PAGES))
    return [{ table: number, number: 0, fromPage: 0, toPage: null }];
  const step = slicePages(table, workers);
  const count = Math.max(1, Math.ceil(table.pages / step));
  return Array.from({ length: count }, (_, slice) => ({
    table: number,
    number: slice,
    fromPage: slice * step,
    toPage: slice === count - 1 ? null : (slice + 1) * step,
  }));
}
