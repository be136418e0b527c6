// How a column is refused for one of its values.

import type { ColumnOutput } from '../../batch/column.ts';
import { UnfitValue } from '../../strategy.ts';

/**
 * Throws for value `index`. The engine tells the row by how many values were pushed, so those before it are, as NULLs: none of
 * them gets any further.
 * @param wanted what a value must be; never what was found
 */
export function refuse(output: ColumnOutput, index: number, wanted: string): never {
  while (output.count < index) output.pushNull();
  throw new UnfitValue(wanted);
}
