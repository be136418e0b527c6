// A source, a target that is published by a swap, the command line on them, and who reads the target meanwhile.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase, type Query, type TestDatabase } from '../database.ts';
import { CANARY, type Ended, SECRET, withFolder } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import { TOOLS_FOLDER, useToolsServer } from '../tools-server.ts';

let toolsServer: () => string;

/** Has a server for the tests of a file, each of which calls it: this module may be loaded once for many. */
export function useSwaps(): void {
  toolsServer = useToolsServer({ isAlone: true });
}

/** The superuser's URL of that server. */
export const server = (): string => toolsServer();

const TABLES = `
create schema app;
create table app.team (id int primary key, version int not null);
create table app.person (id int primary key, email text not null, version int not null, team int not null references app.team);
create table app.setting (name text primary key, value text);
create table app.lone (id serial primary key);
create materialized view app.sizes as select count(*)::int as people, max(version) as version from app.person`;

/** Rows of one version: 20 teams and 1,000 people more than before. */
export const fill = (version: number): string => `
truncate app.person, app.team;
insert into app.team select n, ${version} from generate_series(1, 20) n;
insert into app.person select n, '${CANARY}-' || n || '@example.org', ${version}, 1 + n % 20 from generate_series(1, ${1000 * version}) n;
refresh materialized view app.sizes; analyze`;

const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL' },
  target: { url: 'env:TARGET_URL', publish: 'swap', pg_bin: TOOLS_FOLDER },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 1,
  trial_rows: 0, // what fails here is to fail in the end
  tables: {
    'app.team': 'keep',
    'app.person': { keep: ['id', 'version', 'team'], columns: { email: 'email' } },
    'app.setting': 'skip',
    'app.lone': 'skip',
  },
};
/** Rows that violate a foreign key when everything is loaded. */
export const FAILING = { 'app.team': { keep: ['id', 'version'], where: 'id > 1' } };
export const SLOW = { 'app.person': { ...CONFIG.tables['app.person'], where: 'pg_sleep(0.01) is not null' } };

interface Change {
  readonly target?: object;
  readonly tables?: object;
  readonly targetUrl?: string;
}

export interface Pair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** Of the superuser, in another database. */
  readonly admin: Query;
  /** For a process of its own. */
  command(name: string, change?: Change): { readonly args: string[]; readonly env: Record<string, string> };
  /** In the test's own process, to its end; `rollback` too. */
  sync(change?: Change): Promise<Ended>;
  rollback(...args: readonly string[]): Promise<Ended>;
  /** Databases whose names begin with the target's, without those names. */
  beside(): Promise<readonly string[]>;
}

export async function withPair(callback: (pair: Pair) => Promise<void>, names: { name?: string } = {}): Promise<void> {
  const [source, other] = [await createDatabase({ server: server() }), await createDatabase({ server: server() })];
  const target = await createDatabase({ server: server(), ...names });
  const beside = async () => {
    const sql = `select substr(datname, length($1) + 1) as rest from pg_database where starts_with(datname, $1) order by 1`;
    return (await other.query<{ rest: string }>(sql, [target.name]))
      .map(({ rest }) => rest)
      .filter(rest => rest !== '');
  };
  try {
    await source.query(`${TABLES};${fill(1)}`);
    await target.query(
      `${TABLES}; insert into app.setting values ('colour', 'blue'); insert into app.lone default values`,
    );
    await withFolder(async folder => {
      const command: Pair['command'] = (name, { target: block, tables, targetUrl = target.url } = {}) => {
        const file = join(folder, `${Math.random()}.yaml`);
        const changed = { target: { ...CONFIG.target, ...block }, tables: { ...CONFIG.tables, ...tables } };
        writeFileSync(file, JSON.stringify({ ...CONFIG, ...changed }));
        const env = { SOURCE_URL: source.url, TARGET_URL: targetUrl, ANONYMIZE_SECRET: SECRET, TMPDIR: folder };
        return { args: [name, '--config', file], env };
      };
      const run = (name: string, change: Change, args: readonly string[]) => {
        const made = command(name, change);
        return runHere([...made.args, ...args], made.env);
      };
      await callback({
        source,
        target,
        admin: other.query,
        command,
        sync: change => run('sync', change ?? {}, []),
        rollback: (...args) => run('rollback', {}, args),
        beside,
      });
    });
  } finally {
    for (const rest of await beside()) await other.query(`drop database "${target.name}${rest}" with (force)`);
    await source.disconnect();
    await Promise.all([source, target, other].map(database => database.drop()));
  }
}

interface State {
  readonly people: number;
  readonly version: number | null;
  readonly teams: number;
  readonly view: number | null;
  readonly canaries: number;
}

const STATE = `
select count(*)::int as people, max(version) as version, (select count(*)::int from app.team) as teams,
  (select max(version) from app.sizes) as view, count(*) filter (where email like '%${CANARY}%')::int as canaries
from app.person`;

export const complete = (version: number): State => ({
  people: 1000 * version,
  version,
  teams: 20,
  view: version,
  canaries: 0,
});

/** One look at a database, on a session of its own that stays no longer. */
export async function look(connectionString: string): Promise<State> {
  const client = new pg.Client({ connectionString, application_name: 'reader' });
  client.on('error', () => {}); // the query says so
  await client.connect();
  try {
    const { rows } = await client.query<State>(STATE);
    return rows[0]!; // an aggregate
  } finally {
    await client.end().catch(() => {});
  }
}

/** Polls until it is told to stop; a session that is ended by a swap tries again, as an application does. */
export async function readAll(
  url: string,
  { signal }: AbortController,
): Promise<{ states: State[]; refusals: string[] }> {
  const states: State[] = [];
  const refusals: string[] = [];
  while (!signal.aborted) {
    const state = await look(url).catch((cause: { code?: string; message: string }) => {
      refusals.push(cause.code ?? cause.message);
    });
    if (state) states.push(state);
    await sleep(5);
  }
  return { states, refusals };
}
