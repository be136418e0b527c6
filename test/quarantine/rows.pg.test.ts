// Rows that the target refuses are sealed, and all others arrive.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashTable, type TestDatabase } from '../database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';
import { useQuarantine } from './quarantined.ts';

const SCHEMA = `
create domain public.short as text;
create domain public.small as numeric(10,2);
create domain public.positive as int;
create type public.mood as enum ('glad', 'sad');
create table public.t (
  id int primary key, required text, amount int, brief public.short, price public.small, size public.positive,
  mood public.mood, number text, kind text, secret text
);
create table public.child (id int primary key, t int)`;

const ROWS = `insert into public.t
select n, 'there', n % 100, 'abc', 1.5, 1, 'glad', '12', 'known', 'Hidden-' || n from generate_series(1, 3001) n`;

/** The target is stricter than the source. */
const STRICTER = `
truncate public.t;
alter domain public.positive add check (value > 0);
alter table public.t alter required set not null, add constraint few check (amount < 1000),
  add column parsed int generated always as (number::int) stored, drop column brief, drop column price, drop column mood;
drop domain public.short, public.small;
drop type public.mood;
create domain public.short as varchar(5);
create domain public.small as numeric(4,2);
create type public.mood as enum ('glad');
alter table public.t add column brief public.short, add column price public.small, add column mood public.mood`;

const PARTITIONED = `
drop table public.t;
create table public.t (
  id int, required text, amount int, brief public.short, price public.small, size public.positive, mood public.mood,
  number text, kind text, secret text
) partition by list (kind);
create table public.t_known partition of public.t for values in ('known')`;

const TABLES = {
  'public.t': {
    keep: ['id', 'required', 'amount', 'brief', 'price', 'size', 'mood', 'number', 'kind'],
    columns: { secret: 'hash' },
  },
  'public.child': 'keep',
};

/** First, in the middle, and last. */
const POSITIONS = [1, 1501, 3001];

const { settings, open } = useQuarantine();

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  await pair.target.query(STRICTER);
});
afterAll(() => dropPair(pair));

/** Fills the source with rows that the target takes, but for those of POSITIONS (or `where`), after this change. */
async function fill(change: string, { where = `id in (${POSITIONS})`, source = pair.source } = {}): Promise<void> {
  // An update moves rows to the end of their table, so those go back to where they were.
  await source.query(`truncate public.t; ${ROWS}; update public.t set ${change} where ${where};
    create temp table rows as select * from public.t; truncate public.t;
    insert into public.t select * from rows order by id; drop table rows`);
}

/** The rows of the target, with what the source has in place of what was replaced. */
const kept = ({ query }: TestDatabase, where = 'true') =>
  hashTable(
    query,
    `(select id, required, amount, size, number, kind, mood::text, price::text, brief::text from public.t where ${where}) t`,
  );

const isTaken = `id not in (${POSITIONS})`;

describe.each([
  ['a NULL', 'required = null', '23502', { column: 'required' }],
  ['a check', 'amount = 5000', '23514', { constraint: 'few' }],
  ['a domain', 'size = -1', '23514', { constraint: 'positive_check' }],
  ['a length', "brief = 'too long for it'", '22001', { column: 'brief' }],
  ['a numeric range', 'price = 12345.67', '22003', { column: 'price' }],
  ['an unknown label', "mood = 'sad'", '22P02', { column: 'mood' }],
  ['a text that is no number', "number = 'twelve'", '22P02', {}],
  ['a number that is too large', "number = '99999999999'", '22003', {}],
] as const)('%s', (_, change, sqlstate, names) => {
  test('costs its rows only, at the first, the middle and the last place', async () => {
    await fill(change);
    const wanted = settings();
    const report = await syncPair(pair, configOf(TABLES, { ...wanted, parallel: 1 }));
    expect(report).toMatchObject({ rows: 2998, quarantined: 3, quarantine: wanted.quarantine.file });
    expect(report.tables.map(({ name, rows, quarantined }) => [name, rows, quarantined])).toEqual([
      ['public.child', 0, 0],
      ['public.t', 2998, 3],
    ]);
    expect(await kept(pair.target)).toEqual(await kept(pair.source, isTaken));

    const rows = await open(wanted.quarantine.file);
    expect(rows.map(({ row }) => row)).toEqual(POSITIONS);
    for (const row of rows) expect(row).toMatchObject({ table: 'public.t', slice: 0, sqlstate, ...names });
    const masked = await pair.target.query<{ secret: string }>('select secret from public.t');
    for (const { values } of rows) {
      expect(values.secret).toMatch(/^[0-9a-f]+$/); // as it would have come: replaced
      expect(masked.map(({ secret }) => secret)).not.toContain(values.secret);
    }
    const source = await pair.source.query(
      `select id::text, required, amount::text, brief::text, price::text, size::text, mood::text, number, kind from public.t
       where id in (${POSITIONS}) order by id`,
    );
    expect(rows.map(({ values: { secret, ...others } }) => others)).toEqual(source);
  });
});

