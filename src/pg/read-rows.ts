// Reads some columns of a table whole, as the texts that values have, up to a limit: for what a plan needs of the data.

import type { ClientBase } from 'pg';
import { withTransaction } from './connect.ts';
import { quoteName, quoteTable } from './identifiers.ts';

/** What is read. */
export interface RowsAsked {
  /** `schema.table`, as the catalogue has the names. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** The most that is read. */
export interface RowLimit {
  readonly rows: number;
  /** Of the texts together, in UTF-8. */
  readonly bytes: number;
}

/** One row: the texts of its columns; null is NULL. */
export type RowTexts = readonly (string | null)[];

/** Rows, or why there are none. */
export type RowsRead =
  | { readonly rows: readonly RowTexts[] }
  | { readonly missing: string }
  | { readonly over: RowLimit };

const FETCHED_AT_ONCE = 10_000;

const FIND = `
select n.nspname as schema, c.relname as name, array(
  select a.attname::text from pg_catalog.pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname || '.' || c.relname = $1`;

/** @returns the rows; or that the table or a column is missing, or that there is more than the limit */
export async function readRows(client: ClientBase, { table, columns }: RowsAsked, limit: RowLimit): Promise<RowsRead> {
  const found = await client.query<{ schema: string; name: string; columns: string[] }>(FIND, [table]);
  const [place] = found.rows;
  if (!place) return { missing: `no table "${table}"` };
  const unknown = columns.find(column => !place.columns.includes(column));
  if (unknown !== undefined) return { missing: `no column "${unknown}" in "${table}"` };
  const select = `select ${columns.map(quoteName).join(', ')} from ${quoteTable(place)}`;
  return withTransaction(client, `begin read only; declare rows no scroll cursor for ${select}`, () =>
    fetchAll(client, limit),
  );
}

/** The text that the server sends: what strategies see of a value, too. */
const AS_SENT = { getTypeParser: () => (text: string) => text };

async function fetchAll(client: ClientBase, limit: RowLimit): Promise<RowsRead> {
  const rows: RowTexts[] = [];
  let bytes = 0;
  for (;;) {
    const text = `fetch ${FETCHED_AT_ONCE} from rows`;
    const fetched = await client.query<(string | null)[]>({ text, rowMode: 'array', types: AS_SENT });
    for (const row of fetched.rows) {
      for (const value of row) bytes += value === null ? 0 : Buffer.byteLength(value);
      rows.push(row);
    }
    if (rows.length > limit.rows || bytes > limit.bytes) return { over: limit };
    if (fetched.rows.length < FETCHED_AT_ONCE) return { rows };
  }
}
