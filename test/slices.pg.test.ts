// A table of several slices, read by several workers while others write to it: the target is the source as of one snapshot.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SyncEvent } from '../src/index.ts';
import { hashTable, type Query, type TableHash } from './database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from './sync.ts';

// At this fill factor a page holds one row, so that 13,000 small rows fill 13,000 pages, which are four slices.
const ACCOUNTS = `
  create table public.account (id bigint primary key, owner text, balance int, padding text) with (fillfactor = 10);
  alter table public.account alter padding set storage plain;
  create sequence public.later start 20000`;
const ROWS = `
  insert into public.account select n, 'owner ' || n, 100, repeat('p', 480) from generate_series(1, 13000) n;
  analyze public.account`;

const TABLES = { 'public.account': { keep: ['id', 'balance', 'padding'], columns: { owner: 'hash' } } };
const KEPT = ['id', 'balance', 'padding'];

describe('a table of several slices', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await createPair(ACCOUNTS);
    await pair.source.query(ROWS);
  });
  afterAll(() => dropPair(pair));

  test.each(['copy', 'cursor'] as const)('is copied as of one snapshot while others write (%s)', async read => {
    const writers = startWriters(pair.source.url);
    const snapshot = watchSnapshot(pair);
    try {
      const source = { url: 'env:SOURCE_URL', read };
      const report = await syncPair(pair, configOf(TABLES, { source }), { parallel: 3, onEvent: snapshot.onEvent });
      expect(report.tables[0]?.slices).toBeGreaterThanOrEqual(3);
    } finally {
      await writers.stop();
    }
    const written = await hashTable(pair.target.query, 'public.account', KEPT);
    expect(written).toEqual(await snapshot.content());
    // The writers did write, before and after.
    expect(written).not.toEqual(await hashTable(pair.source.query, 'public.account', KEPT));
    expect(await owners(pair.target.query)).toBe(written.rows);
  });
});

test('a table that one slice fills is written once: its rows need no hint bits, and its pages are known as visible', async () => {
  const pair = await createPair(ACCOUNTS);
  try {
    await pair.source.query(ROWS);
    // Several slices cannot each empty the table: theirs stay ordinary rows, which is the negative control.
    for (const [parallel, isFrozen] of [
      [1, true],
      [3, false],
    ] as const) {
      await syncPair(pair, configOf(TABLES), { parallel });
      const [found] = await pair.target.query(`select relallvisible > relpages * 0.9 as "isFrozen",
        (select count(*)::int from public.account) as rows from pg_class where oid = 'public.account'::regclass`);
      expect(found).toEqual({ isFrozen, rows: 13_000 });
    }
  } finally {
    await dropPair(pair);
  }
});

const owners = async (query: Query): Promise<number | undefined> =>
  (await query<{ count: number }>('select count(distinct owner)::int as count from public.account'))[0]?.count;

/** Moves rows about in the whole table, in many small transactions, until stopped. */
function startWriters(url: string): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const write = async (seed: number): Promise<void> => {
    const client = new pg.Client({ connectionString: url, application_name: 'writer' });
    await client.connect();
    try {
      for (let n = seed; !stopping.signal.aborted; n += 2) {
        const [from, to] = [(n * 7919) % 13_000, (n * 104_729) % 13_000];
        await client.query(`update public.account set balance = balance - 1 where id = ${from};
          update public.account set balance = balance + 1 where id = ${to};
          insert into public.account values (nextval('public.later'), 'owner ' || lastval(), 1, repeat('n', 480));
          delete from public.account where id = ${(n * 31) % 13_000} and balance < 99`);
        await sleep(1);
      }
    } finally {
      await client.end();
    }
  };
  const writers = Promise.all([write(0), write(1)]);
  return {
    async stop() {
      stopping.abort();
      await writers;
    },
  };
}

/** Looks at the source through the run's own snapshot, which is taken over while the run copies. */
function watchSnapshot({ source, target }: Pair): {
  onEvent(event: SyncEvent): void;
  content(): Promise<TableHash>;
} {
  let seen: Promise<TableHash> | undefined;
  const look = async (): Promise<TableHash> => {
    const [run] = await target.query<{ snapshot: string }>(
      `select snapshot from pgveil.run where state = 'running' order by started desc limit 1`,
    );
    const client = new pg.Client({ connectionString: source.url, application_name: 'onlooker' });
    await client.connect();
    try {
      await client.query(`begin isolation level repeatable read; set transaction snapshot '${run?.snapshot}'`);
      const query: Query = async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
      return await hashTable(query, 'public.account', KEPT);
    } finally {
      await client.end();
    }
  };
  return {
    onEvent: event => {
      if (event.event === 'stage' && event.stage === 'copying') seen ??= look();
    },
    content: () => {
      if (!seen) throw new Error('the run told of no copying');
      return seen;
    },
  };
}
