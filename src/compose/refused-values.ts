// `on_invalid:`: what becomes of a value that a strategy cannot handle, instead of the end of the run.

import { ColumnOutput } from '../batch/column.ts';
import type { ColumnWithNulls } from '../strategy.ts';
import type { Runnable } from './runnable.ts';
import { pushValue, sliceValues } from './sub-columns.ts';

/** @param instead what such a value becomes; null is NULL */
export function replaceRefused({ replace, prepare }: Runnable, instead: Uint8Array | null): Runnable {
  const attempted = new ColumnOutput();
  const ready = new ColumnOutput();
  const pushInstead = (output: ColumnOutput): void => (instead ? output.pushBytes(instead) : output.pushNull());

  /** One attempt at some of the values. @returns whether it worked */
  const attempt = (input: ColumnWithNulls, others: readonly ColumnWithNulls[], first: number): boolean => {
    attempted.reset(input.count);
    try {
      replace(input, attempted, others, first);
    } catch (cause) {
      if (isUnfit(cause)) return false;
      throw cause;
    }
    if (attempted.count !== input.count) throw new Error(`${attempted.count} values for ${input.count}`);
    return true;
  };
  const append = (output: ColumnOutput): void => {
    for (let index = 0; index < attempted.count; index++) pushValue(attempted, index, output);
  };
  /** Which value it is that the strategy refuses, its place in the output need not tell: halves do. */
  const halve = (input: ColumnWithNulls, others: readonly ColumnWithNulls[], first: number): Given[] => {
    const middle = input.count >> 1;
    return [
      [sliceValues(input, 0, middle), others.map(other => sliceValues(other, 0, middle)), first],
      [
        sliceValues(input, middle, input.count),
        others.map(other => sliceValues(other, middle, input.count)),
        first + middle,
      ],
    ];
  };
  const replaceAll = (output: ColumnOutput, ...given: Given): void => {
    if (attempt(...given)) append(output);
    else if (given[0].count === 1) pushInstead(output);
    else for (const half of halve(...given)) replaceAll(output, ...half);
  };
  if (!prepare) return { replace: (input, output, ...rest) => replaceAll(output, input, ...rest) };

  const prepareAll = async (...given: Given): Promise<void> => {
    let isReady = false;
    try {
      await prepare(...given);
      isReady = attempt(...given);
    } catch (cause) {
      if (!isUnfit(cause)) throw cause;
    }
    if (isReady) append(ready);
    else if (given[0].count === 1) pushInstead(ready);
    else for (const half of halve(...given)) await prepareAll(...half);
  };
  return {
    async prepare(...given) {
      ready.reset(given[0].count);
      if (given[0].count > 0) await prepareAll(...given);
    },
    replace(input, output) {
      for (let index = 0; index < input.count; index++) pushValue(ready, index, output);
      ready.reset(0);
    },
  };
}

type Given = [input: ColumnWithNulls, others: readonly ColumnWithNulls[], first: number];

/** By name: a user's strategy may come with its own copy of the class. */
const isUnfit = (cause: unknown): boolean => cause instanceof Error && cause.name === 'UnfitValue';
