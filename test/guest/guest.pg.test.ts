// A run as a guest on a source that others change and use meanwhile.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.ts';
import { type Ended, expectFailure, type Running, withFolder } from '../faults/cli.ts';
import { holdWhen, withProxy } from '../faults/proxy.ts';
import { amidRead, CONFIG, EVENTS, type Pair, until, useWorld } from '../faults/world.ts';

const withPair = useWorld();

/** Looks come every second; what else is under way on the machine gets the rest. */
const NOTICED_WITHIN_MS = 2_000;

interface Waiting {
  readonly cli: Running;
  /** Ends when the server has done it. */
  readonly ddl: Promise<unknown>;
  open(): void;
}

const onBlockedDdl = (mode: string, more: object = {}) => ({
  ...CONFIG,
  source: { url: 'env:SOURCE_URL', on_blocked_ddl: mode, ...more },
});

/** Holds a run where `hold` says, has `sql` wait for it on the source, and gives both to `callback`. */
async function whileHeld<Result>(
  pair: Pair,
  { hold, config, sql }: { hold: ReturnType<typeof holdWhen> & { toServer?: boolean }; config: object; sql: string },
  callback: (waiting: Waiting) => Promise<Result>,
): Promise<Result> {
  const gates = hold.toServer ? { toServer: hold.gate } : { toClient: hold.gate };
  return await withProxy(pair.source.url, gates, async ({ url }) => {
    const cli = pair.startHere({ config, env: { SOURCE_URL: url } });
    const other = new pg.Client({ connectionString: pair.source.url });
    await Promise.all([hold.reached, other.connect()]);
    try {
      const ddl = other.query(sql);
      ddl.catch(() => undefined);
      return await callback({ cli, ddl, open: hold.open });
    } finally {
      hold.open();
      await cli.ended;
      await other.end();
    }
  });
}

const isWaiting = (pair: Pair) =>
  until(async () => (await pair.source.query('select from pg_locks where not granted')).length > 0);

/** Everything of app.event is read, and nothing of app.person. */
const beforePerson = () => ({
  ...holdWhen(chunk => chunk.includes('copy (select') && chunk.includes('"person"')),
  toServer: true,
});

/** Milliseconds until the command says that somebody waits. */
async function noticed({ cli }: Waiting, pair: Pair, table: string): Promise<number> {
  await isWaiting(pair);
  const queued = performance.now();
  await cli.said(`${table}: a change of its structure waits for the run (1 session)`);
  return performance.now() - queued;
}

