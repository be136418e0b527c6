// Databases for runs that build the one which they fill, held from their first moment on: by a swap, from either structure, or
// into an empty target. The structure itself says where a run waits as long as a session bears the name of a gate.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect } from 'vitest';
import { type ListedRun, listRuns, loadConfig } from '../../src/index.ts';
import { createDatabase, hashTable, type TestDatabase } from '../database.ts';
import { CANARY, type Ended, type RunningCli, SECRET, startCli, withFolder } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import { until } from '../faults/world.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { TOOLS_FOLDER, useToolsServer } from '../tools-server.ts';

let toolsServer: () => string;

/** The superuser's URL of the server of these tests. */
export const server = (): string => toolsServer();

/** Each is `target:` of a configuration. */
export const WAYS = {
  'publish: swap': { publish: 'swap', schema: 'existing' },
  'publish: swap with schema: copy': { publish: 'swap', schema: 'copy' },
  'schema: copy': { publish: 'in-place', schema: 'copy' },
} as const;

export type Way = keyof typeof WAYS;
const EMPTY: Way = 'schema: copy';

const TABLES = `
create schema app;
create function app.pass(gate text, value text) returns text language plpgsql immutable as $$
begin
  while exists (select from pg_stat_activity where application_name = gate and datname = 'postgres') loop
    perform pg_sleep(0.1), pg_stat_clear_snapshot();
  end loop;
  return value;
end $$;
create domain app.gated as text check (app.pass('gate rows', value) is not null);
create table app.team (id int primary key, name text not null);
create table app.person (id int primary key, email text not null unique, team int not null references app.team);
create table app.event (id int primary key, payload text not null);
create table app.setting (name text primary key, value text);
create table app.tail (value app.gated);
create unlogged table app.scratch (id int, note text);
create index a_first on app.event (payload);
create index team_gated on app.team (app.pass('gate index', name));
create index z_last on app.person (team, id);
create statistics app.person_stat on id, team from app.person;
alter table app.event alter payload set statistics 50;
alter table app.person cluster on z_last;
create view app.people as select id, team from app.person;
create materialized view app.sizes as select team, count(*) as people from app.person group by team;
create unique index on app.sizes (team);
create function app.note() returns trigger language plpgsql as 'begin return new; end';
create trigger person_note before insert on app.person for each row execute function app.note();
alter table app.team enable row level security;
create policy team_all on app.team using (true);
comment on index app.z_last is 'the last';
comment on constraint person_team_fkey on app.person is 'where they play';`;

/** A few times what a gate lets through. */
const EVENTS = 8_000;

const ROWS = `
insert into app.team select n, '${CANARY} ' || n from generate_series(1, 5) n;
insert into app.person select n, '${CANARY}-' || n || '@example.org', 1 + n % 5 from generate_series(1, 500) n;
insert into app.event select n, '${CANARY} ' || n || repeat('x', 100) from generate_series(1, ${EVENTS}) n;
insert into app.scratch select n, '${CANARY}' from generate_series(1, 50) n;
refresh materialized view app.sizes; analyze`;
const SKIPPED_ROWS = `insert into app.setting values ('colour', 'blue'), ('size', 'large'); insert into app.tail values ('end')`;

export const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL', snapshot: { hold_after: '0s', hold_for: '1min' } },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 2,
  trial_rows: 0,
  tables: {
    'app.team': { keep: ['id'], columns: { name: 'hash' } },
    'app.person': { keep: ['id', 'team'], columns: { email: 'email' } },
    'app.event': { keep: ['id'], columns: { payload: 'hash' } },
    'app.scratch': { keep: ['id'], columns: { note: 'hash' } },
    'app.setting': 'skip',
    'app.tail': 'skip',
  },
};

export interface How {
  /** Blocks of the configuration, instead of CONFIG's. */
  readonly change?: object;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface BuiltPair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** The state of the target after a run that nobody has disturbed. */
  readonly undisturbed: unknown;
  /** The command in a process of its own. */
  start(how?: How): RunningCli;
  /** The command to its end, in ours. */
  sync(how?: How): Promise<Ended>;
  /** What `anonymize runs` lists. */
  runs(): Promise<readonly ListedRun[]>;
  /** Names of the databases beside the target that are being filled, or left over. */
  unfinished(): Promise<readonly string[]>;
  /** Runs SQL where the rows go while the run is unfinished. */
  whereBuilt<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** Shapes, rows and states of what the target holds. */
  state(): Promise<unknown>;
}

/** One SQL text on a session of its own, which is gone afterwards. */
async function once<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

const databaseOf = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

let configs = 0;

