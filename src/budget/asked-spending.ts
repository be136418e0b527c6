// What a run would spend of each row's privacy, as the plan has it.

import { createHash } from 'node:crypto';
import type { Plan } from '../plan/plan-types.ts';

/** One draw of noise for one column. */
export interface AskedSpending {
  /** `schema.table`; of partitions, the table on top: they draw together. */
  readonly table: string;
  readonly column: string;
  /** null: every run draws anew. */
  readonly epoch: string | null;
  readonly epsilon: number;
  readonly delta: number;
  /** The same for what is the same noise. */
  readonly draw: string;
}

/**
 * Each draw of each column once.
 *
 * Noise is a keyed function of (table, column, row key, value) and of all that `draw` digests: strategy, options with the
 * epoch, domain, key check value of the secret, type and the columns that are read. So a run that repeats all of it puts out the
 * same bytes for the same rows: who has seen them learns nothing from seeing them again, and nothing more is spent. Whatever
 * differs in it makes another key of the stream, so the two outcomes are independent given the rows, and by basic composition
 * what both spend adds up; a new epoch is one case of that.
 */
export function askedSpending({ tables }: Pick<Plan, 'tables'>): readonly AskedSpending[] {
  const all = tables
    .filter(({ action }) => action === 'copy')
    .flatMap(({ facts, columns }) =>
      columns.flatMap(({ name: column, spends = [] }) =>
        spends.map(({ epsilon, delta, epoch = null, draw }) => {
          const table = facts.name;
          return { table, column, epoch, epsilon, delta, draw: digest([table, column, draw]) };
        }),
      ),
    );
  return [...new Map(all.map(one => [one.draw, one])).values()];
}

const digest = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
