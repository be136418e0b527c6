// The rows of a subset, as a fixpoint of sets: first what the starts have and the children that come along, downwards; then
// all that those reference, upwards. Each step is one statement over a whole set of rows, so circles and references of a table
// to itself are nothing special: a step that finds nothing new ends them.
//
// `where` of a table leaves rows out for good. A row that the subset needs and `where` leaves out takes along whatever
// references it, and the subset is made anew without those, until it needs no such row.

import type { GivenRows } from '../pg/given-rows.ts';
import type { SubsetPlan, SubsetTable } from '../plan/plan-subset.ts';
import type { SubsetEdge } from '../plan/subset-edges.ts';
import { RowSet, tidArray } from './row-set.ts';
import { childRows, referencedRows, referencingRows, startRows, unwantedRows } from './statements.ts';

/** Rows that one statement goes on from: 7 MB as a setting. */
const ROWS_PER_STEP = 500_000;
const NO_ROWS = tidArray([]);

/** Runs a statement that yields ctids of a table. */
export type Ask = (
  statement: { readonly text: string; readonly given: GivenRows; readonly table: SubsetTable },
  take: (page: number, place: number) => void,
) => Promise<void>;

export interface Closing {
  readonly ask: Ask;
  /** Throws when the sets have grown too large. */
  readonly claim: (bytes: number) => void;
}

/** Rows that were found, and by which reference; none for a start. Their way need not be gone back. */
interface Found {
  readonly table: number;
  readonly by: SubsetEdge | undefined;
  readonly rows: RowSet;
}

/** The rows of each table of the plan, by its position. */
export async function closeSubset(plan: SubsetPlan, closing: Closing): Promise<readonly RowSet[]> {
  const leftOut = plan.tables.map(() => new RowSet());
  for (;;) {
    const closure = new Closure(plan, closing, leftOut);
    const found = await closure.addChildren(await closure.addStarts());
    const unwanted = await closure.addReferenced(found);
    if (unwanted.length === 0) return closure.rows;
    for (const { table, rows } of unwanted) await leaveOut(plan, closing, { table, rows, leftOut });
  }
}

class Closure {
  readonly rows: readonly RowSet[];
  readonly #plan: SubsetPlan;
  readonly #closing: Closing;
  readonly #leftOut: readonly RowSet[];

  constructor(plan: SubsetPlan, closing: Closing, leftOut: readonly RowSet[]) {
    this.#plan = plan;
    this.#closing = closing;
    this.#leftOut = leftOut;
    this.rows = plan.tables.map(() => new RowSet());
  }

  /** @returns what was found in each table, and whether its children come along */
  async addStarts(): Promise<readonly (Found & { readonly bringsChildren: boolean })[]> {
    const starts = [];
    for (const [number, table] of this.#plan.tables.entries()) {
      if (!table.start) continue;
      const rows = new RowSet();
      await this.#find({ text: startRows(table), given: {} }, number, rows);
      starts.push({ table: number, by: undefined, rows, bringsChildren: table.start.kind === 'some' });
    }
    return starts;
  }

  /** Follows references downwards from rows that are there for their own sake. */
  async addChildren(starts: readonly (Found & { readonly bringsChildren: boolean })[]): Promise<readonly Found[]> {
    const all: Found[] = [...starts];
    const waiting: Found[] = starts.filter(({ bringsChildren }) => bringsChildren);
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const edge of this.#plan.edges) {
        if (edge.parent !== next.table || !edge.bringsChildren) continue;
        const rows = new RowSet();
        const leftOut = edge.limit === undefined ? {} : { leftOut: arrayOf(this.#leftOut[edge.child]) };
        for (const given of steps(next.rows)) {
          await this.#find(
            { text: childRows(edge, this.#plan.tables), given: { rows: given, ...leftOut } },
            edge.child,
            rows,
          );
        }
        if (rows.size === 0) continue;
        const found = { table: edge.child, by: edge, rows };
        all.push(found);
        waiting.push(found);
      }
    }
    return all;
  }

  /** Follows references upwards. @returns rows that are needed and that `where` leaves out, if there are any */
  async addReferenced(found: readonly Found[]): Promise<readonly Found[]> {
    const unwanted: Found[] = [];
    const waiting = [...found];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const edge of this.#plan.edges) {
        // What came down a reference has its parent already, if only one: a document may hold several.
        if (edge.child !== next.table || (edge === next.by && edge.childFrom === undefined)) continue;
        const rows = new RowSet();
        for (const given of steps(next.rows)) {
          await this.#find(
            { text: referencedRows(edge, this.#plan.tables), given: { rows: given } },
            edge.parent,
            rows,
          );
        }
        if (rows.size === 0) continue;
        waiting.push({ table: edge.parent, by: undefined, rows });
        unwanted.push(...(await this.#unwantedOf(edge.parent, rows)));
      }
    }
    return unwanted;
  }

  async #unwantedOf(table: number, needed: RowSet): Promise<Found[]> {
    const described = this.#plan.tables[table]!; // a position among them
    if (described.where === undefined) return [];
    const rows = new RowSet();
    for (const given of steps(needed)) {
      const statement = { text: unwantedRows(described), given: { rows: given }, table: described };
      await this.#closing.ask(statement, (page, place) => rows.add(page, place));
    }
    return rows.size > 0 ? [{ table, by: undefined, rows }] : [];
  }

  /** Adds what a statement yields to the subset; to `fresh`, what was not in it. */
  async #find(statement: { text: string; given: GivenRows }, table: number, fresh: RowSet): Promise<void> {
    const [rows, gone] = [this.rows[table]!, this.#leftOut[table]!]; // one for each table
    await this.#closing.ask({ ...statement, table: this.#plan.tables[table]! }, (page, place) => {
      if (!gone.has(page, place) && rows.add(page, place)) fresh.add(page, place);
    });
    // What was found is there twice until it has been followed.
    this.#closing.claim(2 * bytesOf(this.rows) + bytesOf(this.#leftOut));
  }
}

/** Leaves rows out, with all that reference them. */
async function leaveOut(
  { tables, edges }: SubsetPlan,
  { ask, claim }: Closing,
  { leftOut, ...first }: { readonly table: number; readonly rows: RowSet; readonly leftOut: readonly RowSet[] },
): Promise<void> {
  addAll(leftOut[first.table]!, first.rows); // one for each table
  const waiting = [first];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const edge of edges) {
      if (edge.parent !== next.table) continue;
      const [gone, fresh, table] = [leftOut[edge.child]!, new RowSet(), tables[edge.child]!]; // as above
      for (const given of steps(next.rows)) {
        await ask({ text: referencingRows(edge, tables), given: { rows: given }, table }, (page, place) => {
          if (gone.add(page, place)) fresh.add(page, place);
        });
        claim(2 * bytesOf(leftOut));
      }
      if (fresh.size > 0) waiting.push({ table: edge.child, rows: fresh });
    }
  }
}

function addAll(set: RowSet, rows: RowSet): void {
  rows.each((page, place) => set.add(page, place));
}

const bytesOf = (sets: readonly RowSet[]): number => sets.reduce((sum, { bytes }) => sum + bytes, 0);

function* steps(rows: RowSet): Generator<Buffer> {
  for (const { pieces } of rows.groups(ROWS_PER_STEP)) yield tidArray(pieces);
}

/** All rows at once. */
function arrayOf(rows: RowSet | undefined): Buffer {
  const [group] = rows?.groups(Number.POSITIVE_INFINITY) ?? [];
  return group ? tidArray(group.pieces) : NO_ROWS;
}
