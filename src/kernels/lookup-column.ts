// Replaces a column by a map, and leaves what the map does not have to another rule.

import { type Column, ColumnOutput } from '../batch/column.ts';
import type { ReplaceColumn } from '../strategy.ts';
import type { LookupMap } from './packed-map.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the map does not have goes to another rule, as a column of its own. */
export function lookupColumn(map: LookupMap, replaceRest: ReplaceColumn): ReplaceColumn {
  const replaced = new ColumnOutput();
  return (input, output, others, firstNumber) => {
    const { bytes, offsets, lengths, count } = input;
    const found = Array.from({ length: count }, (_, index) => {
      const start = offsets[index]!; // index < count
      return map.get(decoder.decode(bytes.subarray(start, start + lengths[index]!))); // index < count
    });
    const missing = Int32Array.from(found.keys().filter(index => found[index] === undefined));
    const only = ({ bytes: all, offsets: starts, lengths: sizes }: Column): Column => ({
      bytes: all,
      offsets: missing.map(index => starts[index]!), // an index of the column
      lengths: missing.map(index => sizes[index]!), // an index of the column
      count: missing.length,
    });
    replaced.reset(missing.length);
    replaceRest(only(input), replaced, others.map(only), firstNumber);
    let next = 0;
    for (const value of found) {
      const place = value === undefined ? next++ : -1;
      const length = place < 0 ? 0 : replaced.lengths[place]!; // one for each that is missing
      if (value === null || length < 0) output.pushNull();
      else if (value !== undefined) output.pushBytes(Buffer.from(value));
      else output.pushBytes(replaced.bytes, replaced.offsets[place]!, replaced.offsets[place]! + length); // as above
    }
  };
}