describe('a change of structure that waits for the run', () => {
  test('is told within two seconds, and goes on waiting with `continue`', async () => {
    await withPair({}, async pair => {
      const sql = 'alter table app.person add column later int';
      await whileHeld(pair, { hold: amidRead(), config: onBlockedDdl('continue'), sql }, async waiting => {
        expect(await noticed(waiting, pair, 'app.person')).toBeLessThan(NOTICED_WITHIN_MS);
        await sleep(1_500);
        await isWaiting(pair);
        waiting.open();
        expect(await waiting.cli.ended).toMatchObject({ exitCode: 0 });
        await waiting.ddl;
      });
      await pair.source.query('alter table app.person drop column later');
      await pair.expectComplete();
    });
  });

  test('ends the run with `abort`, and the target is put right', async () => {
    await withPair({}, async pair => {
      const sql = 'truncate app.event';
      await whileHeld(pair, { hold: amidRead(), config: onBlockedDdl('abort'), sql }, async ({ cli, ddl }) => {
        expectFailure(await cli.ended, {
          code: 'ANON_SOURCE_DDL_WAITS',
          exit: 75,
          says: ['app.event: a change of its structure on the source waits for the run (1 waiting)'],
        });
        await ddl;
      });
      await pair.expectEmptied();
    });
  });

  test('is let through with `pause` when it adds a column, drops an index or attaches a partition, before the table is read, and the run goes on', async () => {
    const statements = [
      'alter table app.person add column later int',
      'drop index app.person_name',
      `create table app.all_of (like app.person) partition by list (id); alter table app.person drop column shout;
        alter table app.all_of drop column shout; alter table app.all_of attach partition app.person default`,
    ];
    await withPair({}, async pair => {
      const sql = 'select';
      await whileHeld(pair, { hold: amidRead(), config: onBlockedDdl('pause'), sql }, async ({ cli, open }) => {
        for (const [n, statement] of statements.entries()) {
          await pair.source.query(statement);
          await until(async () => cli.output().split('app.person: the change is done').length > n + 1);
        }
        open();
        expect(await cli.ended).toMatchObject({ exitCode: 0 });
      });
      await pair.expectComplete();
    });
  });

  test.each([
    ['empties', 'truncate app.person cascade'],
    ['rewrites', "alter table app.person alter note type varchar(60) using 'other'"],
    ['drops', 'drop table app.person cascade'],
    ['renames a column of', 'alter table app.person rename note to remark'],
  ])('is let through with `pause` when it %s a table, and the run ends, as its rows are gone', async (_, sql) => {
    await withPair({}, async pair => {
      await whileHeld(pair, { hold: amidRead(), config: onBlockedDdl('pause'), sql }, async ({ cli, ddl }) => {
        await ddl;
        expectFailure(await cli.ended, {
          code: 'ANON_SOURCE_DRIFT',
          exit: 75,
          says: [/^ANON_SOURCE_DRIFT: app\.(person|orders) was emptied, rewritten, altered or dropped/],
        });
      });
      await pair.expectEmptied();
    });
  });

  test('with `pause` on a table that is being read waits for its slice only', async () => {
    await withPair({}, async pair => {
      const sql = 'truncate app.event';
      const hold = amidRead();
      await whileHeld(pair, { hold, config: onBlockedDdl('pause'), sql }, async waiting => {
        await noticed(waiting, pair, 'app.event');
        await sleep(1_500);
        await isWaiting(pair);
        waiting.open();
        expect(await waiting.cli.ended).toMatchObject({ exitCode: 0 });
        await waiting.ddl;
      });
      expect(await pair.target.query('select count(*)::int as rows from app.event')).toEqual([{ rows: EVENTS }]);
    });
  });

  test('is let through with `pause` past whoever keeps the snapshot for a later attempt, which is told', async () => {
    await withPair({}, async pair => {
      const hold = amidRead();
      await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
        const config = onBlockedDdl('pause');
        const cli = pair.startHere({ config, args: ['--log', 'json'], env: { SOURCE_URL: url } });
        await hold.reached;
        const [, run] = /"event":"planned","run":"([^"]+)"/.exec(cli.output()) ?? [];
        const keeper = new pg.Client({
          connectionString: pair.source.url,
          application_name: `anonymize/${run}/holder`,
        });
        keeper.on('error', () => undefined);
        await keeper.connect();
        await keeper.query('begin; lock table app.person in access share mode');
        await pair.source.query('alter table app.person add column later int');
        await cli.said('"notice":"not_resumable"');
        hold.open();
        expect(await cli.ended).toMatchObject({ exitCode: 0 });
      });
      await pair.expectComplete();
    });
  });

  test.each(['abort', 'pause'])('on a table that is copied is let through with `%s`', async mode => {
    await withPair({}, async pair => {
      const sql = 'truncate app.event';
      await whileHeld(pair, { hold: beforePerson(), config: onBlockedDdl(mode), sql }, async ({ cli, ddl, open }) => {
        await ddl;
        await cli.said('app.event: copied, so its locks on the source are given up.');
        open();
        expect(await cli.ended).toMatchObject({ exitCode: 0 });
      });
      expect(await pair.target.query('select count(*)::int as rows from app.event')).toEqual([{ rows: EVENTS }]);
    });
  });
});

test('a snapshot that gets older than it may ends the run', async () => {
  await withPair({}, async pair => {
    const config = onBlockedDdl('continue', { snapshot: { max_age: '1s' } });
    const failed = await whileHeld(pair, { hold: amidRead(), config, sql: 'select' }, ({ cli }) => cli.ended);
    expectFailure(failed, { code: 'ANON_SNAPSHOT_AGE', exit: 75, says: ['max_age` allows: 1 s'] });
    await pair.expectEmptied();
  });
});

