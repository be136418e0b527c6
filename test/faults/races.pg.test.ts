import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectFailure, expectNothingLeaked, withFolder } from './cli.ts';
import { holdWhen, withProxy } from './proxy.ts';
import { amidRead, useWorld } from './world.ts';

const withPair = useWorld();

test('of two runs at once, the second is refused and the first finishes', async () => {
  await withPair({}, async pair => {
    const hold = amidRead();
    await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
      const first = pair.startHere({ env: { SOURCE_URL: url } });
      await hold.reached;
      expectFailure(await pair.sync(), { code: 'ANON_ALREADY_RUNNING', exit: 75 });
      hold.open();
      expect(await first.ended).toMatchObject({ exitCode: 0 });
      await pair.expectComplete();
    });
  });
});

/** Waits for locks shortly. */
const impatient = (url: string): string => `${url}?options=-c%20lock_timeout%3D300ms`;

describe('a lock that another session holds', () => {
  test('on a table of the target: the run fails, with the table and who holds it', async () => {
    await withPair({}, async pair => {
      const [holder] = await pair.target
        .query<{ pid: number }>('begin; lock table app.event in share mode; select pg_backend_pid() as pid')
        .then(() => pair.target.query<{ pid: number }>('select pg_backend_pid() as pid'));
      expectFailure(await pair.sync({ env: { TARGET_URL: impatient(pair.target.url) } }), {
        code: 'ANON_TARGET_LOCKED',
        exit: 75,
        says: [`at app.event (process ${holder?.pid}).`, 'pg_locks'],
      });
      await pair.target.query('rollback');
      expect(await pair.target.query('select state from pgveil.run')).toEqual([{ state: 'failed' }]);
      await pair.target.query('drop schema pgveil cascade');
      await pair.expectUntouched();
    });
  });

  test('on a table of the source: the run fails before anything is written', async () => {
    await withPair({}, async pair => {
      await pair.source.query('begin; lock table app.event in access exclusive mode');
      expectFailure(await pair.sync({ env: { SOURCE_URL: impatient(pair.source.url) } }), {
        code: 'ANON_SOURCE_LOCKED',
        exit: 75,
      });
      await pair.source.query('rollback');
      await pair.expectUntouched();
    });
  });
});

describe('a source that changes between plan and snapshot', () => {
  test.each([
    ['a column gets another type', 'alter table app.event alter payload type varchar(4711)'],
    ['a column is added, which nobody decided', 'alter table app.event add secret text'],
    ['a table is truncated, and would look empty', 'truncate app.event; insert into app.event values (1, $$x$$)'],
    ['a table is dropped', 'drop table app.event'],
  ])('%s: nothing is written', async (_, change) => {
    await withPair({}, async pair => {
      const hold = holdWhen(chunk => chunk.includes('pg_export_snapshot'));
      await withProxy(pair.source.url, { toServer: hold.gate }, async ({ url }) => {
        const cli = pair.startHere({ env: { SOURCE_URL: url } });
        await hold.reached;
        await pair.source.query(change);
        hold.open();
        expectFailure(await cli.ended, {
          code: 'ANON_SOURCE_CHANGED',
          exit: 75,
          says: [/^ANON_SOURCE_CHANGED: (app.event|A planned table of the source) was altered or dropped/],
        });
      });
      await pair.expectUntouched();
    });
  });
});

test('rows that a trigger of the target swallows, made while the run copies, are missed', async () => {
  await withPair({}, async pair => {
    const hold = amidRead();
    await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
      const cli = pair.startHere({ env: { SOURCE_URL: url }, args: ['--parallel', '1'] });
      await hold.reached;
      await pair.target.query(`
        create function app.swallow() returns trigger language plpgsql as 'begin return null; end';
        create trigger swallow before insert on app.person for each row execute function app.swallow()`);
      hold.open();
      expectFailure(await cli.ended, {
        code: 'ANON_ROWS_DIFFER',
        says: ['app.person: 300 rows were read and 0 were written', 'Nothing was published'],
      });
      await pair.target.query('drop trigger swallow on app.person');
      await pair.expectEmptied();
    });
  });
});

describe('another secret than before', () => {
  test('is refused, unless it is meant', async () => {
    await withPair({}, async pair => {
      expect(await pair.sync()).toMatchObject({ exitCode: 0 });
      const env = { ANONYMIZE_SECRET: 'another secret that is long enough as well' };
      expectFailure(await pair.sync({ env }), {
        code: 'ANON_KEY_CHANGED',
        says: ['--yes'],
        hides: [env.ANONYMIZE_SECRET],
      });
      await pair.expectComplete();
      expect(await pair.sync({ env, args: ['--yes'] })).toMatchObject({ exitCode: 0 });
    });
  });
});

test('a report that does not fit on its disk fails the command after the run, which is done', async () => {
  await withPair({}, async pair => {
    const ended = await pair.sync({ args: ['--report', '/dev/full'] });
    expectFailure(ended, {
      code: 'ANON_REPORT_FILE',
      exit: 73,
      says: ['The run is done, but the report /dev/full', 'ENOSPC'],
    });
    expect(ended.stdout).toMatch(/app\.person +300 /);
    await pair.expectComplete();
  });
});

test('a run that works leaves no value in its summary, its log, its report and its ledger', async () => {
  await withPair({}, async pair => {
    await withFolder(async folder => {
      const report = join(folder, 'report.json');
      const ended = await pair.sync({ args: ['--report', report, '--log', 'json'] });
      expect(ended.exitCode).toBe(0);
      expectNothingLeaked({ ...ended, stdout: `${ended.stdout}${readFileSync(report, 'utf8')}` });
      const rows = await pair.target.query(`
        select query_to_xml('select * from pgveil.run', true, true, '')::text || query_to_xml('select * from pgveil.slice', true, true, '')::text
          || query_to_xml('select * from pgveil.put_aside', true, true, '')::text as ledger`);
      expectNothingLeaked({ ...ended, stdout: JSON.stringify(rows) });
      expect(existsSync(report)).toBe(true);
    });
  });
});
