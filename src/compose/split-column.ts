// Some values of a column go one way, some another: each way gets its values as a column of its own, and the results come
// together in the order of the rows.

import { ColumnOutput } from '../batch/column.ts';
import type { ColumnWithNulls, ReplaceColumn } from '../strategy.ts';
import type { Runnable } from './runnable.ts';
import { pickValues, pushValue } from './sub-columns.ts';

/** Which way each value goes, by the number of the way. */
export type Choose = (input: ColumnWithNulls, others: readonly ColumnWithNulls[]) => Uint8Array;

/** What one way is given. */
interface Part {
  readonly way: number;
  readonly indexes: Int32Array;
  readonly given: readonly [ColumnWithNulls, readonly ColumnWithNulls[], number];
}

/** At most 256 ways. */
export function splitColumn(choose: Choose, ways: readonly Runnable[]): Runnable {
  const outputs = ways.map(() => new ColumnOutput());
  const replace: ReplaceColumn = (input, output, others, first) => {
    const chosen = choose(input, others);
    const parts = partsOf(chosen, ways.length, { input, others, first });
    if (parts.length === 1) {
      ways[parts[0]!.way]!.replace(input, output, others, first); // the only one, and it is one of the ways
      return;
    }
    for (const part of parts) run(part);
    const next = new Int32Array(ways.length);
    for (let index = 0; index < input.count; index++) {
      const way = chosen[index]!; // index < count
      pushValue(outputs[way]!, next[way]!++, output);
    }
    for (const one of outputs) one.reset(0);

    function run({ way, indexes, given: [values, beside, number] }: Part): void {
      const into = outputs[way]!; // one for each way
      into.reset(indexes.length);
      try {
        ways[way]!.replace(values, into, beside, number);
      } catch (cause) {
        // The engine takes the number of values so far for the place of the failure.
        const failed = indexes[Math.min(into.count, indexes.length - 1)]!;
        while (output.count < failed) output.pushNull();
        throw cause;
      }
      if (into.count !== indexes.length) throw new Error(`${into.count} values for ${indexes.length}`);
    }
  };
  if (!ways.some(({ prepare }) => prepare)) return { replace };
  return {
    replace,
    async prepare(input, others, first) {
      for (const { way, given } of partsOf(choose(input, others), ways.length, { input, others, first })) {
        await ways[way]!.prepare?.(...given);
      }
    },
  };
}

/** The ways that have values. Each numbers its values from where the one before it ended, so that no number occurs twice. */
function partsOf(
  chosen: Uint8Array,
  ways: number,
  { input, others, first }: { input: ColumnWithNulls; others: readonly ColumnWithNulls[]; first: number },
): Part[] {
  const counts = new Int32Array(ways);
  for (let index = 0; index < input.count; index++) counts[chosen[index]!]!++; // index < count
  const parts: Part[] = [];
  let number = first;
  for (let way = 0; way < ways; way++) {
    const count = counts[way]!;
    if (count === 0) continue;
    const indexes = indexesOf(chosen, way, count);
    const isAll = count === input.count;
    const pick = (column: ColumnWithNulls): ColumnWithNulls => (isAll ? column : pickValues(column, indexes));
    parts.push({ way, indexes, given: [pick(input), others.map(pick), number] });
    number += count;
  }
  return parts;
}

function indexesOf(chosen: Uint8Array, way: number, count: number): Int32Array {
  const indexes = new Int32Array(count);
  let found = 0;
  for (let index = 0; found < count; index++) if (chosen[index] === way) indexes[found++] = index;
  return indexes;
}
