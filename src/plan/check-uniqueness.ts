// Unique indexes against what the strategies promise: a lossy strategy on a unique column is a finding, and so is a
// keyed one whose outputs are too few for the rows (birthday bound).

import { type Finding, finding } from '../errors.ts';
import { bitsFor, collisionBound, NEGLIGIBLE_COLLISION } from '../kernels/collisions.ts';
import type { CatalogTable, CatalogUniqueIndex } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import type { BoundStrategy } from './bind-strategies.ts';

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
      const problem = strategy && !isNullEach(strategy, index) && problemOf(strategy, rows, index);
      if (!problem || column === null) return [];
      const place = displayName(table.schema, table.name, column);
      return [finding('ANON_PLAN_UNIQUE', { place, index: displayName(index.name), ...problem })];
    });
  });
}

function problemOf(
  { guarantees, instance }: BoundStrategy,
  rows: number,
  { hasDistinctNulls }: CatalogUniqueIndex,
): { detail: string; fixHint: string } | undefined {
  const uniqueness = guarantees.yieldsNull && !hasDistinctNulls ? 'lossy' : guarantees.uniqueness;
  if (uniqueness === 'preserved') return undefined;
  if (uniqueness === 'lossy') {
    return {
      detail: 'its strategy maps different values to equal ones.',
      fixHint: 'Use a strategy that keeps values apart: hash, email, or fake with `unique: true`.',
    };
  }
  const bits = instance.bits ?? 0;
  const bound = collisionBound(rows, bits);
  if (bound <= NEGLIGIBLE_COLLISION) return undefined;
  return {
    detail: `with ${Math.floor(bits)} bits and ${rows} rows two values collide with a probability of up to ${bound.toExponential(1)}.`,
    fixHint: `Make the output longer: at least ${Math.ceil(bitsFor(rows))} bits are needed.`,
  };
}

/** NULLs are distinct from each other, unless the index says otherwise. */
function isNullEach({ instance }: BoundStrategy, { hasDistinctNulls }: CatalogUniqueIndex): boolean {
  return hasDistinctNulls && instance.outputs?.length === 1 && instance.outputs[0] === null;
}
