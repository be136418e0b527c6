// publish: swap, when the run does not come to its end: the target is as it was, and nothing stays beside it.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { expectFailure, startCli } from '../faults/cli.ts';
import { draws, repeats } from '../faults/scale.ts';
import { WITHOUT_TOOLS } from '../tools-server.ts';
import { complete, FAILING, fill, look, type Pair, SLOW, useSwaps, withPair } from './swap-pair.ts';

useSwaps();

/** Bytes of all databases of the server, as its files have them. */
const BYTES = `
select sum((pg_stat_file('base/' || folder || '/' || file, true)).size)::float8 as bytes
from pg_ls_dir('base') folder cross join lateral pg_ls_dir('base/' || folder, true, false) file`;

const bytesOf = async ({ admin }: Pair): Promise<number> => ((await admin(BYTES)) as { bytes: number }[])[0]!.bytes;

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a swap ${WITHOUT_TOOLS ?? ''}`, () => {
  test('that fails gives its disk space back', async () => {
    await withPair(async pair => {
      const { source, target, sync } = pair;
      expect(await sync()).toMatchObject({ exitCode: 0 });
      await source.query(fill(60));
      await pair.admin('checkpoint'); // files of what was dropped go with it
      const before = await bytesOf(pair);
      let most = 0;
      const failing = sync({ tables: FAILING });
      let isOver = false;
      void failing.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        most = Math.max(most, await bytesOf(pair));
        await sleep(5);
      }
      expectFailure(await failing, { code: 'ANON_TARGET_FOREIGN_KEY' });
      await pair.admin('checkpoint');
      // A new database with 60,000 rows; afterwards no more than what the catalogue of databases grew by.
      expect(most - before).toBeGreaterThan(8_000_000);
      expect(Math.abs((await bytesOf(pair)) - before)).toBeLessThan(200_000);
      expect(await look(target.url)).toEqual(complete(1));
    });
  });

  test.each(Array.from({ length: repeats(1, 10) }, (_, n) => n))(
    'that is killed amid the renaming leaves one complete database under the name (%i)',
    async n => {
      const draw = draws(`renaming ${n}`);
      await withPair(async ({ source, target, command, sync }) => {
        expect(await sync()).toMatchObject({ exitCode: 0 });
        await source.query(fill(2));
        // A statement that runs in the target holds the renaming for a while.
        const reader = new pg.Client(target.url);
        reader.on('error', () => {});
        await reader.connect();
        const reading = reader.query('select pg_sleep(30)').catch(() => {});
        const { args, env } = command('sync');
        const cli = startCli([...args, '--log', 'json'], env);
        await cli.said('"swapping"');
        await sleep(draw() * 2500);
        cli.process.kill('SIGKILL');
        await cli.ended;
        await reader.end().catch(() => {});
        await reading;
        const seen = await look(target.url);
        expect([complete(1), complete(2)]).toContainEqual(seen);
        await source.query(fill(3));
        expect(await sync()).toMatchObject({ exitCode: 0 });
        expect(await look(target.url)).toEqual(complete(3));
      });
    },
  );

  test('that is killed leaves the target as it was, and the next run drops what it left', async () => {
    await withPair(async ({ source, target, command, sync, beside }) => {
      expect(await sync()).toMatchObject({ exitCode: 0 });
      const before = await beside();
      const { args, env } = command('sync', { tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      cli.process.kill('SIGKILL');
      await cli.ended;
      await source.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker'`,
      );
      expect(await look(target.url)).toEqual(complete(1));
      expect((await beside()).filter(rest => /^_pgveil_new_[0-9a-f]{12}$/.test(rest))).toHaveLength(1);
      expectFailure(await sync({ tables: FAILING }), { code: 'ANON_TARGET_FOREIGN_KEY' });
      expect(await beside()).toEqual(before);
    });
  });

  test('that is asked to stop leaves the target as it was', async () => {
    await withPair(async ({ target, command, sync, beside }) => {
      expect(await sync()).toMatchObject({ exitCode: 0 });
      const before = await beside();
      const { args, env } = command('sync', { tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      cli.process.kill('SIGINT');
      expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', says: ['The target is as it was.'] });
      expect(await beside()).toEqual(before);
      expect(await look(target.url)).toEqual(complete(1));
    });
  });
});
