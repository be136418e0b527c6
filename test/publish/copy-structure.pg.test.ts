// schema: copy. The target is an empty database; its structure comes from the source by pg_dump and pg_restore.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { createDatabase, databaseUrl, hashTable, type TestDatabase } from '../database.ts';
import { CANARY, type Ended, expectFailure, runCli, SECRET, startCli, withFolder } from '../faults/cli.ts';
import { until } from '../faults/world.ts';
import { TOOLS_FOLDER, useToolsServer, WITHOUT_TOOLS } from '../tools-server.ts';
import { catalogState } from './catalog-state.ts';

const server = WITHOUT_TOOLS === undefined ? useToolsServer() : () => '';

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

const CONFIG = {
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
  /** Arguments and environment of a sync with the configuration, changed as given. */
  readonly command: (change?: Change) => { args: string[]; env: Record<string, string> };
  readonly sync: (change?: Change) => Promise<Ended>;
}

interface Change {
  readonly target?: object;
  readonly tables?: object;
  readonly trialRows?: number;
  readonly env?: Record<string, string>;
}

async function withPair(callback: (pair: Pair) => Promise<void>, { sql = SOURCE } = {}): Promise<void> {
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
        return runCli(args, env);
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

const OBJECTS = `
select count(*)::int as objects from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('information_schema', 'pgveil') and n.nspname !~ '^pg_'`;

async function expectEmpty({ query }: TestDatabase): Promise<void> {
  expect(await query(OBJECTS)).toEqual([{ objects: 0 }]);
  expect(await query(`select from pg_type where typname in ('mood', 'positive')`)).toEqual([]);
  expect(await query(`select nspname from pg_namespace where nspname = 'app'`)).toEqual([]);
}

describe.skipIf(WITHOUT_TOOLS !== undefined)(`the structure of the source ${WITHOUT_TOOLS ?? ''}`, () => {
  test('is the same in the target, with masked rows and everything that follows them', async () => {
    await withPair(async ({ source, target, sync }) => {
      const ended = await sync();
      expect(ended.stderr).toContain('building the structure');
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(await catalogState(target.query)).toEqual(await catalogState(source.query));
      for (const kept of [['app.visit'], ['app.person', 'id', 'mood', 'age', 'team'], ['app.sizes']]) {
        const [table = '', ...columns] = kept;
        const all = columns.length > 0 ? columns : ['*'];
        expect(await hashTable(target.query, table, all)).toEqual(await hashTable(source.query, table, all));
      }
      const [person] = await target.query<{ masked: boolean }>(
        `select bool_and(email not like '%${CANARY}%' and shout = upper(email)) as masked from app.person`,
      );
      expect(person).toEqual({ masked: true });
      expect(await target.query('select from app.staging')).toEqual([]);
      expect(await target.query(`select nextval('app.ticket')::int as next`)).toEqual([{ next: 11 }]);
      expect(await target.query(`select nextval('app.person_id_seq')::int as next`)).toEqual([{ next: 501 }]);
      expect(await target.query(`select relname, relispopulated from pg_class where relkind = 'm' order by 1`)).toEqual(
        [
          { relname: 'sizes', relispopulated: true },
          { relname: 'unfilled', relispopulated: false },
        ],
      );
      expect(await target.query(`select reltuples::int from pg_class where relname = 'person'`)).toEqual([
        { reltuples: 500 },
      ]);
      expect(await target.query('select state from pgveil.run')).toEqual([{ state: 'done' }]);
    });
  });

  test('comes from the snapshot of the rows, and no password or secret is on a command line', async () => {
    await withPair(async ({ sync }) => {
      await withFolder(async folder => {
        for (const name of ['pg_dump', 'pg_restore']) {
          const script = `#!/bin/sh\n{ echo "$0 $*"; env; echo; } >> ${folder}/log\nexec ${TOOLS_FOLDER}/${name} "$@"\n`;
          writeFileSync(join(folder, name), script);
          chmodSync(join(folder, name), 0o755);
        }
        expect(await sync({ target: { pg_bin: folder } })).toMatchObject({ exitCode: 0 });
        const log = readFileSync(join(folder, 'log'), 'utf8');
        const password = new URL(server()).password;
        const commands = log.split('\n').filter(line => line.startsWith(folder));
        expect(commands.some(line => /--snapshot=[0-9A-F]+-[0-9A-F]+-\d/.test(line))).toBe(true);
        expect(commands.some(line => line.includes('--section=post-data') && /--jobs=[2-9]/.test(line))).toBe(true);
        for (const line of commands) expect(line).not.toContain(password);
        expect(log).toContain(`PGPASSWORD=${password}`);
        expect(log).not.toContain(SECRET);
      });
    });
  });

  test('is whole although an older server does not know a setting of newer programs', async () => {
    await withPair(async ({ source, target, sync }) => {
      await withFolder(async folder => {
        const unknown = 'ERROR:  unrecognized configuration parameter "transaction_timeout"';
        const complain = `case "$*" in *--section*) echo 'pg_restore: error: could not execute query: ${unknown}' >&2; exit 1;; esac`;
        for (const [name, more] of [['pg_dump', ''] as const, ['pg_restore', complain] as const]) {
          writeFileSync(join(folder, name), `#!/bin/sh\n${TOOLS_FOLDER}/${name} "$@" || exit 9\n${more}\n`);
          chmodSync(join(folder, name), 0o755);
        }
        const ended = await sync({ target: { pg_bin: folder } });
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect(await catalogState(target.query)).toEqual(await catalogState(source.query));
      });
    });
  });

  test('is built by a role that is no superuser, without what acts beyond the database', async () => {
    await withPair(async ({ source, target, sync }) => {
      const role = `builder_${process.pid}`;
      await source.query(`
        create function public.noop() returns event_trigger language plpgsql as 'begin end';
        create event trigger watching on ddl_command_end execute function public.noop();
        comment on event trigger watching is 'all of it';
        create publication everything for table app.team;
        create extension postgres_fdw;
        create server elsewhere foreign data wrapper postgres_fdw;
        create user mapping for public server elsewhere options (user 'x', password '${CANARY}');
        comment on extension citext is 'changed'`);
      await target.query(`
        create role ${role} login password 'canary-password'; create schema app; grant all on schema app to ${role};
        create extension citext schema app; create extension postgres_fdw;
        grant usage on foreign data wrapper postgres_fdw to ${role}; grant create on schema public to ${role}`);
      await target.query(`grant all on database "${target.name}" to ${role}`);
      const TARGET_URL = databaseUrl(target.name, { user: role, password: 'canary-password' }, server());
      const ended = await sync({ env: { TARGET_URL } });
      expect(ended.exitCode, ended.stderr).toBe(0);
      const [left] = await target.query(`
        select (select count(*)::int from pg_event_trigger) as triggers, (select count(*)::int from pg_publication) as publications,
          (select count(*)::int from pg_user_mappings) as mappings, (select count(*)::int from pg_foreign_server) as servers`);
      expect(left).toEqual({ triggers: 0, publications: 0, mappings: 0, servers: 1 });
      expect(await hashTable(target.query, 'app.sizes')).toEqual(await hashTable(source.query, 'app.sizes'));
      await target.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
    });
  });

  test('is not built in a target that is not empty', async () => {
    await withPair(async ({ target, sync }) => {
      await target.query('create table public.mine (n int); insert into public.mine values (1)');
      const says = ['table public.mine', 'publish: swap'];
      const findings: ErrorCode[] = ['ANON_TARGET_NOT_EMPTY'];
      expectFailure(await sync(), { code: 'ANON_PREFLIGHT_REFUSED', exit: 78, findings, says });
      expect(await target.query('select * from public.mine')).toEqual([{ n: 1 }]);
    });
  });

  test('goes again when the rows violate it; every violation is named and no value is', async () => {
    await withPair(async ({ target, sync }) => {
      await target.query('create schema kept');
      const person = { ...CONFIG.tables['app.person'], columns: { email: { strategy: 'template', template: 'same' } } };
      const tables = { 'app.team': { ...CONFIG.tables['app.team'], where: 'id > 2' }, 'app.person': person };
      const ended = await sync({ tables });
      const refused = expectFailure(ended, { code: 'ANON_PLAN_REFUSED', findings: ['ANON_PLAN_UNIQUE'] });
      expect(refused).toContain('person_email');
      expectFailure(await sync({ tables: { 'app.team': tables['app.team'] }, trialRows: 0 }), {
        code: 'ANON_TARGET_FOREIGN_KEY',
        says: ['app.person: rows violate foreign key person_team'],
      });
      await expectEmpty(target);
      expect(await target.query(`select from pg_namespace where nspname = 'kept'`)).toHaveLength(1);
      expect(await target.query('select state from pgveil.run')).toEqual([{ state: 'failed' }]);
      expect(await sync()).toMatchObject({ exitCode: 0 });
    });
  });

  test('is tried on the bounds of hash partitions, where the table above has another OID', async () => {
    await withPair(async ({ source, target, sync }) => {
      await source.query(`
        create table app.spread (id int, note text) partition by hash (id);
        create table app."spread' 0" partition of app.spread for values with (modulus 2, remainder 0) partition by hash (note);
        create table app.spread_00 partition of app."spread' 0" for values with (modulus 1, remainder 0);
        create table app.spread_1 partition of app.spread for values with (modulus 2, remainder 1);
        insert into app.spread select n, 'note ' || n from generate_series(1, 100) n`);
      const ended = await sync({ tables: { 'app.spread': { keep: ['id'], columns: { note: 'hash' } } } });
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(await hashTable(target.query, 'app.spread_00', ['id'])).toEqual(
        await hashTable(source.query, 'app.spread_00', ['id']),
      );
    });
  });

  test('is tried with a masked sample before the rows come: what they would violate is named', async () => {
    await withPair(async ({ source, target, sync }) => {
      await source.query(`alter table app.person add constraint person_mail check (email like '%@%')`);
      const columns = { email: 'hash' };
      const tables = {
        'app.person': { ...CONFIG.tables['app.person'], columns },
        'app.team': { ...CONFIG.tables['app.team'], where: 'id > 2' },
      };
      const ended = await sync({ tables });
      expectFailure(ended, {
        code: 'ANON_TRIAL_REFUSED',
        findings: ['ANON_TRIAL_ROWS', 'ANON_TRIAL_ROWS'],
        says: [
          '100 % of 500 sampled rows violate check constraint person_mail',
          '40 % of 500 sampled rows',
          'person_team',
        ],
      });
      expect(ended.stderr).not.toContain('copying');
      await expectEmpty(target);
    });
  });

  test('is dropped by the next run when a run was killed, unless somebody else has rows there', async () => {
    await withPair(async ({ source, target, command, sync }) => {
      const slow = { 'app.visit': { keep: ['day'], where: 'pg_sleep(0.01) is not null' } };
      const { args, env } = command({ tables: slow });
      const cli = startCli(args, env);
      await cli.said('copying');
      await until(async () => (await target.query('select from pgveil.slice')).length > 0);
      cli.process.kill('SIGKILL');
      await cli.ended;
      // The source has not noticed yet.
      await source.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker'`,
      );
      expect(await target.query(`select to_regclass('app.person') is not null as there`)).toEqual([{ there: true }]);
      await target.query('create table public.mine as select 1 as n');
      expectFailure(await sync(), { code: 'ANON_TARGET_NOT_EMPTY', says: ['table public.mine'] });
      expect(await target.query('select * from public.mine')).toEqual([{ n: 1 }]);
      await target.query('drop table public.mine');
      const ended = await sync();
      expect(ended.stderr).toContain('putting right what an earlier run left');
      expect(ended.exitCode, ended.stderr).toBe(0);
      // What the killed run had in its temporary folder holds definitions only.
      for (const name of await readdir(env.TMPDIR ?? tmpdir())) {
        if (!name.startsWith('pgveil-structure')) continue;
        const archive = readFileSync(join(env.TMPDIR ?? tmpdir(), name, 'structure'), 'latin1');
        expect(archive).not.toContain(CANARY);
        await rm(join(env.TMPDIR ?? tmpdir(), name), { recursive: true });
      }
    });
  });

  test('goes again at Ctrl-C', async () => {
    await withPair(async ({ target, command }) => {
      const slow = { 'app.visit': { keep: ['day'], where: 'pg_sleep(0.01) is not null' } };
      const { args, env } = command({ tables: slow });
      const cli = startCli(args, env);
      await cli.said('copying');
      cli.process.kill('SIGINT');
      expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', says: ['The target is empty again.'] });
      await expectEmpty(target);
    });
  });

  test('is refused where a skipped table would leave a reference dangling', async () => {
    await withPair(async ({ sync }) => {
      const ended = await sync({
        tables: { 'app.team': 'skip', 'app.person': { keep: ['id', 'mood', 'age', 'team', 'email'] } },
      });
      expectFailure(ended, { code: 'ANON_PLAN_REFUSED', findings: ['ANON_PLAN_DANGLING'], says: ['app.team'] });
    });
  });
});

