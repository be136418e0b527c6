import { expect, test } from 'vitest';
import { closeRun, ensureLedger, latestKeyCheck, recordRun, slicesStatement } from '../../src/publish/ledger.ts';
import type { Connect } from '../../src/publish/target-session.ts';
import { type Query, type TestDatabase, withDatabase } from '../database.ts';
import { withSessions } from './target.ts';

const withLedger = (callback: (connect: Connect, database: TestDatabase) => Promise<void>): Promise<void> =>
  withDatabase('', database =>
    withSessions(database.url, async connect => {
      await ensureLedger(connect);
      await callback(connect, database);
    }),
  );

const table = { schema: 'odd "schema', name: `it's \\ a table` };
const slice = { run: 'r', table, slice: 3, rows: 12, bytes: 9_007_199_254_740_993n };

/** The slices of a run whose rows are in the target. */
const slicesOf = (query: Query, run: string) =>
  query('select schema_name as schema, table_name as name, slice, rows, bytes from pgveil.slice where run = $1', [run]);

test('the ledger can be created again, also by two at once', async () => {
  await withDatabase('', ({ url, query }) =>
    withSessions(url, async connect => {
      await Promise.all([ensureLedger(connect), ensureLedger(connect), ensureLedger(connect)]);
      await ensureLedger(connect);
      expect(await slicesOf(query, 'r')).toEqual([]);
    }),
  );
});

test('a slice is in the ledger exactly when its transaction committed', async () => {
  await withLedger(async (_, { query }) => {
    await query(`begin; ${slicesStatement([slice])}; rollback`);
    expect(await slicesOf(query, 'r')).toEqual([]);
    await query(`begin; ${slicesStatement([slice])}; commit`);
    expect(await slicesOf(query, 'r')).toEqual([{ ...table, slice: 3, rows: '12', bytes: '9007199254740993' }]);
    expect(await slicesOf(query, 'another')).toEqual([]);
  });
});

test('a slice cannot be committed twice', async () => {
  await withLedger(async (_, { query }) => {
    await query(slicesStatement([slice]));
    await expect(query(slicesStatement([slice]))).rejects.toMatchObject({ code: '23505' });
    await query(slicesStatement([{ ...slice, run: 'another' }]));
  });
});

test('the key check is that of the last run that was done', async () => {
  await withLedger(async connect => {
    expect(await latestKeyCheck(connect)).toBe(null);
    const start = (id: string, keyCheck: string | null) =>
      recordRun(connect, { id, keyCheck, configSha256: 'c', snapshot: 's' });
    await start('done first', 'a');
    await closeRun(connect, 'done first', 'done');
    await start('done', 'b');
    await closeRun(connect, 'done', 'done');
    await start('without a key', null);
    await closeRun(connect, 'without a key', 'done');
    await start('failed', 'c');
    await closeRun(connect, 'failed', 'failed');
    await start('running', 'd');
    expect(await latestKeyCheck(connect)).toBe('b');
  });
});
