// Nothing in clear: what was planted in a masked column is found nowhere after a run, and what was planted in any column is
// found in nothing that a failed run leaves behind.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../src/index.ts';
import { CANARIES, canaryColumns, findTraces, placesIn, placesOf, plant } from './canaries.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { configText, createPair, dropPair, type Pair, runSync } from './sync.ts';

describe('a canary in every masked column', () => {
  const traces = CANARIES.flatMap(canary => canary.traces);
  const columns = Object.fromEntries(CANARIES.map(({ column, rule }) => [column, rule]));
  const tables = { 'public.*': { keep: ['id', 'grants'], columns } };

  let pair: Pair;
  beforeAll(async () => {
    // The one travels in binary; the other has a type without binary form, and travels in text.
    pair = await createPair(`
      create table public.in_binary (id int primary key generated always as identity, grants int, ${canaryColumns});
      create table public.in_text (id int primary key generated always as identity, grants aclitem, ${canaryColumns});
      create materialized view public.overview as select in_text from public.in_text`);
    await pair.source.query(`${plant('public.in_binary')}; ${plant('public.in_text')}`);
  });
  afterAll(() => dropPair(pair));

  test.each([
    ['copy', 'json'],
    ['cursor', 'text'],
  ])('is found nowhere when read by %s, with a log in %s', async (read, log) => {
    const source = { url: 'env:SOURCE_URL', read };
    const run = await runSync(pair, configText(tables, { source }), { args: ['--log', log] });
    expect(run).toMatchObject({ exitCode: 0, report: expect.stringContaining('"rows": 4') });
    const places = { ...placesOf(run), ...(await placesIn(pair.target.query)) };
    expect(Object.keys(places)).toEqual(expect.arrayContaining(['public.overview', 'pgveil.run', 'pgveil.put_aside']));
    expect(findTraces(traces, places)).toEqual([]);
  });

  test('is found in the target by the same search where its columns are kept', async () => {
    const run = await runSync(pair, configText({ 'public.*': 'keep' }));
    expect(run.exitCode).toBe(0);
    const places = await placesIn(pair.target.query);
    for (const place of ['in_binary', 'in_text', 'overview'].map(name => `public.${name}`)) {
      const text = { [place]: places[place] ?? '' };
      // A column may have a trace in another form, such as digits without their separators: one of them is enough.
      for (const { column, traces } of CANARIES) expect(findTraces(traces, text), column).not.toEqual([]);
    }
  });
});

const KEPT = 'Kept-Gastornis';
const MASKED = 'Masked-Smilodon';

/** What makes a run fail: SQL in the target, or how the table is planned. */
interface Fault {
  readonly codes: readonly string[];
  /** What a trial says of it before. */
  readonly trial?: string;
  readonly target?: string;
  readonly plan?: Readonly<Record<string, unknown>>;
  /** Of the column `masked`. */
  readonly rule?: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'keys and indexes that cannot be rebuilt': {
    codes: ['ANON_TARGET_UNIQUE', 'ANON_TARGET_DEFINITION'],
    target: `create unique index on public.t (kept); alter table public.t add unique (kept);
      create index on public.t ((kept::int))`,
  },
  'an exclusion constraint': {
    codes: ['ANON_TARGET_EXCLUSION'],
    target: 'alter table public.t add exclude using btree (kept with =)',
  },
  'a check': { codes: ['ANON_TARGET_CHECK'], target: 'alter table public.t add check (length(kept) < 5)' },
  'a column that wants a value': {
    codes: ['ANON_TARGET_NOT_NULL'],
    trial: 'ANON_TRIAL_ROWS',
    target: 'alter table public.t alter empty set not null',
  },
  'a foreign key': {
    codes: ['ANON_TARGET_FOREIGN_KEY'],
    trial: 'ANON_TRIAL_ROWS',
    target: `create table public.allowed (name text primary key);
      alter table public.t add foreign key (kept) references public.allowed`,
  },
  'a generated column that casts': {
    codes: ['ANON_TARGET_VALUE'],
    target: 'alter table public.t add cast_column int generated always as (kept::int) stored',
  },
  'a partitioned table without a partition for it': {
    codes: ['ANON_TARGET_PARTITION'],
    target: `drop table public.t;
      create table public.t (id int, kept text, empty text, masked varchar(200)) partition by list (kept);
      create table public.t_other partition of public.t for values in ('other')`,
  },
  'a materialised view that casts': {
    codes: ['ANON_TARGET_VALUE'],
    target: 'create materialized view public.view_of_t as select kept::int from public.t',
  },
  'a filter that casts': { codes: ['ANON_DATABASE'], plan: { where: 'kept::int > 0' } },
  'a strategy that throws': { codes: ['ANON_STRATEGY_FAILED'], rule: 'throws' },
  'a strategy that writes too much': {
    codes: ['ANON_VALUE_TOO_LONG'],
    trial: 'ANON_VALUE_TOO_LONG',
    rule: 'repeats',
  },
  'a strategy that writes a zero byte': {
    codes: ['ANON_TARGET_VALUE'],
    trial: 'ANON_TRIAL_ROWS',
    rule: 'adds_zero',
  },
};

