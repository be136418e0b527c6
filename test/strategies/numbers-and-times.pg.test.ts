// noise, date_shift, generalize, random and sequence in a real sync: extremes too, in both formats and by both readers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { hashTable } from '../database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';
import { EXTREMES } from './extremes.ts';

const literals = (type: string, usable = (_value: string): boolean => true): string =>
  `array[${(EXTREMES[type] ?? []).filter(usable).map(value => `'${value}'`)}]::${type}[]`;
/** Where a range begins at a number that the type cannot hold is tried without a database. */
const SCHEMA = `
create table measure (
  id bigint primary key, person int, i int, b bigint, n numeric, money numeric(6, 2), f float8, d date, t timestamp, tz timestamptz);
insert into measure
select row, case when row % 4 > 0 then row % 40 end,
  (${literals('integer')})[row], (${literals('bigint', value => value.length < 19)})[row], (${literals('numeric', value => value.length < 131_072)})[row],
  (${literals('numeric(6,2)')})[row], (${literals('double precision')})[row], (${literals('date')})[row],
  (${literals('timestamp without time zone')})[row], (${literals('timestamp with time zone')})[row]
from generate_series(1, 25) row;
insert into measure
select row, case when row % 4 > 0 then row % 40 end, row % 90, row * 1000003::bigint, row / 7.0, row / 9.0, row / 11.0, date '1950-01-01' + row,
  timestamp '1990-01-01' + row * interval '1 hour 7 min 3.123456 s', timestamptz '1990-01-01 00:00+00' + row * interval '3 days 1 s'
from generate_series(26, 3000) row;
create table visit (day date, id int, cost int, address inet, zip text, label text, primary key (day, id)) partition by range (day);
create table visit_1 partition of visit for values from (minvalue) to ('2024-01-01');
create table visit_2 partition of visit for values from ('2024-01-01') to (maxvalue);
insert into visit select date '2023-06-01' + i, i, i % 100, ('10.1.' || i % 250 || '.7')::inet, lpad(i::text, 5, '0'), 'x'
from generate_series(1, 400) i;
create table plain (id int primary key, code text, number int);
insert into plain select i, 'secret ' || i, i from generate_series(1, 2000) i`;

const VISIT = {
  keep: ['day', 'id'],
  columns: {
    cost: { strategy: 'noise', epsilon: 5, min: 0, max: 1000 },
    address: { strategy: 'generalize', to: '/16' },
    zip: { strategy: 'generalize', keep_prefix: 3 },
    label: { strategy: 'random', choices: ['p', 'q'] },
  },
};
const PLAIN = {
  keep: ['id'],
  columns: { code: { strategy: 'sequence', prefix: 'c-' }, number: { strategy: 'sequence', start: 10 } },
};
const PERIOD = { min: '1990-01-01', max: '2020-01-01' };
const noiseRules = (epoch: number) => ({
  i: { strategy: 'noise', epsilon: 3, min: 0, max: 200, epoch },
  b: { strategy: 'noise', epsilon: 3, min: 0, max: '3000000000', grid: 1000, epoch },
  n: { strategy: 'noise', epsilon: 3, min: 0, max: 500, grid: 0.001, epoch },
  money: { strategy: 'noise', epsilon: 3, min: -100, max: 500, epoch },
  f: { strategy: 'noise', epsilon: 3, delta: 1e-9, mechanism: 'gaussian', min: -1, max: 300, grid: 0.5, epoch },
  d: { strategy: 'noise', epsilon: 3, min: '1940-01-01', max: '1970-01-01', epoch },
  t: { strategy: 'noise', epsilon: 3, ...PERIOD, unit: 'minute', row_key: 'id', epoch },
  tz: { strategy: 'noise', epsilon: 3, ...PERIOD, unit: 'hour', epoch },
});
const GENERAL = {
  i: { strategy: 'generalize', bucket: 10, top: 80, bottom: 0 },
  b: { strategy: 'generalize', bucket: 1000000 },
  n: { strategy: 'generalize', to: 5 },
  money: { strategy: 'generalize', bucket: [-100, 0, 50, 200] },
  f: { strategy: 'generalize', bucket: 0.5, top: 1000000, bottom: -1000000 },
  d: { strategy: 'generalize', to: 'decade' },
  t: { strategy: 'generalize', to: 'quarter' },
  tz: { strategy: 'date_shift', by: 'person', max_days: 100, keep_weekday: true },
};

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const SOURCES = ['copy', 'cursor'] as const;
const measure = (columns: object) => ({ keep: ['id', 'person'], columns });
async function run(columns: object, settings: { read?: string; parallel?: number } = {}) {
  const { read = 'copy', parallel = 2 } = settings;
  const tables = { 'public.measure': measure(columns), 'public.visit': VISIT, 'public.plain': PLAIN };
  await syncPair(pair, configOf(tables, { source: { url: 'env:SOURCE_URL', read }, parallel }));
  const visit = await hashTable(pair.target.query, 'visit', ['day', 'id', 'cost', 'address', 'zip']);
  return { measure: await hashTable(pair.target.query, 'measure'), visit };
}
const rows = (sql: string) => pair.target.query<Record<string, number>>(sql);

