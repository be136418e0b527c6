// SQL on a server that no test database belongs to.

import pg from 'pg';

/** Runs `sql` on a session that is closed at once. @returns the rows of the last statement */
export async function query<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
    return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Row[];
  } finally {
    await client.end();
  }
}
