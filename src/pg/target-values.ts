// What columns of the target hold, each different row of them once, through a cursor: as values, in the form that strategies see.

import { userInfo } from 'node:os';
import type { ClientBase } from 'pg';
import { FetchSize } from '../batch/fetch-size.ts';
import { connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { AnonymizeError } from '../errors.ts';
import { type Client, withClient, withPool, withTransaction } from './connect.ts';
import { quoteName, quoteTable, type TableName } from './identifiers.ts';
import { namesIn } from './table-key.ts';

/** A column, by its exact names. */
export interface ColumnName extends TableName {
  readonly column: string;
}

/**
 * Reads `schema.table.column`; a part with a dot or quotes in it stands in double quotes.
 * @param option what takes it, for the error
 * @throws {AnonymizeError} ANON_USAGE
 */
export function parseColumnName(text: string, option: string): ColumnName {
  const [schema, name, column, ...more] = namesIn(text) ?? [];
  if (schema === undefined || name === undefined || column === undefined || more.length > 0) {
    throw new AnonymizeError('ANON_USAGE', { detail: `${option} takes schema.table.column.` });
  }
  return { schema, name, column };
}

export interface TargetOptions {
  readonly env: Environment;
  readonly applicationName: string;
}

/** Runs `callback` with one session on the target. */
export function withTargetSession<T>(
  config: LoadedConfig,
  { env, applicationName }: TargetOptions,
  callback: (client: Client) => Promise<T>,
): Promise<T> {
  const settings = connectionSettings(config, 'target', { env, user: userInfo().username });
  return withPool(settings, { side: 'target', max: 1, applicationName }, pool => withClient(pool, callback));
}

/** Columns of one table. */
export interface ColumnsRequest {
  readonly table: TableName;
  /** One at least. Rows whose first column is NULL are left out. */
  readonly columns: readonly string[];
  /** Rows of its partitions and of inheriting tables, too. */
  readonly withChildren: boolean;
}

/** Values of one row, in the order of the columns. */
export type RowOfValues = readonly (string | null)[];

/** Bytes that a fetch should have. */
const FETCH_BYTES = 256 * 1024;

/** Calls back with each different row, some at a time, in the order of the first column; memory does not grow with the table. */
export function eachDistinct(
  client: ClientBase,
  request: ColumnsRequest,
  callback: (rows: readonly RowOfValues[]) => Promise<void>,
): Promise<void> {
  const size = new FetchSize(FETCH_BYTES);
  return withTransaction(client, 'begin transaction isolation level repeatable read, read only', async () => {
    await client.query(`declare anonymize_values no scroll cursor for ${await selectDistinct(client, request)}`);
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({
        text: `fetch forward ${size.rows} from anonymize_values`,
        rowMode: 'array',
      });
      if (rows.length === 0) return;
      const bytes = rows.flat().reduce((sum, value) => sum + Buffer.byteLength(value ?? ''), 0);
      size.observe(rows.length, Math.max(1, bytes));
      await callback(rows);
    }
  });
}

// Spaces that fill a char(n) are no part of its value; `type` ends at what a domain is over.
const PADDED = `
with recursive base as (
  select attname as name, atttypid as type from pg_catalog.pg_attribute where attrelid = $1::regclass and attname = any($2)
  union all
  select base.name, t.typbasetype from base join pg_catalog.pg_type as t on t.oid = base.type and t.typtype = 'd'
)
select name from base where type = 'bpchar'::regtype`;

/** A cast to text would not do: `format` prints a value as COPY does, which for some types (boolean, inet) is another text. */
async function selectDistinct(client: ClientBase, { table, columns, withChildren }: ColumnsRequest): Promise<string> {
  const { rows } = await client.query<{ name: string }>(PADDED, [quoteTable(table), columns]);
  const padded = new Set(rows.map(({ name }) => name));
  const values = columns.map(name => {
    const column = quoteName(name);
    return `case when num_nulls(${column}) = 0 then ${padded.has(name) ? `${column}::text` : `format('%s', ${column})`} end`;
  });
  return `select distinct ${values.join(', ')} from ${withChildren ? '' : 'only '}${quoteTable(table)}
    where num_nulls(${quoteName(columns[0]!)}) = 0 order by 1`; // there is one at least
}
