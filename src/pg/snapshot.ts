// One snapshot of the source for a whole run: exported by one session, imported by every worker's.

import type { ClientBase } from 'pg';
import type { Client } from './connect.ts';
import { databaseError } from './errors.ts';
import { quoteLiteral, quoteTable, type TableName } from './identifiers.ts';

const BEGIN = 'begin transaction isolation level repeatable read, read only';

/** Begins a transaction and exports its snapshot; it lives as long as the transaction. */
export async function exportSnapshot(client: ClientBase): Promise<string> {
  await client.query(BEGIN);
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

/** Keeps the tables of a run from being altered or dropped while it reads them; readers and writers are not disturbed. */
export async function lockTables(client: ClientBase, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  await client.query(`lock table ${tables.map(table => `only ${quoteTable(table)}`).join(', ')} in access share mode`);
}
