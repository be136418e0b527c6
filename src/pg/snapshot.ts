// One snapshot of the source for a whole run: exported by one session, imported by every worker's.

import type { ClientBase } from 'pg';
import type { Client } from './connect.ts';
import { databaseError } from './errors.ts';
import { quoteLiteral, quoteTable, type TableName } from './identifiers.ts';

const BEGIN = 'begin transaction isolation level repeatable read, read only';

/**
 * Locks the tables of a run and then exports a snapshot; both last as long as the client's transaction. The lock (of a
 * reader, which disturbs neither readers nor writers) comes first: a table that was rewritten or truncated between snapshot
 * and lock would look empty to the snapshot.
 */
export async function exportSnapshot(client: ClientBase, tables: readonly TableName[]): Promise<string> {
  await client.query(BEGIN);
  if (tables.length > 0) {
    const names = tables.map(table => `only ${quoteTable(table)}`).join(', ');
    await client.query(`lock table ${names} in access share mode`);
  }
  const { rows } = await client.query<{ id: string }>('select pg_catalog.pg_export_snapshot() as id');
  return rows[0]!.id; // one row, always
}

/** Runs `callback` in a transaction on an exported snapshot. */
export async function withSnapshot<T>(client: Client, snapshot: string, callback: () => Promise<T>): Promise<T> {
  try {
    await client.query(`${BEGIN}; set transaction snapshot ${quoteLiteral(snapshot)}`);
  } catch (cause) {
    throw databaseError(cause, { side: 'source', importsSnapshot: true });
  }
  const result = await callback();
  await client.query('commit');
  return result;
}
