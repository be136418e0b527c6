// The rows of a plan's subset, as the source has them in the snapshot of the session.

import type { ClientBase } from 'pg';
import type { LoadedConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { databaseError } from '../pg/errors.ts';
import { failTogether } from '../pg/fail-together.ts';
import { displayName } from '../pg/identifiers.ts';
import { USUAL_SEARCH_PATH } from '../pg/session.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Selected } from '../plan/cut-slices.ts';
import type { SubsetPlan } from '../plan/plan-subset.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { formatBytes } from '../report/amounts.ts';
import { memoryForSubset, subsetBytes } from '../workers/memory-shares.ts';
import { stopError } from '../workers/stop-error.ts';
import { closeSubset } from './close-subset.ts';
import { readRows } from './read-rows.ts';
import type { RowSet } from './row-set.ts';

/** What is transferred is a ctid: with PostgreSQL's own 0.1 for any row it would never let several processes look for them. */
const CHEAP_TUPLES = 'set local parallel_tuple_cost = 0.01';
const NO_SEARCH_PATH = `set local search_path to ''`;
const MB = 1_000_000;

export interface SelectOptions {
  readonly signal?: AbortSignal | undefined;
  readonly config: LoadedConfig;
  readonly workers: number;
}

/**
 * Evaluates the subset set by set and counts it.
 * @param client in a transaction, on the run's snapshot
 * @returns the plan with the number of rows of each table, and the rows
 */
export async function selectSubset(
  plan: Plan,
  client: ClientBase,
  options: SelectOptions,
): Promise<{ readonly plan: Plan; readonly selected: Selected }> {
  const { subset } = plan;
  if (!subset) return { plan, selected: new Map() };
  await client.query(`${USUAL_SEARCH_PATH}; ${CHEAP_TUPLES}`);
  const sets = await closed(subset, client, options);
  await client.query(`${NO_SEARCH_PATH}; set local parallel_tuple_cost to default`);
  const selected = new Map<PlannedTable, RowSet>();
  const rowsOf = new Map(subset.tables.map((table, number) => [tableKey(table), sets[number]]));
  const tables = plan.tables.map(table => {
    const rows = rowsOf.get(tableKey(table));
    if (!rows) return table;
    const counted = { ...table, subset: { rows: rows.size } };
    selected.set(counted, rows);
    return counted;
  });
  return { plan: { ...plan, tables }, selected };
}

async function closed(
  subset: SubsetPlan,
  client: ClientBase,
  { signal = new AbortController().signal, config, workers }: SelectOptions,
): Promise<readonly RowSet[]> {
  const { memoryBytes } = config;
  const limit = subsetBytes(memoryBytes, workers);
  return await closeSubset(subset, {
    claim: bytes => {
      if (bytes <= limit) return;
      const wanted = `${Math.ceil(memoryForSubset(bytes, workers) / MB)}MB`;
      throw new AnonymizeError('ANON_SUBSET_MEMORY', { limit: formatBytes(limit), wanted });
    },
    ask: async ({ text, given, table }, take) => {
      const place = displayName(table.schema, table.name);
      try {
        await failTogether({ clients: [client], signal }, async () => {
          await readRows(client, { text, given }, take);
        });
      } catch (cause) {
        if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
        throw databaseError(cause, { side: 'source', place });
      }
    },
  });
}
