// `keep_null` and `keep_empty`: values that a strategy is not given, and NULLs that it is.

import { replaceWith } from '../batch/replace-with.ts';
import type { ColumnWithNulls } from '../strategy.ts';
import type { Runnable } from './runnable.ts';
import { type Choose, splitColumn } from './split-column.ts';

const choose =
  (isPassed: (length: number) => boolean): Choose =>
  ({ lengths, count }) =>
    Uint8Array.from({ length: count }, (_, index) => (isPassed(lengths[index]!) ? 1 : 0)); // index < count

const nulls: Runnable = {
  replace(input, output) {
    for (let index = 0; index < input.count; index++) output.pushNull();
  },
};

/** An empty value stays empty. */
export function keepEmpty(runnable: Runnable): Runnable {
  return splitColumn(
    choose(length => length === 0),
    [runnable, { replace: replaceWith({ keep: true }) }],
  );
}

/** NULL stays NULL, where a column comes with its NULLs. */
export function keepNulls(runnable: Runnable): Runnable {
  return splitColumn(
    choose(length => length < 0),
    [runnable, nulls],
  );
}

/** NULL is given to the strategy as an empty value. */
export function emptyNulls({ replace, prepare }: Runnable): Runnable {
  return {
    replace: (input, ...rest) => replace(withEmptyNulls(input), ...rest),
    prepare: prepare && ((input, ...rest) => prepare(withEmptyNulls(input), ...rest)),
  };
}

function withEmptyNulls({ bytes, offsets, lengths, count }: ColumnWithNulls): ColumnWithNulls {
  const isNull = (index: number): boolean => lengths[index]! < 0; // index < count, as below
  return {
    bytes,
    offsets: Int32Array.from({ length: count }, (_, index) => (isNull(index) ? 0 : offsets[index]!)),
    lengths: Int32Array.from({ length: count }, (_, index) => Math.max(0, lengths[index]!)),
    count,
  };
}
