// Errors of the data.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const DATA = {
  ANON_VALUE_UNFIT: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" cannot handle the value in row {row} of its slice: {detail}',
    'Choose another strategy for the column.',
  ),
  ANON_STRATEGY_FAILED: entry(
    EXIT.bug,
    '{place}: strategy "{strategy}" {detail}, at row {row} of its slice.',
    'Correct the file of the strategy. For a value that it cannot handle it throws UnfitValue.',
  ),
  ANON_VALUE_TOO_LONG: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" wrote {length} characters into {type}, row {row} of its slice.',
    'Shorten the output with the options of the strategy.',
  ),
  ANON_VALUE_TYPE: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" wrote what {type} cannot hold, row {row} of its slice.',
    'Choose another strategy or other options.',
  ),
  ANON_VALUE_NULL: entry(
    EXIT.dataRefused,
    '{place}: strategy "{strategy}" yielded NULL for a NOT NULL column, row {row} of its slice.',
    'Choose another strategy or other options.',
  ),
  ANON_TARGET_REFUSED: entry(
    EXIT.dataRefused,
    'The target refuses the rows for {count} reasons.',
    'Correct them all; {state}.',
  ),
  ANON_TARGET_UNIQUE: entry(
    EXIT.dataRefused,
    '{place}: the target refuses duplicates: constraint or index {constraint}.',
    'Use a strategy that preserves uniqueness on its columns.',
  ),
  ANON_TARGET_FOREIGN_KEY: entry(
    EXIT.dataRefused,
    '{place}: rows violate foreign key {constraint}.',
    'Give both sides the same rule and the same rows.',
  ),
  ANON_TARGET_CHECK: entry(
    EXIT.dataRefused,
    '{place}: a row violates check constraint {constraint}{row}.',
    'Choose strategies whose output the constraint allows.',
  ),
  ANON_TARGET_PARTITION: entry(
    EXIT.dataRefused,
    '{place}: a row fits the bounds of no partition{row}.',
    'Add a partition for it, or choose strategies whose output the partitions take.',
  ),
  ANON_TARGET_NOT_NULL: entry(
    EXIT.dataRefused,
    '{place}: NULL in a NOT NULL column{row}.',
    'Give the column a strategy that yields a value.',
  ),
  ANON_TARGET_EXCLUSION: entry(
    EXIT.dataRefused,
    '{place}: rows violate exclusion constraint {constraint}.',
    'Choose strategies whose output the constraint allows.',
  ),
  ANON_TARGET_VALUE: entry(
    EXIT.dataRefused,
    '{place}: the target refuses a value (SQLSTATE {sqlstate}){row}.',
    'Compare the type of the column on both sides, and the options of its strategy.',
  ),
  ANON_TARGET_DEFINITION: entry(
    EXIT.dataRefused,
    '{place}: {kind} {name} cannot be restored (SQLSTATE {sqlstate}).',
    'See the definition in pgveil.put_aside of the target.',
  ),
  ANON_ROWS_DIFFER: entry(
    EXIT.bug,
    '{place}: {read} rows were read and {written} were written.',
    'Nothing was published; please report it.',
  ),
  ANON_MEMORY_ROW: entry(
    EXIT.dataRefused,
    '{place}: a row of {bytes} or more does not fit into `memory:`.',
    'Raise `memory:` by at least {wanted}.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
