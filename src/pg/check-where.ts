// Whether the source understands the `where` of the planned tables: asked before anything is written.

import pg, { type ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { Plan } from '../plan/plan-types.ts';
import { databaseError } from './errors.ts';
import { displayName } from './identifiers.ts';
import { type Selectable, selectSlice } from './read-slice.ts';
import { USUAL_SEARCH_PATH } from './session.ts';
import { conditionOf } from './sqlstate.ts';

const WHOLE = { table: 0, number: 0, fromPage: 0, toPage: null };

/** @returns a finding for each condition that the source refuses */
export async function checkWhere(source: ClientBase, { tables, subset }: Plan): Promise<Finding[]> {
  const findings: Finding[] = [];
  const starts = subset?.tables.flatMap(table =>
    table.start?.kind === 'some' ? [{ ...table, columns: [], where: table.start.where }] : [],
  );
  for (const table of [...tables.filter(({ action }) => action === 'copy'), ...(starts ?? [])]) {
    if (table.where === undefined) continue;
    // `a) or (b` is fine between the brackets of a slice's select, and would undo its range of ctid; here it is not.
    const closed = { ...table, where: `case when ${table.where}\n then true end` };
    for (const asked of [table, closed]) {
      const found = await explain(source, asked);
      if (found) {
        findings.push(found);
        break;
      }
    }
  }
  return findings;
}

/** EXPLAIN plans the statement without running it. */
async function explain(source: ClientBase, table: Selectable): Promise<Finding | undefined> {
  const place = displayName(table.schema, table.name);
  try {
    await source.query(`begin; ${USUAL_SEARCH_PATH}`);
    // Extended: the server takes one statement only, so that nothing can hide behind a semicolon.
    const query = { text: `explain ${selectSlice(table, WHOLE)}`, queryMode: 'extended' };
    await source.query(query);
    return undefined;
  } catch (cause) {
    const sqlstate = cause instanceof pg.DatabaseError ? (cause.code ?? '') : '';
    if (/^(22|42|0A|2F|54|P0)/.test(sqlstate) && sqlstate !== '42501') {
      return finding('ANON_PLAN_WHERE', { place, sqlstate, condition: conditionOf(sqlstate) });
    }
    throw databaseError(cause, { side: 'source', place });
  } finally {
    await source.query('rollback');
  }
}