/** What the databases of each test are clones of. */
interface Origin {
  readonly source: TestDatabase;
  /** Has the ledger of a run that is done; empty, where the way wants that. */
  readonly target: TestDatabase;
  readonly undisturbed: unknown;
}

let filled: Promise<TestDatabase> | undefined;
const origins = new Map<Way, Promise<Origin>>();

/** Has a server for the tests of a file, which calls it, and drops in the end what they have shared. */
export function useBuilt(): void {
  toolsServer = useToolsServer();
  afterAll(async () => {
    for (const origin of origins.values()) await (await origin).target.drop();
    await (await filled)?.drop();
    origins.clear();
    filled = undefined;
  });
}

const create = (template?: TestDatabase) => createDatabase({ server: server(), ...(template && { template }) });

async function fillSource(): Promise<TestDatabase> {
  const source = await create();
  await source.query(`${TABLES}${ROWS}`);
  return source;
}

/** Runs undisturbed, once for all tests of a way. */
async function makeOrigin(way: Way): Promise<Origin> {
  filled ??= fillSource();
  const [source, target] = [await filled, await create()];
  if (way !== EMPTY) await target.query(`${TABLES}${SKIPPED_ROWS}`);
  await source.disconnect(); // it is to be cloned
  return await withFolder(async folder => {
    expect(await commandsOn({ way, source, target, folder }).sync()).toMatchObject({ exitCode: 0 });
    await until(async () => (await holders(source)).length === 0);
    const undisturbed = await stateOf(target);
    if (way === EMPTY) await target.query('drop schema app cascade; drop schema pgveil cascade');
    return { source, target, undisturbed };
  });
}

function originOf(way: Way): Promise<Origin> {
  const origin = origins.get(way) ?? makeOrigin(way);
  origins.set(way, origin);
  return origin;
}

/** The command line on two databases. */
function commandsOn({
  way,
  source,
  target,
  folder,
}: Pick<BuiltPair, 'source' | 'target'> & {
  readonly way: Way;
  readonly folder: string;
}): Pick<BuiltPair, 'start' | 'sync' | 'runs'> {
  const env = { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: SECRET, TMPDIR: folder };
  const configure = (change: object = {}): string => {
    const file = join(folder, `${++configs}.yaml`);
    const block = { url: 'env:TARGET_URL', keep_previous: 0, pg_bin: TOOLS_FOLDER, ...WAYS[way] };
    writeFileSync(file, JSON.stringify({ ...CONFIG, target: block, ...change }));
    return file;
  };
  return {
    start: ({ change, args = [], env: more } = {}) =>
      startCli(['sync', '--config', configure(change), ...args], { ...env, ...more }),
    sync: ({ change, args = [], env: more } = {}) =>
      runHere(['sync', '--config', configure(change), ...args], { ...env, ...more }),
    runs: async () => listRuns(await loadConfig(configure()), { env }),
  };
}

/** Runs `callback` with a source and a target that is there already, or empty, as the way wants. */
export async function withPair(way: Way, callback: (pair: BuiltPair) => Promise<void>): Promise<void> {
  const { undisturbed, ...origin } = await originOf(way);
  const [source, target] = [await create(origin.source), await create(origin.target)];
  const unfinished = async () => {
    const sql = `select datname as name from pg_database where starts_with(datname, '${target.name}_pgveil_new_')`;
    return (await source.query<{ name: string }>(sql)).map(({ name }) => name);
  };
  const cleanUp = async () => {
    await target.disconnect();
    for (const name of await unfinished()) await source.query(`drop database "${name}" with (force)`);
    await source.drop();
    await target.drop();
  };
  try {
    await withFolder(async folder => {
      await callback({
        source,
        target,
        undisturbed,
        ...commandsOn({ way, source, target, folder }),
        unfinished,
        whereBuilt: async sql => once(databaseOf(target.url, (await unfinished())[0] ?? target.name), sql),
        state: () => stateOf(target),
      });
      await until(async () => (await holders(source)).length === 0);
    });
    await cleanUp();
  } catch (error) {
    await cleanUp().catch(() => {}); // the first error says more
    throw error;
  }
}

/** The sessions of the source that hold snapshots. */
export const holders = (source: TestDatabase) =>
  source.query(`select from pg_stat_activity where datname = current_database() and application_name like '%/holder'`);

const NAMES = ['team', 'person', 'event', 'scratch', 'setting', 'tail', 'sizes'];

async function stateOf({ query }: TestDatabase): Promise<unknown> {
  const rows: Record<string, unknown> = {};
  for (const name of NAMES) rows[name] = await hashTable(query, `app.${name}`);
  const [{ analysed } = {}] = await query<{ analysed: number }>(
    `select count(*)::int as analysed from pg_stats where schemaname = 'app'`,
  );
  return { structure: await catalogState(query), rows, analysed };
}
