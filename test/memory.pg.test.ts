// `memory:` is a ceiling for the whole process, whatever the rows are: measured on the real command.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../src/index.ts';
import { hashTable, type TableHash } from './database.ts';
import { configText, createPair, dropPair, type Pair, runSync } from './sync.ts';

const CEILING = 512_000_000;

const KEPT = ['id', 'title', 'md5(scan)'];

let pair: Pair;
/** What the target is to hold: the hashes of what is kept and of what is masked. */
let expected: readonly TableHash[];
// Kept as they come, so that a table of 250 MB is made in a second or two.
beforeAll(async () => {
  pair = await createPair(`create table public.document (id int primary key, title text, scan bytea, content text);
    alter table public.document alter scan set storage external, alter content set storage external`);
  await pair.source.query(`
    insert into public.document select n, repeat('x', 80), null, 'short ' || n from generate_series(1, 20000) n;
    insert into public.document select 20000 + n, 'larger', '\\x00', repeat('one MB of secret ', 62500) from generate_series(1, 10) n;
    insert into public.document values (30001, 'kept', decode(repeat('00ff0a5c', 25000000), 'hex'), 'short');
    insert into public.document values (30002, 'masked', '\\x', repeat('secret ', 14285714));
    insert into public.document select 40000 + n, repeat('x', 80), null, 'short ' || n from generate_series(1, 20000) n`);
  const masked = ['id', `md5(repeat('#', length(content)))`];
  expected = await Promise.all([KEPT, masked].map(columns => hashTable(pair.source.query, 'public.document', columns)));
});
afterAll(() => dropPair(pair));

const tables = {
  'public.document': { keep: ['id', 'title', 'scan'], columns: { content: { strategy: 'mask', char: '#' } } },
};

test.each(['copy', 'cursor'])(
  'rows from 100 bytes to 100 MB stay under memory: 512MB with two workers, by %s',
  async read => {
    const source = { url: 'env:SOURCE_URL', read };
    const run = await runSync(pair, configText(tables, { source, memory: '512MB', parallel: 2 }));
    expect(run).toMatchObject({ exitCode: 0, temporary: {} });
    const { peak_rss_bytes: peak, rows } = JSON.parse(run.report ?? '') as Report;
    expect(rows).toBe(40_012);
    expect(peak).toBeLessThan(CEILING);

    for (const [index, columns] of [KEPT, ['id', 'md5(content)']].entries())
      expect(await hashTable(pair.target.query, 'public.document', columns)).toEqual(expected[index]);
  },
);

test('a row that cannot fit is refused, with the table and what would be enough', async () => {
  const run = await runSync(pair, configText(tables, { memory: '192MB', parallel: 1 }), { args: ['--log', 'json'] });
  expect(run.exitCode).toBe(65);
  const error = run.stderr.split('\n').find(line => line.includes('"event":"error"')) ?? '{}';
  expect(JSON.parse(error)).toMatchObject({
    code: 'ANON_MEMORY_ROW',
    message: expect.stringMatching(/^public\.document: a row of 101 MB or more/),
  });
  expect((await hashTable(pair.target.query, 'public.document', ['id'])).rows).toBe(0);
});