test('syncs of one epoch repeat their noise in binary, in text, by a cursor and by one worker; the next epoch does not', async () => {
  const first = await run(noiseRules(1));
  expect(await run(noiseRules(1), { parallel: 1 })).toEqual(first);
  expect(await run(noiseRules(1), { read: 'cursor' })).toEqual(first);
  expect((await run(noiseRules(2))).measure).not.toEqual(first.measure);
  await pair.source.query('alter table measure add kind regtype');
  await pair.target.query('alter table measure add kind regtype');
  const columns = { ...noiseRules(1), kind: 'nullify' };
  const asText = await run(columns);
  expect(asText.visit).toEqual(first.visit);
  const bare = ['id', 'person', 'i', 'b', 'n', 'money', 'f', 'd', 't', 'tz'];
  expect(await hashTable(pair.target.query, 'measure', bare)).toEqual(first.measure);
  await pair.source.query('alter table measure drop kind');
  await pair.target.query('alter table measure drop kind');
});

test('noise stays between its bounds and on its grid, extremes and infinities too', async () => {
  await run(noiseRules(1));
  const [bad] = await rows(`select count(*)::int as bad from measure where i not between 0 and 200
    or b not between 0 and 3000000000 or b % 1000 <> 0 or n not between 0 and 500 or n <> round(n, 3)
    or money not between -100 and 500 or f not between -1 and 300 or f * 2 <> round(f * 2)
    or d not between '1940-01-01' and '1970-01-01' or t not between '1990-01-01' and '2020-01-01'
    or t <> date_trunc('minute', t) or tz not between '1990-01-01 00:00+00' and '2020-01-01 00:00+00' or tz <> date_trunc('hour', tz)`);
  expect(bad).toEqual({ bad: 0 });
  const [nulls] = await rows(
    `select count(*) filter (where i is null)::int as i, count(*) filter (where tz is null)::int as tz from measure`,
  );
  const [expected] = await pair.source.query(
    `select count(*) filter (where i is null)::int as i, count(*) filter (where tz is null)::int as tz from measure`,
  );
  expect(nulls).toEqual(expected);
  // Over 3,000 rows the noise of the cost, of a standard deviation of 283, is away from zero in almost all.
  const source = await pair.source.query<{ id: number; cost: number }>('select id, cost from visit order by day');
  const target = await pair.target.query<{ id: number; cost: number }>('select id, cost from visit order by day');
  expect(target.filter((row, index) => row.cost === source[index]?.cost).length).toBeLessThan(40);
});