describe('a quarantine', () => {
  test('of a partitioned table takes rows that no partition wants', async () => {
    const other = await createPair(SCHEMA);
    try {
      await other.target.query(`${STRICTER}; ${PARTITIONED}`);
      await fill("kind = 'unknown'", { source: other.source });
      const wanted = settings();
      const report = await syncPair(other, configOf(TABLES, wanted));
      expect(report).toMatchObject({ rows: 2998, quarantined: 3 });
      const rows = await open(wanted.quarantine.file);
      expect(rows.map(({ row, sqlstate, values }) => [row, sqlstate, values.kind])).toEqual(
        POSITIONS.map(position => [position, '23514', 'unknown']),
      );
    } finally {
      await dropPair(other);
    }
  });

  test('is the same read by a cursor, with many rows side by side', async () => {
    await fill('amount = 5000', { where: 'id between 78 and 577' });
    const wanted = settings({ max_rows: 500 });
    const source = { url: 'env:SOURCE_URL', read: 'cursor' };
    const report = await syncPair(pair, configOf(TABLES, { ...wanted, source, trial_rows: 0 }));
    expect(report).toMatchObject({ rows: 2501, quarantined: 500 });
    const rows = await open(wanted.quarantine.file);
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 500 }, (_, n) => n + 78));
    expect(new Set(rows.map(({ values }) => values.secret)).size).toBe(500);
  });

  test('gives back every character of a value', async () => {
    const odd = 'tab\t, line\n, return\r, backslash \\, \\N, quote ", emoji 🙂, control \u0001\b\f\v, end';
    await fill('amount = 5000', { where: 'id = 1' });
    await pair.source.query('update public.t set required = $1 where id = 1', [odd]);
    const wanted = settings();
    await syncPair(pair, configOf(TABLES, wanted));
    expect((await open(wanted.quarantine.file)).map(({ values }) => values.required)).toEqual([odd]);
  });

  test('that gets no row leaves no file, and the report says so', async () => {
    await fill('amount = 1');
    const wanted = settings();
    const report = await syncPair(pair, configOf(TABLES, wanted));
    expect(report).toMatchObject({ rows: 3001, quarantined: 0 });
    expect(report).not.toHaveProperty('quarantine');
    expect(existsSync(wanted.quarantine.file)).toBe(false);
  });

  test('is a file for its owner alone, in which nothing of a row can be read', async () => {
    await fill("required = null, number = '471147'", { where: 'id = 1501' });
    const wanted = settings();
    await syncPair(pair, configOf(TABLES, wanted));
    expect(statSync(wanted.quarantine.file).mode & 0o777).toBe(0o600);
    const text = readFileSync(wanted.quarantine.file, 'latin1');
    expect(text).toContain('"table":["public","t"]');
    for (const value of ['471147', 'Hidden-1501', Buffer.from('471147').toString('base64').slice(0, -2)]) {
      expect(text).not.toContain(value);
    }
  });

  test('names its file by the run, where that is asked for', async () => {
    await fill('amount = 5000', { where: 'id = 1' });
    const { quarantine, ...rest } = settings();
    const file = quarantine.file.replace('.sealed', '-{run}.sealed');
    const { run, quarantine: made = '' } = await syncPair(
      pair,
      configOf(TABLES, { ...rest, quarantine: { ...quarantine, file } }),
    );
    expect(made).toBe(file.replace('{run}', run));
    expect(await open(made)).toHaveLength(1);
  });

  test('takes rows of small tables that share one transaction, of each its own', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `public.small_${n}`);
    const create = names.map(name => `create table ${name} (id int primary key, amount int)`).join('; ');
    const other = await createPair(create);
    try {
      await other.source.query(
        names.map((name, n) => `insert into ${name} select i, i * ${n} from generate_series(1, 50) i`).join('; '),
      );
      await other.target.query(names.map(name => `alter table ${name} add check (amount < 400)`).join('; '));
      const wanted = settings();
      const report = await syncPair(other, configOf({ 'public.*': 'keep' }, wanted));
      const refused = names.map(
        (_, n) => Array.from({ length: 50 }, (_, i) => (i + 1) * n).filter(one => one >= 400).length,
      );
      expect(report.quarantined).toBe(refused.reduce((sum, one) => sum + one, 0));
      for (const [n, name] of names.entries()) {
        const own = report.tables.find(table => table.name === name);
        expect(own).toMatchObject({ rows: 50 - refused[n]!, quarantined: refused[n] }); // one for each
      }
      expect(await open(wanted.quarantine.file)).toHaveLength(report.quarantined ?? 0);
    } finally {
      await dropPair(other);
    }
  });
});
