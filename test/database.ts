// Fresh databases on the test server. A database is dropped in the end, and a test that leaks a connection to it fails.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { BLANK_DATABASE } from './blank-database.ts';

/** Runs SQL; returns the rows. Several statements in one text are fine as long as there are no parameters. */
export type Query = <Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** A database of one test or one test file. */
export interface TestDatabase {
  readonly name: string;
  /** The superuser's URL, with its password. */
  readonly url: string;
  /** On a connection of its own, opened at the first call and closed by `drop`. */
  readonly query: Query;
  /** Closes the connection of `query`; its next call opens another. */
  disconnect(): Promise<void>;
  /** Drops the database. @throws when anybody but `query` is still connected: then somebody forgot to close. */
  drop(): Promise<void>;
}

// A backend takes a moment to end after its client has closed.
const LEAK_AFTER_MS = 2_000;

let made = 0;

/** Makes a database, empty or as a clone of `template`, on the test server or the one with that superuser's URL. Call its `drop` afterwards, such as in `afterAll`. */
export async function createDatabase(
  options: { readonly name?: string; readonly template?: TestDatabase; readonly server?: string } = {},
): Promise<TestDatabase> {
  const { name = `test_${process.pid}_${++made}_${Date.now().toString(36)}`, template, server } = options;
  await template?.disconnect(); // PostgreSQL refuses to clone a database that is in use
  // Copied file by file, creating and dropping take half of the CPU time. Servers before 15 do not know it.
  const strategy = server === undefined ? 'strategy file_copy' : '';
  const from = template?.name ?? (server === undefined ? BLANK_DATABASE : 'template0');
  await adminOf(server)(`create database ${quote(name)} template ${quote(from)} ${strategy}`);
  const url = databaseUrl(name, undefined, server);
  const connection = connectLater(url);
  const drop = async () => {
    await connection.disconnect();
    await dropDatabase(name, server);
  };
  return { name, url, ...connection, drop };
}

/** Runs `callback` in a fresh database in which `sql` has been run, and drops it. */
export async function withDatabase<Result>(
  sql: string,
  callback: (database: TestDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await createDatabase();
  let result: Result;
  try {
    if (sql) await database.query(sql);
    result = await callback(database);
  } catch (error) {
    await database.drop().catch(() => {}); // the first error says more than a leak that it caused
    throw error;
  }
  await database.drop();
  return result;
}

/** The URL of a database on the test server; `user` and `password` instead of the superuser's, where given. */
export function databaseUrl(
  name: string,
  role?: { readonly user: string; readonly password: string },
  server = inject('postgresUrl'),
): string {
  const url = new URL(server);
  url.pathname = `/${encodeURIComponent(name)}`;
  if (role) Object.assign(url, { username: role.user, password: role.password });
  return url.href;
}

/** What a table holds, whatever the order of its rows. */
export interface TableHash {
  readonly rows: number;
  readonly hash: string;
}

/**
 * Hashes a table (or the given columns) by PostgreSQL's own text of its rows; NULL and '' differ. `table` and `columns`
 * are SQL, quoted where they need it. The two sides must name the same columns in the same order.
 */
export async function hashTable(query: Query, table: string, columns: readonly string[] = ['*']): Promise<TableHash> {
  const sql = `
    select count(*)::int as rows, coalesce(md5(string_agg(digest, '' order by digest)), '') as hash
    from (select md5(t::text) collate "C" as digest from (select ${columns.join(', ')} from ${table}) as t) as digests`;
  const [found] = await query<TableHash>(sql);
  if (!found) throw new Error('an aggregate yields one row');
  return found;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function connectLater(connectionString: string): Pick<TestDatabase, 'query' | 'disconnect'> {
  let opened: Promise<pg.Client> | undefined;
  const open = (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString, application_name: 'test' });
    const connected = client.connect().then(() => client);
    const forget = (): void => {
      if (opened === connected) opened = undefined;
    };
    connected.catch(forget);
    // A session that the product ends, as a swap does, is opened anew by the next query.
    client.on('error', forget);
    return connected;
  };
  const query: Query = async <Row>(sql: string, parameters?: readonly unknown[]) => {
    opened ??= open();
    const client = await opened;
    const result = await client.query(sql, parameters && [...parameters]);
    return result.rows as Row[];
  };
  const disconnect = async () => {
    const client = await opened;
    opened = undefined;
    await client?.end();
  };
  return { query, disconnect };
}

const admins = new Map<string, Query>();

/** What makes and drops databases, on one session that ends with the process: to open one takes as long as to drop a database. */
function adminOf(server = inject('postgresUrl')): Query {
  const known = admins.get(server) ?? connectLater(server).query;
  admins.set(server, known);
  return known;
}

async function dropDatabase(name: string, server?: string): Promise<void> {
  const admin = adminOf(server);
  const leaks = await waitForLeaks(admin, name);
  await admin(`drop database if exists ${quote(name)} with (force)`);
  if (leaks.length > 0) throw new Error(`${name} had ${leaks.length} connection(s) left open: ${leaks.join('; ')}`);
}

const OPEN_CONNECTIONS = `
  select format('%s, %s, last: %s', application_name, state, left(query, 200)) as leak
  from pg_stat_activity where datname = $1 and backend_type = 'client backend'`;

async function waitForLeaks(admin: Query, name: string): Promise<string[]> {
  const deadline = Date.now() + LEAK_AFTER_MS;
  for (;;) {
    const rows = await admin<{ leak: string }>(OPEN_CONNECTIONS, [name]);
    if (rows.length === 0 || Date.now() > deadline) return rows.map(row => row.leak);
    await sleep(20);
  }
}
