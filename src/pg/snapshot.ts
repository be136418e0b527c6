// One snapshot of the source for a whole run: exported by one session, imported by every worker's.

import type { ClientBase } from 'pg';
import type { Client } from './connect.ts';
import { databaseError } from './errors.ts';
import { quoteLiteral, quoteTable, type TableName } from './identifiers.ts';

/** Begins a transaction that sees one state of the source. */
export const BEGIN_SNAPSHOT = 'begin transaction isolation level repeatable read, read only';

/**
 * Begins a transaction, exports its snapshot and locks the tables of a run against changes of their structure; all of it lasts
 * as long as the transaction. Readers and writers are not disturbed.
 */
export async function exportSnapshot(client: ClientBase, tables: readonly TableName[]): Promise<string> {
  await client.query(BEGIN_SNAPSHOT);
  return await exportAndLock(client, tables);
}

/**
 * The same on a snapshot that another session has exported: the state of the source outlives that session.
 * @returns what this session has exported
 * @throws {AnonymizeError} ANON_SNAPSHOT_GONE
 */
export async function importSnapshot(
  client: ClientBase,
  snapshot: string,
  tables: readonly TableName[],
): Promise<string> {
  await beginOn(client, snapshot);
  return await exportAndLock(client, tables);
}

async function exportAndLock(client: ClientBase, tables: readonly TableName[]): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select pg_catalog.pg_export_snapshot() as id');
  await client.query([`savepoint ${TABLES}`, ...tables.map(lockTable)].join(';'));
  return rows[0]!.id; // one row, always
}

/** Behind it are the locks on tables, so that they can be given up while the snapshot stays. */
const TABLES = 'pgveil_tables';

// LOCK TABLE would want SELECT on the whole table; reading nothing of it locks it as well, and is content with a column.
const lockTable = (table: TableName): string => `select from only ${quoteTable(table)} limit 0`;

/** Locks tables in the transaction of `exportSnapshot`. */
export async function lockTables(client: ClientBase, tables: readonly TableName[]): Promise<void> {
  await client.query(tables.map(lockTable).join(';'));
}

/** Gives up the locks that `exportSnapshot` and `lockTables` took; the snapshot stays. */
export async function releaseTables(client: ClientBase): Promise<void> {
  await client.query(`rollback to savepoint ${TABLES}`);
}

/**
 * Ends the transaction of `exportSnapshot`: nothing of the source is held any more. Nor is it where that fails: the session is gone
 * then, and its transaction with it.
 */
export async function releaseSnapshot(client: ClientBase): Promise<void> {
  if (client.getTransactionStatus() === 'T') await client.query('commit').catch(() => undefined);
}

async function beginOn(client: ClientBase, snapshot: string): Promise<void> {
  try {
    await client.query(`${BEGIN_SNAPSHOT}; set transaction snapshot ${quoteLiteral(snapshot)}`);
  } catch (cause) {
    throw databaseError(cause, { side: 'source', importsSnapshot: true });
  }
}

/** Runs `callback` in a transaction on an exported snapshot. */
export async function withSnapshot<T>(client: Client, snapshot: string, callback: () => Promise<T>): Promise<T> {
  await beginOn(client, snapshot);
  const result = await callback();
  await client.query('commit');
  return result;
}
