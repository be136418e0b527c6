// schema: copy. The target is an empty database; its structure comes from the source by pg_dump and pg_restore.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { databaseUrl, hashTable } from '../database.ts';
import { CANARY, expectFailure, SECRET, startCli, withFolder } from '../faults/cli.ts';
import { until } from '../faults/world.ts';
import { TOOLS_FOLDER, WITHOUT_TOOLS } from '../tools-server.ts';
import { catalogState } from './catalog-state.ts';
import { CONFIG, expectEmpty, server, useCopies, withPair } from './copied-pair.ts';

useCopies();

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
