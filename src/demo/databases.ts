// The two databases of the demo: a source full of people who do not exist, and a target with its tables only.

import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { EmbeddedServer, ServerOptions } from './embedded-server.ts';

/** The databases' names. */
export const SOURCE = 'shop';
export const TARGET = 'shop_masked';

/** A server whose data may go with the machine: it does not wait for the disk. */
export const DEMO_SERVER: ServerOptions = {
  settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '256MB' },
  room: 600 * 1024 ** 2, // source, target, log and temporary files of a sync
};

/** Runs `callback` with a connection to a database. */
export async function withConnection<Result>(
  url: string,
  callback: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await callback(client);
  } finally {
    await client.end();
  }
}

/** Makes and fills both databases. @returns the source's tables and rows */
export async function makeDatabases(server: EmbeddedServer): Promise<{ tables: number; rows: number }> {
  await withConnection(server.url('postgres'), async client => {
    for (const name of [SOURCE, TARGET]) await client.query(`create database ${name}`);
  });
  const schema = await readSql('schema.sql');
  const data = await readSql('source.sql');
  await withConnection(server.url(TARGET), client => client.query(schema));
  return await withConnection(server.url(SOURCE), async client => {
    await client.query(schema);
    await client.query(data);
    return await countRows(client);
  });
}

const readSql = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

const TABLES = `
  select oid::regclass::text as name from pg_class
  where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`;

async function countRows(client: pg.Client): Promise<{ tables: number; rows: number }> {
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  let rows = 0;
  for (const { name } of tables) {
    const counted = await client.query<{ n: number }>(`select count(*)::int as n from ${name}`);
    rows += counted.rows[0]?.n ?? 0;
  }
  return { tables: tables.length, rows };
}
