// The three ways of a strategy to replace values as one: a whole column at a time.

import type { ReplaceColumn, StrategyInstance } from '../strategy.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** What an instance does to a column without NULLs. */
export function replaceWith(instance: StrategyInstance): ReplaceColumn {
  if ('column' in instance) return (...given) => instance.column(...given);
  if ('keep' in instance) return keepValues;
  return (input, output) => {
    const { bytes, offsets, lengths, count } = input;
    for (let index = 0; index < count; index++) {
      const start = offsets[index]!; // index < count
      const replaced = instance.value(decoder.decode(bytes.subarray(start, start + lengths[index]!)));
      if (replaced === null) {
        output.pushNull();
        continue;
      }
      output.room(replaced.length * 3); // UTF-8 takes at most three bytes for a UTF-16 unit
      output.at += encoder.encodeInto(replaced, output.bytes.subarray(output.at)).written;
      output.push();
    }
  };
}

const keepValues: ReplaceColumn = ({ bytes, offsets, lengths, count }, output) => {
  for (let index = 0; index < count; index++) {
    const start = offsets[index]!; // index < count
    output.pushBytes(bytes, start, start + lengths[index]!);
  }
};
