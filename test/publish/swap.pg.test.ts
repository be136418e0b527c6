// publish: swap. Readers of the target see the old rows or the new ones, whatever happens to a run.
// PGVEIL_SWAPS=20 and PGVEIL_FAILED_SWAPS=5 make the test with the reader a long one.

import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { databaseUrl } from '../database.ts';
import { expectFailure } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import { WITHOUT_TOOLS } from '../tools-server.ts';
import { complete, FAILING, fill, look, type Pair, readAll, server, useSwaps, withPair } from './swap-pair.ts';

useSwaps();

const swaps = Number(process.env.PGVEIL_SWAPS ?? 3);
const failures = Number(process.env.PGVEIL_FAILED_SWAPS ?? 2);

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a swap ${WITHOUT_TOOLS ?? ''}`, () => {
  test(
    `shows a reader complete states only, in ${swaps} swaps and ${failures} failures`,
    async () => {
      await withPair(async ({ source, target, sync, beside }) => {
        expect(await sync()).toMatchObject({ exitCode: 0 });
        const stop = new AbortController();
        const reading = readAll(target.url, stop);
        try {
          for (let version = 2; version <= swaps; version++) {
            await source.query(fill(version));
            if (version - 2 < failures) {
              const before = await beside();
              const schema = version % 2 === 0 ? 'existing' : 'copy';
              const change = { tables: FAILING, target: { schema } };
              expectFailure(await sync(change), { code: 'ANON_TARGET_FOREIGN_KEY', says: ['app.person'] });
              expect(await beside()).toEqual(before);
              expect(await look(target.url)).toEqual(complete(version - 1));
            }
            expect(await sync()).toMatchObject({ exitCode: 0 });
          }
        } finally {
          stop.abort();
        }
        const { states, refusals } = await reading;
        const expected = Array.from({ length: swaps }, (_, n) => complete(n + 1));
        const distinct = [...new Map(states.map(state => [JSON.stringify(state), state])).values()];
        expect(distinct).toEqual(expected);
        expect(states.length).toBeGreaterThan(50);
        // Ended by the swap, cut off amid its log-in, or told that the name has just changed hands.
        for (const refusal of refusals)
          expect(['57P01', '3D000', 'ECONNRESET', 'Connection terminated unexpectedly']).toContain(refusal);
      });
    },
    (swaps + failures) * 30_000,
  );

  test('keeps what a dump does not hold: settings, privileges, comment, skipped rows, sequences', async () => {
    await withPair(async ({ target, admin, command, sync }) => {
      const reader = `reader_${process.pid}`;
      const name = `"${target.name}"`;
      await admin(`create role ${reader} login password 'canary-password'`);
      await admin(`alter database ${name} set search_path to app, "$user", public`);
      await admin(
        `alter database ${name} set work_mem to '7MB'; alter role ${reader} in database ${name} set work_mem to '9MB'`,
      );
      await admin(
        `comment on database ${name} is 'the one that ''everybody'' reads'; alter database ${name} connection limit 17`,
      );
      await admin(`revoke all on database ${name} from public; grant connect on database ${name} to ${reader}`);
      await target.query(`grant usage on schema app to ${reader}; grant select on app.person to ${reader}`);
      const planned = command('plan');
      const { stdout } = await runHere(planned.args, planned.env);
      expect(stdout).toContain('Note: Skipped tables keep the rows that the target has when the copying ends.');
      for (const schema of ['existing', 'copy']) {
        await target.disconnect();
        const ended = await sync({ target: { schema } });
        expect(ended.exitCode, ended.stderr).toBe(0);
        const facts = await target.query(`
          select current_setting('search_path') as path, current_setting('work_mem') as memory, datconnlimit as "limit",
            shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`);
        expect(facts).toEqual([
          { path: 'app, "$user", public', memory: '7MB', limit: 17, comment: `the one that 'everybody' reads` },
        ]);
        const client = new pg.Client(databaseUrl(target.name, { user: reader, password: 'canary-password' }, server()));
        await client.connect();
        const { rows } = await client.query(
          `select count(*)::int as people, current_setting('work_mem') as memory from app.person`,
        );
        expect(rows).toEqual([{ people: 1000, memory: '9MB' }]);
        await client.end();
        const kept = await target.query(
          "select (select count(*)::int from setting) as rows, nextval('lone_id_seq')::int as next",
        );
        // What `copy` builds has the source's structure, and no rows where the plan has none.
        expect(kept).toEqual([schema === 'existing' ? { rows: 1, next: 2 } : { rows: 0, next: 1 }]);
      }
      await target.query(`drop owned by ${reader}`);
      await admin(`alter role ${reader} in database ${name} reset all`);
    });
  });

  test('is put back by a rollback, and forward again; keep_previous says how many stay', async () => {
    await withPair(async ({ source, target, sync, rollback, beside }) => {
      const keep = { target: { keep_previous: 2 } };
      for (const version of [1, 2, 3, 4]) {
        await source.query(fill(version));
        const ended = await sync(keep);
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect(ended.stdout).toMatch(/The target before is kept as test_\w+_pgveil_\d{8}_\d{6};/);
      }
      expect(await beside()).toHaveLength(2);
      const listed = await rollback('--list');
      expect(listed.stdout.trim().split('\n')).toEqual((await beside()).map(rest => target.name + rest).reverse());
      expect(await rollback()).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('a rollback puts it back'),
      });
      expect(await look(target.url)).toEqual(complete(3));
      expect(await rollback()).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toEqual(complete(4));
      const earliest = target.name + (await beside())[0];
      expect(await rollback('--to', earliest)).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toEqual(complete(2));
      expectFailure(await rollback('--to', 'nothing'), { code: 'ANON_ROLLBACK_NOTHING', says: ['Kept are: test_'] });
      expect(await sync({ target: { keep_previous: 0 } })).toMatchObject({ exitCode: 0 });
      expect(await beside()).toEqual([]);
      expectFailure(await rollback(), { code: 'ANON_ROLLBACK_NOTHING', says: ['None is kept.'] });
    });
  });

  test('takes any name of a database and of a skipped table', async () => {
    const name = `o'd "d" - \\ é ${process.pid} ${'x'.repeat(30)}`;
    const swapped = async ({ target, sync, rollback, beside }: Pair) => {
      await target.query(`create table app."it's ""a = b"".*" (n int); insert into app."it's ""a = b"".*" values (7)`);
      const ended = await sync();
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(await look(target.url)).toEqual(complete(1));
      expect(await target.query(`select * from app."it's ""a = b"".*"`)).toEqual([{ n: 7 }]);
      expect(await rollback()).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toMatchObject({ people: 0 });
      expect(await beside()).toHaveLength(0); // the name is too long to be the beginning of another one
      expect((await rollback('--list')).stdout).toMatch(/_[0-9a-f]{8}_pgveil_\d{8}_\d{6}\n$/);
      expect(await sync({ target: { keep_previous: 0 } })).toMatchObject({ exitCode: 0 });
    };
    await withPair(swapped, { name });
  });
});
