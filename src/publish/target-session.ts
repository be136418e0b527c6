// How this folder reaches the target: sessions are borrowed from the caller, and everything that must happen together
// happens in one transaction.

import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import { withTransaction } from '../pg/connect.ts';
import { databaseError } from '../pg/errors.ts';
import type { TableName } from '../pg/identifiers.ts';

/** A leaf or ordinary table (relkind r) of the target that is emptied, and loaded or not. */
export type TargetTable = TableName;

/** Lends a session of a database to `callback`. The session is set up; what it is used for leaves no trace in it. */
export type Connect = <T>(callback: (client: ClientBase) => Promise<T>) => Promise<T>;

/** Runs `callback` in a transaction of its own. An error becomes one of the catalogue, at `place`. */
export function inTransaction<T>(
  connect: Connect,
  place: string,
  callback: (client: ClientBase) => Promise<T>,
): Promise<T> {
  return connect(client =>
    withTransaction(client, 'begin', () => callback(client)).catch((cause: unknown) => {
      throw databaseError(cause, { side: 'target', place });
    }),
  );
}

/**
 * Sends one message, which is a transaction of its own without asking for one: a statement, or, without values, several, of which
 * nobody reads results. Errors as of `inTransaction`.
 */
export function oneStatement<Row extends QueryResultRow>(
  connect: Connect,
  place: string,
  sql: string,
  values?: readonly unknown[],
): Promise<QueryResult<Row>> {
  return connect(client =>
    client.query<Row>(sql, values && [...values]).catch((cause: unknown) => {
      throw databaseError(cause, { side: 'target', place });
    }),
  );
}

/** The two parallel arrays that SQL takes a list of tables as. */
export function tableArrays(tables: readonly TargetTable[]): [schemas: string[], names: string[]] {
  return [tables.map(table => table.schema), tables.map(table => table.name)];
}
