// Rows of a batch: where their fields are, and the rows with other values in them. Built into ../rows.wasm by ../build.ts.
// ../../batch/simd-rows.ts lays everything out behind FREE, with OVERSHOOT_BYTES behind each area, and keeps within the bounds.

export { FOUND, ODD_FIELDS, scan } from './scan';
export { COLUMN_BYTES, LENGTH_BYTES, MEASURED, measure, NULL_BYTES, NULL_FIELD, OVERSHOOT_BYTES, splice } from './splice';

/** From here on, memory is the caller's. */
export const FREE: usize = memory.data(16, 16);
