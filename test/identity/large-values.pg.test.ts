// Values of a size that only binary takes. It needs several gigabytes of memory and disk: `PGVEIL_TEST_LONG=1` asks for it.

import { expect, test } from 'vitest';
import { configOf, createPair, dropPair, syncPair } from '../sync.ts';

const isAsked = process.env.PGVEIL_TEST_LONG === '1';
const MEGABYTES = 900;

test.skipIf(!isAsked)(
  `a bytea of ${MEGABYTES} MB beside a masked column arrives in binary (asked for with PGVEIL_TEST_LONG=1)`,
  async () => {
    const pair = await createPair(`create table public.big (id int primary key, owner text, body bytea);
      alter table public.big alter body set storage external`);
    try {
      await pair.source.query(
        `insert into public.big select 1, 'owner', decode(repeat('00ff5c0a', ${MEGABYTES * 125_000}), 'hex') || decode(repeat('0a5cff01', ${MEGABYTES * 125_000}), 'hex')`,
      );
      const tables = { 'public.big': { keep: ['id', 'body'], columns: { owner: 'hash' } } };
      const report = await syncPair(pair, configOf(tables, { memory: '4GB' }), { parallel: 1 });
      expect(report.tables[0]).toMatchObject({ rows: 1, format: 'binary' });
      const digest = 'select octet_length(body) as bytes, sha256(body)::text as digest from public.big';
      expect(await pair.target.query(digest)).toEqual(await pair.source.query(digest));
    } finally {
      await dropPair(pair);
    }
  },
  600_000,
);