/** Other sessions on a database that are at work for as long as `callback` lasts. */
async function withBusySessions<Result>(url: string, count: number, callback: () => Promise<Result>): Promise<Result> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map(client => client.connect()));
  const working = clients.map(client => client.query('select pg_sleep(60)').catch(() => undefined));
  try {
    return await callback();
  } finally {
    await Promise.all(clients.map(client => client.end()));
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'`);
    await admin.end();
    await Promise.all(working);
  }
}

test('fewer slices go on while a limit is passed, and more when it is not; the report tells', async () => {
  await withPair({}, async pair => {
    // Sessions of other test files are on the same server.
    const governor = { active_sessions: 20, every: '200ms' };
    const hold = amidRead();
    await withFolder(async folder => {
      const report = join(folder, 'report.json');
      await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
        const args = ['--parallel', '2', '--report', report];
        const cli = pair.startHere({ config: { ...CONFIG, governor }, args, env: { SOURCE_URL: url } });
        await hold.reached;
        await withBusySessions(pair.target.url, 21, () => cli.said('1 of 2 slices at once: source: 2'));
        await cli.said('2 of 2 slices at once: no limit is passed.');
        hold.open();
        expect(await cli.ended).toMatchObject({ exitCode: 0 });
      });
      const { notices = [] } = JSON.parse(readFileSync(report, 'utf8')) as Report;
      expect(notices).toMatchObject([
        { notice: 'pace', slices: 1, of: 2, because: expect.stringContaining('limit 20') },
        { notice: 'pace', slices: 2, of: 2 },
      ]);
    });
    await pair.expectComplete();
  });
});

const OURS = `application_name like 'anonymize/%' and datname = current_database()`;

test('the source is only read: no lock but ACCESS SHARE, no transaction that writes, no row that is written', async () => {
  await withPair({}, async pair => {
    const written = async () => {
      await pair.source.disconnect();
      await sleep(1_100); // the server counts what a session has done when that has been quiet for a second, or ends
      const [counts] = await pair.source.query(`
        select tup_inserted, tup_updated, tup_deleted, temp_files from pg_stat_database where datname = current_database()`);
      return counts;
    };
    const before = await written();
    const modes = new Set<string>();
    let looked = 0;
    const hold = amidRead();
    await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
      const cli = pair.startHere({ args: ['--parallel', '2'], env: { SOURCE_URL: url } });
      let ended: Ended | undefined;
      const end = cli.ended.then(how => {
        ended = how;
      });
      const look = async () => {
        const locks = await pair.source.query<{ mode: string; writes: boolean }>(`
          select distinct mode, backend_xid is not null as writes from pg_locks join pg_stat_activity using (pid)
          where locktype in ('relation', 'tuple', 'page', 'extend', 'transactionid') and ${OURS}`);
        looked += locks.length;
        for (const { mode, writes } of locks) modes.add(writes ? `${mode} of a writer` : mode);
      };
      while (!ended) {
        await look();
        await Promise.race([sleep(20), end]);
        if (looked > 3) hold.open();
      }
      expect(ended).toMatchObject({ exitCode: 0 });
    });
    expect([...modes]).toEqual(['AccessShareLock']);
    expect(await written()).toEqual(before);
    await pair.source.query('create table app.counted (id int); insert into app.counted values (1)');
    expect(await written()).not.toEqual(before); // the counters do count
    await pair.source.query('drop table app.counted');
    await pair.expectComplete();
  });
});

const QUERY = 'Q'.charCodeAt(0);

test('the source is left alone as soon as all is copied: nothing is held while the target rebuilds', async () => {
  await withPair({}, async pair => {
    // A query, not a parameter: definitions are noted before the rows come.
    const hold = holdWhen(chunk => chunk[0] === QUERY && chunk.includes('CREATE INDEX'));
    await withProxy(pair.target.url, { toServer: hold.gate }, async ({ url }) => {
      const cli = pair.startHere({ env: { TARGET_URL: url } });
      await hold.reached;
      await cli.said('rebuilding');
      const held = await pair.source.query(`select from pg_stat_activity where ${OURS} and backend_xmin is not null`);
      expect(held).toEqual([]);
      await pair.source.query('truncate app.event');
      hold.open();
      expect(await cli.ended).toMatchObject({ exitCode: 0 });
    });
    expect(await pair.target.query('select count(*)::int as rows from app.event')).toEqual([{ rows: EVENTS }]);
  });
});
