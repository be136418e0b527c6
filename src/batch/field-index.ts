// Where the planned fields of a batch's rows are: those that are replaced, then those that are only read.
// One index per slice, refilled for each batch.

/** Rows that one batch may have; cursors fetch no more at once. */
export const MAX_BATCH_ROWS = 10_000;
/** Planned fields that one batch may have, unless a single row has more: 4 MB of index. */
const MAX_BATCH_FIELDS = 500_000;

export class FieldIndex {
  /** Fields that every row must have. */
  readonly fieldCount: number;
  /** For each field of a row, its planned column's number, or -1. */
  readonly planned: Int16Array;
  /** Rows that fit. */
  readonly maxRows: number;
  /** Fields after this one need not be looked at. */
  readonly lastPlanned: number;
  /** Per planned column and row: first byte and byte length of the field as it stands in the batch; length -1 is NULL. */
  readonly starts: readonly Int32Array[];
  readonly lengths: readonly Int32Array[];
  /** Per planned column: how many of the rows are NULL. */
  readonly nulls: Int32Array;
  /** Whole rows found. */
  rows = 0;
  /** Position after the last whole row. */
  end = 0;
  /** Bytes that the buffer must hold at least before another row can be whole. */
  needed = 0;
  /** The end of the rows was seen (only formats that mark it). */
  finished = false;

  /**
   * @param fieldCount fields of a row
   * @param replaced positions of the replaced columns among them, ascending
   * @param read positions of columns that are read and not replaced; they are numbered after the replaced ones
   */
  constructor(fieldCount: number, replaced: readonly number[], read: readonly number[] = []) {
    const plannedFields = [...replaced, ...read];
    this.fieldCount = fieldCount;
    this.planned = new Int16Array(fieldCount).fill(-1);
    plannedFields.forEach((field, column) => {
      this.planned[field] = column;
    });
    this.lastPlanned = Math.max(-1, ...plannedFields);
    const fitting = Math.floor(MAX_BATCH_FIELDS / Math.max(1, plannedFields.length));
    this.maxRows = Math.max(1, Math.min(MAX_BATCH_ROWS, fitting));
    this.starts = plannedFields.map(() => new Int32Array(this.maxRows));
    this.lengths = plannedFields.map(() => new Int32Array(this.maxRows));
    this.nulls = new Int32Array(plannedFields.length);
  }

  /** What a scan has found, when `starts` and `lengths` are filled. */
  found(rows: number, end: number, needed: number): void {
    this.rows = rows;
    this.end = end;
    this.needed = needed;
    this.#countNulls();
  }

  /** Fills `nulls` from `lengths`. */
  #countNulls(): void {
    for (let column = 0; column < this.nulls.length; column++) {
      this.nulls[column] = negatives(this.lengths[column]!, this.rows); // one per planned column
    }
  }
}

function negatives(lengths: Int32Array, rows: number): number {
  let count = 0;
  for (let row = 0; row < rows; row++) count += lengths[row]! >>> 31; // the sign bit of -1
  return count;
}
