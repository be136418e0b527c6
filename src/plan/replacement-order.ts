// In which order the columns of a table are replaced: each after those whose replacements it reads.

import type { PlannedColumn } from './plan-types.ts';

/** The order, and circles of columns that wait for each other. */
export interface ReplacementOrder {
  /** Positions of the columns. */
  readonly order: readonly number[];
  /** Names of columns; each reads the next one, the last one the first. */
  readonly circles: readonly (readonly string[])[];
}

/** @param columns of one table, each at its position */
export function replacementOrder(columns: readonly Pick<PlannedColumn, 'name' | 'readsReplaced'>[]): ReplacementOrder {
  const positionOf = new Map(columns.map(({ name }, position) => [name, position]));
  const order: number[] = [];
  const circles: string[][] = [];
  const state = new Map<number, 'open' | 'done'>();
  const visit = (position: number, path: readonly string[]): void => {
    const { name, readsReplaced } = columns[position]!; // one of them
    if (state.get(position) === 'done') return;
    if (state.get(position) === 'open') {
      circles.push(path.slice(path.indexOf(name)));
      return;
    }
    state.set(position, 'open');
    for (const other of readsReplaced) {
      const next = positionOf.get(other);
      if (next !== undefined) visit(next, [...path, name]);
    }
    state.set(position, 'done');
    order.push(position);
  };
  for (const position of columns.keys()) visit(position, []);
  return { order, circles };
}
