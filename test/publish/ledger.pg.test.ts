import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  closeRun,
  committedSlices,
  ensureLedger,
  isRunOver,
  latestKeyCheck,
  recordRun,
  slicesStatement,
} from '../../src/publish/ledger.ts';
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

const start = (connect: Connect, id: string): Promise<void> =>
  recordRun(connect, { id, keyCheck: null, configSha256: 'c', snapshot: 's' });

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
  await withLedger(async (connect, { query }) => {
    await start(connect, 'r');
    await query(`begin; ${slicesStatement([slice])}; rollback`);
    expect(await slicesOf(query, 'r')).toEqual([]);
    await query(`begin; ${slicesStatement([slice])}; commit`);
    expect(await slicesOf(query, 'r')).toEqual([{ ...table, slice: 3, rows: '12', bytes: '9007199254740993' }]);
    expect(await slicesOf(query, 'another')).toEqual([]);
  });
});

test('a slice cannot be committed twice', async () => {
  await withLedger(async (connect, { query }) => {
    for (const run of ['r', 'another']) await start(connect, run);
    await query(slicesStatement([slice]));
    await expect(query(slicesStatement([slice]))).rejects.toMatchObject({ code: '23505' });
    await query(slicesStatement([{ ...slice, run: 'another' }]));
  });
});

test('a slice of a run that is over cannot be committed, nor one of a run that never began', async () => {
  await withLedger(async (connect, { query }) => {
    await start(connect, 'r');
    await closeRun(connect, 'r', 'failed');
    for (const run of ['r', 'another']) {
      const refused = await query(slicesStatement([{ ...slice, run }])).catch((cause: unknown) => cause);
      expect(isRunOver(refused)).toBe(true);
    }
    expect(await slicesOf(query, 'r')).toEqual([]);
  });
});

test('who closes a run waits for the slices that are being committed', async () => {
  await withLedger(async (connect, { query }) => {
    await start(connect, 'r');
    await query(`begin; ${slicesStatement([slice])}`);
    let isClosed = false;
    const closing = closeRun(connect, 'r', 'failed').then(() => {
      isClosed = true;
    });
    await sleep(100);
    expect(isClosed).toBe(false);
    await query('commit');
    await closing;
    expect(await slicesOf(query, 'r')).toHaveLength(1);
  });
});

test('slices are found in the ledger together or not at all, in the order that was asked', async () => {
  await withLedger(async (connect, { query }) => {
    await start(connect, 'r');
    const others = [1, 2].map(number => ({ ...slice, slice: number, rows: number * 10, bytes: 7 }));
    await query(slicesStatement(others));
    const find = (...numbers: readonly number[]) =>
      connect(client =>
        committedSlices(
          client,
          'r',
          numbers.map(number => ({ table, slice: { number } })),
        ),
      );
    expect(await find(2, 1)).toEqual([
      { rows: 20, bytes: 7 },
      { rows: 10, bytes: 7 },
    ]);
    expect(await find(1, 3)).toBe(undefined);
  });
});

test('the key check is that of the last run that was done', async () => {
  await withLedger(async connect => {
    expect(await latestKeyCheck(connect)).toBe(null);
    const begin = (id: string, keyCheck: string | null) =>
      recordRun(connect, { id, keyCheck, configSha256: 'c', snapshot: 's' });
    await begin('done first', 'a');
    await closeRun(connect, 'done first', 'done');
    await begin('done', 'b');
    await closeRun(connect, 'done', 'done');
    await begin('without a key', null);
    await closeRun(connect, 'without a key', 'done');
    await begin('failed', 'c');
    await closeRun(connect, 'failed', 'failed');
    await begin('running', 'd');
    expect(await latestKeyCheck(connect)).toBe('b');
  });
});
