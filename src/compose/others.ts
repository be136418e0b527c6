// Which other columns of the row a composition needs, and which of them each of its parts gets.

import type { BoundStrategy } from './bound.ts';

/** What one strategy reads beside its own column. */
export type Needs = Pick<BoundStrategy, 'reads' | 'readsReplaced'>;

/** The needs of several parts together. */
export function needsOfAll(parts: readonly Needs[]): Needs {
  return {
    reads: [...new Set(parts.flatMap(({ reads }) => reads))],
    readsReplaced: [...new Set(parts.flatMap(({ readsReplaced }) => readsReplaced))],
  };
}

/** Where what a part needs is among the other columns that a whole is given. */
export function positionsIn(whole: Needs, part: Needs): number[] {
  return [
    ...part.reads.map(name => whole.reads.indexOf(name)),
    ...part.readsReplaced.map(name => whole.reads.length + whole.readsReplaced.indexOf(name)),
  ];
}
