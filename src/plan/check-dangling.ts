// Foreign keys into tables that this plan leaves without rows: their references would dangle.

import { type Finding, finding } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { DecidedColumn, Decisions } from './decide-columns.ts';
import type { MatchedTable } from './match-tables.ts';
import { isNullify } from './rules.ts';

/** A copied table may not reference one without rows, unless one of the key's columns becomes NULL. */
export function checkDangling(
  matched: readonly MatchedTable[],
  decisions: Decisions,
  isEmpty: (match: MatchedTable) => boolean,
): Finding[] {
  const emptied = new Set(matched.filter(isEmpty).map(({ table }) => tableKey(table)));
  return matched.flatMap(({ table, named }) => {
    const rules = decisions.get(tableKey(table));
    if (!rules) return [];
    return table.foreignKeys
      .filter(key => emptied.has(tableKey(key.referenced)))
      .filter(key => !key.columns.some(column => isNulled(rules.get(column))))
      .map(key =>
        finding('ANON_PLAN_DANGLING', {
          place: displayName(named.schema, named.name, ...key.columns.slice(0, 1)),
          constraint: displayName(key.name),
          referenced: displayName(key.referenced.schema, key.referenced.name),
        }),
      );
  });
}

const isNulled = (decided: DecidedColumn | undefined): boolean => decided !== undefined && isNullify(decided.rule);