/** Strategies as a careless user might write them: what they throw or write has the value in it. */
const CARELESS = {
  throws: 'throw new Error("cannot handle " + value)',
  repeats: 'return value.repeat(20)',
  adds_zero: 'return value + "\\0"',
};

describe('a run that fails leaves nothing of any value behind', () => {
  let empty: TestDatabase;
  let source: TestDatabase;
  let strategies: string;
  beforeAll(async () => {
    empty = await createDatabase();
    await empty.query('create table public.t (id int, kept text, empty text, masked varchar(200))');
    source = await createDatabase({ template: empty });
    await source.query(`insert into public.t select n, '${KEPT}', null, '${MASKED}' from generate_series(1, 3) n`);
    strategies = await mkdtemp(join(tmpdir(), 'pgveil-test-'));
    const contract = new URL('../src/strategy.ts', import.meta.url).href;
    for (const [name, body] of Object.entries(CARELESS)) {
      await writeFile(
        join(strategies, `${name}.ts`),
        `import { defineStrategy, z } from '${contract}';
        export default defineStrategy({ summary: 'Careless.', options: z.strictObject({}), accepts: 'any', examples: [],
          guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
          create: () => ({ value: (value) => { ${body}; } }) });`,
      );
    }
  });
  afterAll(async () => {
    await rm(strategies, { recursive: true });
    await source.drop();
    await empty.drop();
  });

  const runs = Object.entries(FAULTS).flatMap(([name, fault]) => [
    [name, 0, fault.codes, fault] as const,
    ...(fault.trial ? [[`${name}, in a trial`, 500, [fault.trial], fault] as const] : []),
  ]);
  test.each(runs)('%s', async (_, trial_rows, codes, { target: sql = '', plan = {}, rule = 'hash' }) => {
    const target = await createDatabase({ template: empty });
    try {
      await target.query(sql);
      const tables = { 'public.t': { keep: ['id', 'kept', 'empty'], columns: { masked: rule }, ...plan } };
      const config = configText(tables, { strategies, parallel: 1, trial_rows });
      const run = await runSync({ source, target }, config, { args: ['--log', 'json'] });
      expect(run.exitCode).not.toBe(0);
      const { code, message, findings } = errorIn(run.stderr);
      expect([code, ...findings.map(found => found.code)]).toEqual(expect.arrayContaining([...codes]));
      for (const one of findings.length > 0 ? findings : [{ message }]) {
        expect(one.message).toMatch(/public\.(t|view_of_t)\b/);
      }
      const { 'pg_catalog.pg_stats': statistics = '', ...places } = await placesIn(target.query);
      expect(findTraces([KEPT, MASKED], { ...placesOf(run), ...places })).toEqual([]);
      // What is kept may be in the target; its tables are empty again, but ANALYZE may have come before.
      expect(findTraces([MASKED], { statistics })).toEqual([]);
    } finally {
      await target.drop();
    }
  });
});

/** The error that the command told with --log json. */
function errorIn(stderr: string): Finding & { readonly findings: readonly Finding[] } {
  return JSON.parse(stderr.split('\n').find(line => line.includes('"event":"error"')) ?? '{}');
}
