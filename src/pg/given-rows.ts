// Sets of ctids that a statement works on. They are settings of the transaction, as COPY takes no parameters and a log's line
// or a view of statements should not hold 10 MB; they are the same for all rows, so the server goes to each ctid directly, and
// its planner knows how many there are.

import type { ClientBase } from 'pg';

const SETTINGS = { rows: 'pgveil.rows', leftOut: 'pgveil.left_out' } as const;

/** `tid[]` in PostgreSQL's binary form (see tidArray). */
export type GivenRows = Readonly<Partial<Record<keyof typeof SETTINGS, Buffer>>>;

/** SQL for a set that was given. */
export function givenRows(set: keyof typeof SETTINGS): string {
  return `pg_catalog.current_setting('${SETTINGS[set]}')::pg_catalog.tid[]`;
}

/** Whether it is NULL is all that comes back: the setting itself is long. */
const GIVE = `select pg_catalog.set_config($1, $2::pg_catalog.tid[]::pg_catalog.text, true) is null as "isNull"`;

/** Gives sets to the statements that follow in this transaction. */
export async function giveRows(client: ClientBase, given: GivenRows): Promise<void> {
  for (const set of ['rows', 'leftOut'] as const) {
    if (given[set]) await client.query(GIVE, [SETTINGS[set], given[set]]);
  }
}
