// What every composition is made of: something that replaces a column, and is perhaps prepared for it before.

import { replaceWith } from '../batch/replace-with.ts';
import type { PrepareColumn, ReplaceColumn, StrategyInstance } from '../strategy.ts';

/** Replaces columns; `prepare`, where there is one, is awaited before each call with the same arguments. */
export interface Runnable {
  readonly replace: ReplaceColumn;
  readonly prepare?: PrepareColumn | undefined;
}

/** A strategy's instance as one. */
export function runnableOf(instance: StrategyInstance): Runnable {
  return { replace: replaceWith(instance), prepare: instance.prepare };
}

/** A runnable that gets some of the other columns: those at `positions`, in that order, and no more: a strategy may count them. */
export function withOthers({ replace, prepare }: Runnable, positions: readonly number[]): Runnable {
  const isPrefix = positions.every((position, index) => position === index);
  // Not one more either: what a strategy has not asked for, it might take for something that it has.
  const pick = <Item>(others: readonly Item[]): readonly Item[] =>
    isPrefix && others.length === positions.length ? others : positions.map(position => others[position]!); // all are there
  return {
    replace: (input, output, others, first) => replace(input, output, pick(others), first),
    prepare: prepare && ((input, others, first) => prepare(input, pick(others), first)),
  };
}
