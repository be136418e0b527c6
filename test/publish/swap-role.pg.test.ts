// publish: swap by a role that is no superuser.

import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { databaseUrl } from '../database.ts';
import { expectFailure, startCli } from '../faults/cli.ts';
import { until } from '../faults/world.ts';
import { WITHOUT_TOOLS } from '../tools-server.ts';
import { type Pair, SLOW, server, useSwaps, withPair } from './swap-pair.ts';

useSwaps();

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a role that is no superuser ${WITHOUT_TOOLS ?? ''}`, () => {
  const role = `swapper_${process.pid}`;
  const withOwner = (callback: (pair: Pair & { readonly targetUrl: string }) => Promise<void>) =>
    withPair(async pair => {
      const { admin, target } = pair;
      await admin(`create role ${role} login createdb password 'canary-password'`);
      await admin(`alter database "${target.name}" owner to ${role}`);
      await target.query(`reassign owned by current_user to ${role}`).catch(() => {});
      await target.query(`
        alter schema app owner to ${role};
        do $$ declare one record; begin
          for one in select oid::regclass as name, relkind from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'm') loop
            execute format('alter %s %s owner to ${role}', case one.relkind when 'm' then 'materialized view' else 'table' end, one.name);
          end loop; end $$`);
      await target.disconnect();
      try {
        await callback({
          ...pair,
          targetUrl: databaseUrl(target.name, { user: role, password: 'canary-password' }, server()),
        });
      } finally {
        await admin(`alter database "${target.name}" owner to current_user; alter role ${role} createdb`);
        for (const rest of await pair.beside()) await admin(`drop database "${target.name}${rest}" with (force)`);
        await target.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
        await admin(`drop role ${role}`);
      }
    });
  const hides = ['canary-password'];

  test('needs CREATEDB and the database', async () => {
    await withOwner(async ({ admin, target, targetUrl, sync }) => {
      await admin(`alter database "${target.name}" owner to current_user; alter role ${role} nocreatedb`);
      expectFailure(await sync({ targetUrl }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        exit: 77,
        findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
        says: [`alter role ${role} createdb`, 'lacks ownership, which publish: swap needs'],
        hides,
      });
    });
  });

  test('swaps with those rights, and cannot end a session of a superuser: then nothing has happened', async () => {
    await withOwner(async ({ target, targetUrl, sync, beside }) => {
      expect(await sync({ targetUrl })).toMatchObject({ exitCode: 0 });
      const before = await beside();
      await target.query('select 1');
      expectFailure(await sync({ targetUrl }), {
        code: 'ANON_SWAP_BUSY',
        says: ['1 session(s) of', `to ${role}`],
        hides,
      });
      expect(await target.query('select count(*)::int as people from app.person')).toEqual([{ people: 1000 }]);
      expect(await beside()).toEqual(before);
    });
  });

  test('is told of a setting that it may not carry over', async () => {
    await withOwner(async ({ admin, target, targetUrl, sync, beside }) => {
      await admin(`alter database "${target.name}" set log_statement to 'ddl'`);
      expectFailure(await sync({ targetUrl }), { code: 'ANON_SWAP_SETTING', says: ['log_statement', '42501'], hides });
      expect(await beside()).toEqual([]);
    });
  });

  test('is told of a database that it could not drop', async () => {
    await withOwner(async ({ admin, target, targetUrl, command, sync, beside }) => {
      const { args, env } = command('sync', { targetUrl, tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      const [unfinished] = await beside();
      const guest = new pg.Client(databaseUrl(target.name + unfinished, undefined, server()));
      guest.on('error', () => {});
      await guest.connect();
      cli.process.kill('SIGINT');
      const says = [`The unfinished database ${target.name}${unfinished} could not be dropped`];
      expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', findings: ['ANON_SWAP_LEFTOVER'], says, hides });
      await guest.end();
      expect(await sync({ targetUrl })).toMatchObject({ exitCode: 0 });
      const [previous = ''] = await beside();
      expect(previous).toMatch(/^_pgveil_\d{8}_\d{6}$/);
      const reader = new pg.Client(databaseUrl(target.name + previous, undefined, server()));
      reader.on('error', () => {});
      await reader.connect();
      await until(async () => (await admin('select from pg_database where datname = $1', [unfinished])).length === 0);
      expectFailure(await sync({ targetUrl }), { code: 'ANON_SWAP_PREVIOUS', says: ['The run is done, but'], hides });
      await reader.end();
    });
  });
});
