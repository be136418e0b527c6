// Unique indexes against what the strategies promise: a lossy strategy on a unique column is a finding, and so is a
// keyed one whose outputs are too few for the rows (birthday bound).

import { type Finding, finding } from '../errors.ts';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import type { BoundStrategy } from './bind-strategies.ts';

/** The highest probability of any collision that a plan accepts. */
export const MAX_COLLISION = 1e-9;

/** Upper bound of the probability that any two of `rows` values collide among 2^bits outputs: n(n-1)/2 · 2^-bits. */
export function collisionBound(rows: number, bits: number): number {
  return Math.min(1, ((rows * Math.max(0, rows - 1)) / 2) * 2 ** -bits);
}

/** @param bound the table's replaced columns by name; a column that is not in it is kept */
export function checkUniqueness(
  table: CatalogTable,
  bound: ReadonlyMap<string, BoundStrategy>,
  rows: number,
): Finding[] {
  const keptSets = table.uniqueIndexes
    .filter(index => !index.isPartial && index.columns.every(column => column !== null && !bound.has(column)))
    .map(index => index.columns);
  return table.uniqueIndexes.flatMap(index => {
    // Kept columns that are unique by themselves make every index that includes them unique.
    if (keptSets.some(kept => kept.every(column => index.columns.includes(column)))) return [];
    return index.columns.flatMap(column => {
      const strategy = column === null ? undefined : bound.get(column);
      const problem = strategy && problemOf(strategy, rows);
      if (!problem || column === null) return [];
      const place = displayName(table.schema, table.name, column);
      return [finding('ANON_PLAN_UNIQUE', { place, index: displayName(index.name), ...problem })];
    });
  });
}

function problemOf(
  { guarantees, instance }: BoundStrategy,
  rows: number,
): { detail: string; fixHint: string } | undefined {
  const { uniqueness } = guarantees;
  if (uniqueness === 'preserved') return undefined;
  if (uniqueness === 'lossy') {
    return {
      detail: 'its strategy maps different values to equal ones.',
      fixHint: 'Use a strategy that keeps values apart: hash, email, or fake with `unique: true`.',
    };
  }
  const bits = instance.bits ?? 0;
  const bound = collisionBound(rows, bits);
  if (bound <= MAX_COLLISION) return undefined;
  return {
    detail: `with ${Math.floor(bits)} bits and ${rows} rows two values collide with a probability of up to ${bound.toExponential(1)}.`,
    fixHint: `Make the output longer: at least ${Math.ceil(Math.log2(rows) * 2 - 1 - Math.log2(MAX_COLLISION))} bits are needed.`,
  };
}
