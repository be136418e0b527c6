// Rows that a partitioned table of the target routes may land in any of its partitions, so all of those are emptied: then
// none of them may be left alone.

import { type Finding, finding } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { MatchedTable } from './match-tables.ts';
import type { PlannedTable } from './plan-types.ts';

/** @param skipped tables of the source that the plan leaves alone, such as one partition of several */
export function checkRouting(
  planned: readonly Pick<PlannedTable, 'schema' | 'name' | 'into'>[],
  skipped: readonly Pick<MatchedTable, 'table' | 'root'>[],
): Finding[] {
  const routed = planned.filter(table => tableKey(table) !== tableKey(table.into));
  const routing = new Set(routed.map(({ into }) => tableKey(into)));
  return skipped
    .filter(({ root }) => routing.has(tableKey(root)))
    .map(({ table, root }) => {
      const [place, through] = [table, root].map(({ schema, name }) => displayName(schema, name));
      const detail = `it is left alone, but rows of other partitions go through ${through}, which empties all of them.`;
      return finding('ANON_PLAN_PARTITION_KEY', { place, detail });
    });
}