describe.skipIf(WITHOUT_TOOLS !== undefined)(`before a structure is built ${WITHOUT_TOOLS ?? ''}`, () => {
  test.each([
    ['are missing', '', /pg_dump is not in/],
    ['are older than a server', '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"', /is that of PostgreSQL 9\./],
    ['do not run', '#!/nowhere', /does not run here/],
  ])('programs that %s are named, with what to install', async (_, script, says) => {
    await withPair(async ({ target, sync }) => {
      await withFolder(async folder => {
        if (script !== '') {
          writeFileSync(join(folder, 'pg_dump'), script);
          chmodSync(join(folder, 'pg_dump'), 0o755);
        }
        const findings: ErrorCode[] = ['ANON_PG_TOOLS'];
        const ended = await sync({ target: { pg_bin: folder } });
        const text = expectFailure(ended, { code: 'ANON_PREFLIGHT_REFUSED', exit: 78, findings });
        expect(text).toMatch(says);
        expect(text).toMatch(/postgresql-client-\d+/);
      });
      await expectEmpty(target);
    });
  });

  test('programs are looked for on PATH, unless the configuration names a folder', async () => {
    await withPair(async ({ sync }) => {
      const ended = await sync({ target: { pg_bin: undefined }, env: { PATH: '/nowhere' } });
      const says = ['pg_dump is not on PATH'];
      expectFailure(ended, { code: 'ANON_PREFLIGHT_REFUSED', exit: 78, findings: ['ANON_PG_TOOLS'], says });
      expect(await sync({ target: { pg_bin: undefined }, env: { PATH: `/nowhere:${TOOLS_FOLDER}` } })).toMatchObject({
        exitCode: 0,
      });
    });
  });

  test('rights that pg_dump needs, and extensions that the target lacks, are findings', async () => {
    await withPair(async ({ source, sync }) => {
      const role = `copier_${process.pid}`;
      await source.query(`
        create role ${role} login password 'canary-password';
        grant usage on schema app to ${role};
        grant select on all tables in schema app to ${role};
        revoke select on app.staging from ${role};
        alter role ${role} bypassrls;
        set allow_system_table_mods = on;
        insert into pg_extension values (99999, 'from_elsewhere', 10, 2200, false, '1', null, null)`);
      const SOURCE_URL = databaseUrl(source.name, { user: role, password: 'canary-password' }, server());
      expectFailure(await sync({ env: { SOURCE_URL } }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_PRIVILEGE', 'ANON_TARGET_EXTENSION'],
        says: [`app.staging: source role ${role} lacks SELECT, which pg_dump needs.`, 'extension from_elsewhere'],
        hides: ['canary-password'],
      });
      await source.query(`delete from pg_extension where oid = 99999; drop owned by ${role}; drop role ${role}`);
    });
  });

  test('a definition that the target does not take is named, and nothing stays', async () => {
    await withPair(async ({ target, sync, source }) => {
      await source.query('create type public.citext as (n int)');
      await target.query('create extension citext');
      expectFailure(await sync(), {
        code: 'ANON_STRUCTURE_REFUSED',
        exit: 78,
        // The type, and what uses that of the extension, which is in another schema here.
        findings: ['ANON_STRUCTURE_DEFINITION', 'ANON_STRUCTURE_DEFINITION', 'ANON_STRUCTURE_DEFINITION'],
        says: [/TYPE public citext: the target does not take this definition \(SQLSTATE 42710/],
      });
      await expectEmpty(target);
    });
  });

  test('a program that fails as a whole is named', async () => {
    await withPair(async ({ target, sync }) => {
      await withFolder(async folder => {
        for (const name of ['pg_dump', 'pg_restore']) {
          const script = `#!/bin/sh\ncase "$*" in --version) exec ${TOOLS_FOLDER}/${name} --version;; esac\necho "${CANARY}" >&2; exit 1\n`;
          writeFileSync(join(folder, name), script);
          chmodSync(join(folder, name), 0o755);
        }
        const says = ['source: pg_dump ended with an error.'];
        expectFailure(await sync({ target: { pg_bin: folder } }), { code: 'ANON_PG_TOOL_FAILED', says });
      });
      await expectEmpty(target);
    });
  });
});
