// A source of every kind of object, an empty target that gets its structure (schema: copy), and the command line on them.

import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createDatabase, type TestDatabase } from '../database.ts';
import { CANARY, type Ended, SECRET, withFolder } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import { TOOLS_FOLDER, useToolsServer } from '../tools-server.ts';

let toolsServer: () => string;

/** Has a server for the tests of a file, each of which calls it: this module may be loaded once for many. */
export function useCopies(): void {
  toolsServer = useToolsServer();
}

/** The superuser's URL of that server. */
export const server = (): string => toolsServer();

const SOURCE = `
create schema app;
create extension citext schema app;
create type app.mood as enum ('fine', 'tired');
create domain app.positive as int check (value > 0);
create table app.team (id int primary key, name app.citext not null, constraint team_name unique (name));
create table app.person (
  id bigint generated always as identity primary key, email text not null constraint person_email unique,
  mood app.mood default 'fine', age app.positive, team int constraint person_team references app.team,
  shout text generated always as (upper(email)) stored
);
create table app.visit (day date not null, person bigint references app.person) partition by range (day);
create table app.visit_old partition of app.visit for values from (minvalue) to ('2024-01-01');
create table app.visit_new partition of app.visit for values from ('2024-01-01') to (maxvalue);
create index on app.visit (person);
create table app.staging (id serial primary key, note text);
create sequence app.ticket increment by 5;
create view app.teams as select name from app.team;
create materialized view app.sizes as select team, count(*) as people from app.person group by team;
create unique index on app.sizes (team);
create materialized view app.unfilled as select 1 as one with no data;
create function app.refuse() returns trigger language plpgsql as 'begin raise exception $$a trigger fired$$; end';
create trigger person_refuse before insert or update on app.person for each row execute function app.refuse();
alter table app.team enable row level security;
create policy team_all on app.team using (true);
comment on table app.person is 'who visits';
alter table app.person disable trigger person_refuse;
insert into app.team select n, '${CANARY} ' || n from generate_series(1, 5) n;
insert into app.person (email, age, team) select '${CANARY}-' || n || '@example.org', n, 1 + n % 5 from generate_series(1, 500) n;
insert into app.visit select date '2023-12-01' + n % 60, 1 + n % 500 from generate_series(1, 2000) n;
insert into app.staging (note) values ('${CANARY}');
select nextval('app.ticket'), nextval('app.ticket');
alter table app.person enable trigger person_refuse;
refresh materialized view app.sizes; analyze`;

export const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL' },
  target: { url: 'env:TARGET_URL', schema: 'copy', pg_bin: TOOLS_FOLDER },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 2,
  tables: {
    'app.team': { keep: ['id'], columns: { name: 'hash' } },
    'app.person': { keep: ['id', 'mood', 'age'], columns: { email: 'email' } },
    'app.visit': { keep: ['day'] },
    'app.staging': 'skip',
  },
};

interface Pair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** Arguments and environment of a sync with the configuration, changed as given: for a process of its own. */
  readonly command: (change?: Change) => { args: string[]; env: Record<string, string> };
  /** In the test's own process, to its end. Its temporary files are where those of the command would be. */
  readonly sync: (change?: Change) => Promise<Ended>;
}

interface Change {
  readonly target?: object;
  readonly tables?: object;
  readonly trialRows?: number;
  readonly env?: Record<string, string>;
}

export async function withPair(callback: (pair: Pair) => Promise<void>, { sql = SOURCE } = {}): Promise<void> {
  const source = await createDatabase({ server: server() });
  const target = await createDatabase({ server: server() });
  try {
    await source.query(sql);
    await withFolder(async folder => {
      const command: Pair['command'] = ({ target: block, tables, trialRows = 500, env } = {}) => {
        const file = join(folder, `${Math.random()}.yaml`);
        const changed = { target: { ...CONFIG.target, ...block }, tables: { ...CONFIG.tables, ...tables } };
        writeFileSync(file, JSON.stringify({ ...CONFIG, ...changed, trial_rows: trialRows }));
        const urls = { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: SECRET };
        return { args: ['sync', '--config', file], env: { ...urls, TMPDIR: folder, ...env } };
      };
      const sync: Pair['sync'] = change => {
        const { args, env } = command(change);
        return withTemporary(folder, () => runHere(args, env));
      };
      await callback({ source, target, command, sync });
      expect((await readdir(folder)).filter(name => name.startsWith('pgveil-structure'))).toEqual([]);
    });
  } catch (error) {
    for (const database of [source, target]) await database.drop().catch(() => {}); // the first error says more
    throw error;
  }
  await source.drop();
  await target.drop();
}

/** Runs `callback` while temporary files are in `folder`; one at a time, as the variable is of the whole process. */
async function withTemporary<Result>(folder: string, callback: () => Promise<Result>): Promise<Result> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await callback();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

const OBJECTS = `
select count(*)::int as objects from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('information_schema', 'pgveil') and n.nspname !~ '^pg_'`;

export async function expectEmpty({ query }: TestDatabase): Promise<void> {
  expect(await query(OBJECTS)).toEqual([{ objects: 0 }]);
  expect(await query(`select from pg_type where typname in ('mood', 'positive')`)).toEqual([]);
  expect(await query(`select nspname from pg_namespace where nspname = 'app'`)).toEqual([]);
}
