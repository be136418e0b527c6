// A grid: evenly spaced values of a type between two bounds, numbered 0 … steps. What noise is added on and randoms are
// drawn from. Values are moved to the nearest point, and values outside to the bound, so that nothing else comes out.

import type { ColumnOutput } from '../batch/column.ts';

/** Points beyond this number are too many to count in doubles with room for noise. */
export const MAX_STEPS = 2 ** 46;

export interface Grid {
  /** The number of the last point; the first is 0. */
  readonly steps: number;
  /**
   * The number of the point nearest to a value; of NaN, the last one, as PostgreSQL sorts it above all numbers.
   * @returns NaN for what is no value of the type
   */
  locate(bytes: Uint8Array, at: number, end: number): number;
  /** Appends a point as PostgreSQL prints it, without ending the value. */
  write(point: number, output: ColumnOutput): void;
}