describe.each(SOURCES)('read by %s', read => {
  beforeAll(() => run(GENERAL, { read }));

  test('what is made coarse is what SQL says', async () => {
    const wrong = async (column: string, sql: string) => {
      const expected = await pair.source.query(`select id::int, (${sql})::text as value from measure order by id`);
      const found = await pair.target.query(`select id::int, ${column}::text as value from measure order by id`);
      expect(found, column).toEqual(expected);
    };
    await wrong('i', `case when i >= 80 then 80 when i < 0 then 0 else i / 10 * 10 end`);
    await wrong('b', `floor(b / 1000000.0) * 1000000`);
    await wrong(
      'n',
      `case when n::text in ('NaN', 'Infinity', '-Infinity') then n else trim_scale(floor((n + 2.5) / 5) * 5) end`,
    );
    await wrong(
      'money',
      `case when money is null then null when money = 'NaN' or money >= 200 then 200.00 when money >= 50 then 50.00 when money >= 0 then 0.00 else -100.00 end`,
    );
    await wrong('f', `case when f >= 1e6 then 1e6 when f < -1e6 then -1e6 else floor(f * 2) / 2 + 0 end::float8`);
    const decade = `extract(decade from d)::int * 10`;
    await wrong(
      'd',
      `case when not isfinite(d) then d when d < '4710-01-01 BC' then '4714-11-24 BC'::date
       else make_date(case when ${decade} > 0 then ${decade} else ${decade} - 1 end, 1, 1) end`,
    );
  });

  test('what is cut to a quarter is what SQL says', async () => {
    const sql = `case when not isfinite(t) then t when t < '4714-12-31 BC' then '4714-11-24 BC' else date_trunc('quarter', t) end`;
    const expected = await pair.source.query(`select id::int, (${sql})::text as value from measure order by id`);
    expect(await pair.target.query('select id::int, t::text as value from measure order by id')).toEqual(expected);
  });

  test('dates of one person keep their distances, weekdays and times of day', async () => {
    const source = await pair.source.query<{ id: string; person: number | null; tz: string }>(
      `select id::text, person, tz::text from measure where id > 25 order by id`,
    );
    const shifts = await pair.target.query<{ id: string; tz: string }>(
      `select id::text, tz::text from measure where id > 25 order by id`,
    );
    const byPerson = new Map<number | null, Set<number>>();
    for (const [index, { person, tz }] of source.entries()) {
      const days = (Date.parse(shifts[index]!.tz) - Date.parse(tz)) / 86_400_000;
      expect(Math.abs(days) % 7).toBe(0);
      expect(Math.abs(days)).toBeGreaterThan(0);
      byPerson.set(person, (byPerson.get(person) ?? new Set()).add(days));
    }
    for (const [person, days] of byPerson) {
      if (person === null) expect(days.size).toBeGreaterThan(5);
      else expect(days.size).toBe(1);
    }
  });
});

test('addresses, codes, choices and running numbers arrive', async () => {
  await run(GENERAL);
  const [visits] =
    await rows(`select count(*)::int as all, count(*) filter (where address = '10.1.0.0/16')::int as networks,
    count(*) filter (where zip like '___**')::int as zips, count(distinct label)::int as labels from visit`);
  expect(visits).toEqual({ all: 400, networks: 400, zips: 400, labels: 2 });
  const [plain] =
    await rows(`select count(distinct code)::int as codes, min(number)::int as first, max(number)::int as last,
    count(distinct number)::int as numbers from plain`);
  expect(plain).toEqual({ codes: 2000, first: 10, last: 2009, numbers: 2000 });
});

async function refusalOf(tables: object): Promise<AnonymizeError> {
  const refused: unknown = await syncPair(pair, configOf(tables)).catch(error => error);
  if (!(refused instanceof AnonymizeError)) throw new Error('it was not refused', { cause: refused });
  return refused;
}

test('a sequence on partitions, and noise without bounds, are findings of the plan', async () => {
  const tables = {
    'public.measure': { ...measure(GENERAL), columns: { ...GENERAL, i: { strategy: 'noise', epsilon: 1 } } },
    'public.visit': { ...VISIT, columns: { ...VISIT.columns, label: 'sequence' } },
    'public.plain': PLAIN,
  };
  const { code, findings } = await refusalOf(tables);
  expect(code).toBe('ANON_PLAN_REFUSED');
  expect(findings.map(found => found.message).join('\n')).toMatch(/measure\.i: .*min[\s\S]*numbers of one partition/);
});

test('a reference to a key that is numbered anew is a finding, for its rows would be lost', async () => {
  await pair.source.query('create table child (id int primary key, plain int references plain)');
  await pair.target.query('create table child (id int primary key, plain int references plain)');
  const tables = {
    'public.measure': 'keep',
    'public.visit': 'keep',
    'public.plain': { keep: ['code', 'number'], columns: { id: 'sequence' } },
    'public.child': { keep: ['id'] },
  };
  const { findings } = await refusalOf(tables);
  expect(findings.map(found => found.message).join('\n')).toMatch(
    /public\.child\.plain: strategy "sequence": .*this reference/,
  );
});
