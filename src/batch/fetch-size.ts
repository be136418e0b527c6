// How many rows a cursor fetches at once: as many as fill a batch, by the moving average of the rows' width.

import { MAX_BATCH_ROWS } from './field-index.ts';

/** The first fetch is small, as nothing is known of the rows; a row of 100 MB then costs no more than itself. */
const FIRST_ROWS = 1;
/** A fetch may be this many times the one before: rows that were narrow so far may become wide. */
const MAX_GROWTH = 8;
/** Weight of the newest fetch in the average. */
const NEWEST = 0.5;

export class FetchSize {
  /** Rows to fetch next, from 1 to MAX_BATCH_ROWS. */
  rows = FIRST_ROWS;
  #averageBytes: number | undefined;
  readonly #batchBytes: number;

  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes;
  }

  /** Learns from a fetch. */
  observe(rows: number, bytes: number): void {
    const width = bytes / rows;
    // A wide row counts at once, narrow ones by and by: fetching too much costs memory, fetching too little only time.
    this.#averageBytes =
      this.#averageBytes === undefined || width > this.#averageBytes
        ? width
        : this.#averageBytes * (1 - NEWEST) + width * NEWEST;
    const filling = Math.floor(this.#batchBytes / this.#averageBytes);
    this.rows = Math.max(1, Math.min(MAX_BATCH_ROWS, filling, rows * MAX_GROWTH));
  }
}
