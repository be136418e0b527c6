// The tokens in a column of the target, in batches.

import { userInfo } from 'node:os';
import { connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { AnonymizeError } from '../errors.ts';
import { closePool, openPool, withClient } from '../pg/connect.ts';
import { quoteName, quoteTable } from '../pg/identifiers.ts';
import { namesIn } from '../pg/table-key.ts';

export interface ColumnRequest {
  /** `schema.table.column`; a part with a dot or quotes in it stands in double quotes. */
  readonly column: string;
  readonly batchRows: number;
}

/** Each different token once; NULLs are none. @throws {AnonymizeError} ANON_USAGE for what is no column */
export async function* readTargetColumn(
  config: LoadedConfig,
  env: Environment,
  { column, batchRows }: ColumnRequest,
): AsyncGenerator<readonly string[]> {
  const [schema, name, field, ...more] = namesIn(column) ?? [];
  if (schema === undefined || name === undefined || field === undefined || more.length > 0) {
    throw new AnonymizeError('ANON_USAGE', { detail: '--column takes schema.table.column.' });
  }
  const quoted = quoteName(field);
  const sql = `select distinct ${quoted}::text as token from ${quoteTable({ schema, name })}
    where ${quoted} is not null and ${quoted}::text > $1 order by 1 limit ${batchRows}`;
  const settings = connectionSettings(config, 'target', { env, user: userInfo().username });
  const pool = openPool(settings, { side: 'target', max: 1, applicationName: 'anonymize/detokenize' });
  try {
    let last: string | undefined = '';
    while (last !== undefined) {
      const from: string = last;
      const { rows } = await withClient(pool, client => client.query<{ token: string }>(sql, [from]));
      if (rows.length > 0) yield rows.map(({ token }) => token);
      last = rows.at(-1)?.token;
    }
  } finally {
    await closePool(pool);
  }
}
