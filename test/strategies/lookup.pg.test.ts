import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { parseConfig, plan, sync } from '../../src/index.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { configText, createPair, dropPair, environmentOf, type Pair, runSyncHere } from '../sync.ts';

const SCHEMA = `
create schema ref;
create table ref.city (name text, region text, active bool, capital numeric(4, 1), "Odd ""name""" text);
insert into ref.city values
  ('Oslo', 'secret-north', true, 1.5, 'o'), ('Bergen', 'secret-west', false, 2, 'b'), ('Rome', null, true, 3, 'r'),
  (null, 'secret-none', true, 4, 'x');
create table ref.twice (name text, region text);
insert into ref.twice values ('secret-a', 'x'), ('secret-a', 'y');
create view ref.large as select i::text as k, 'v' as v from generate_series(1, 1000001) i;
create table person (
  id int primary key, city text, town text, cities text[], about jsonb, word text, active bool, capital numeric(4, 1));
insert into person
select i, c, c, array[c, 'Oslo'], jsonb_build_object('city', c), w, c = 'Oslo', i
from (values (1, 'Oslo', 'one'), (2, 'Bergen', 'two'), (3, 'Rome', 'three')) v (i, c, w);
create table part (city text, day int) partition by list (day);
create table part_1 partition of part for values in (1);
create table part_2 partition of part for values in (2);
insert into part values ('Oslo', 1), ('Bergen', 2)`;
const CONTROL = `create table codes (code int, word text); insert into codes values (1, 'one'), (2, 'two'), (3, 'three')`;

let pair: Pair;
let control: TestDatabase;
let folder: string;

beforeAll(async () => {
  pair = await createPair(SCHEMA);
  control = await createDatabase();
  await control.query(CONTROL);
  folder = await mkdtemp(join(tmpdir(), 'pgveil-lookup-'));
  await writeFile(join(folder, 'cities.csv'), 'name,region\nOslo,file-north\nBergen,file-west\nRome,file-south\n');
});
afterAll(async () => {
  await Promise.all([dropPair(pair), control.drop()]);
  await rm(folder, { recursive: true });
});

/** Biome takes an object with `then` for a promise. */
const followedBy = (step: object): object => Object.fromEntries([['then', step]]);
const CITY = { strategy: 'lookup', table: 'ref.city', from: 'name', to: 'region' };
const OTHERS = ['id', 'city', 'town', 'cities', 'about', 'word', 'active', 'capital'];

/** Only these tables and columns; all else is skipped or kept. */
function configOf(columns: Readonly<Record<string, unknown>>, tables: object = {}) {
  const keep = OTHERS.filter(name => !(name in columns));
  const text = configText(
    { 'public.person': { keep, columns }, 'ref.*': 'skip', 'public.part*': 'skip', ...tables },
    { control: { url: 'env:CONTROL_URL' } },
  );
  return parseConfig(text, { baseDir: folder });
}
const env = () => ({ ...environmentOf(pair), CONTROL_URL: control.url });
const replacedBy = async (columns: Readonly<Record<string, unknown>>) => {
  await sync(configOf(columns), { env: env() });
  const names = Object.keys(columns).join(', ');
  return pair.target.query(`select ${names} from person order by id`);
};

/** What stands against a plan, as text. */
async function refusal(columns: Readonly<Record<string, unknown>>): Promise<string> {
  const cause: unknown = await plan(configOf(columns), { env: env() }).catch((thrown: unknown) => thrown);
  if (!(cause instanceof AnonymizeError)) throw new Error('nothing was refused', { cause });
  const found = cause.findings.map(({ code, message, fix }) => `${code} ${message} ${fix}`).join('\n');
  expect(`${cause.message} ${found}`).not.toContain('secret');
  return found;
}

test('a map comes from a table of either database, and from a file beside the configuration', async () => {
  const inControl = { strategy: 'lookup', table: 'public.codes', from: 'word', to: 'code', from_database: 'control' };
  expect(
    await replacedBy({
      city: CITY,
      town: { strategy: 'lookup', file: 'cities.csv' },
      word: inControl,
      active: { ...CITY, from: 'active', to: 'active', missing: 'keep' },
      capital: { ...CITY, from: 'capital', to: 'capital', missing: { strategy: 'constant', value: '9.9' } },
    }),
  ).toEqual([
    { city: 'secret-north', town: 'file-north', word: '1', active: true, capital: '9.9' },
    { city: 'secret-west', town: 'file-west', word: '2', active: false, capital: '2.0' },
    { city: null, town: 'file-south', word: '3', active: false, capital: '3.0' },
  ]);
});

test('each strategy of a rule has its own map: in cases, in steps, in elements and inside of documents', async () => {
  const file = { strategy: 'lookup', file: 'cities.csv' };
  const second = { strategy: 'lookup', map: { 'file-west': 'W', 'file-south': 'S' } };
  expect(
    await replacedBy({
      city: [
        { when: { column: 'id', equals: 1 }, ...CITY },
        { ...file, ...followedBy(second) },
      ],
      cities: { ...CITY, missing: 'keep' },
      about: { strategy: 'json', paths: { '$.city': { ...CITY, missing: file } } },
    }),
  ).toEqual([
    { city: 'secret-north', cities: ['secret-north', 'secret-north'], about: { city: 'secret-north' } },
    { city: 'W', cities: ['secret-west', 'secret-north'], about: { city: 'secret-west' } },
    { city: 'S', cities: [null, 'secret-north'], about: { city: null } },
  ]);
});

test('all partitions look up in one map', async () => {
  const tables = { 'public.person': 'skip', 'public.part': { keep: ['day'], columns: { city: CITY } } };
  const config = parseConfig(configText({ 'ref.*': 'skip', ...tables }), { baseDir: folder });
  await sync(config, { env: env() });
  expect(await pair.target.query('select city from part order by 1')).toEqual([
    { city: 'secret-north' },
    { city: 'secret-west' },
  ]);
});

describe('refused by the plan is', () => {
  test.each([
    ['a table that is not there', { ...CITY, table: 'ref.town' }, 'the source database has no table "ref.town"'],
    ['a column that is not there', { ...CITY, to: 'area' }, 'no column "area" in "ref.city"'],
    ['a value with two replacements', { ...CITY, table: 'ref.twice' }, 'replaces differently'],
    [
      'a table that is not in the control database',
      { ...CITY, from_database: 'control' },
      'the control database has no',
    ],
    ['a table with more rows than fit', { ...CITY, table: 'ref.large', from: 'k', to: 'v' }, 'ANON_PLAN_LOOKUP_SIZE'],
    ['a file that is not beside the configuration', { strategy: 'lookup', file: 'towns.csv' }, 'no such file'],
  ])('%s', async (_, city, reason) => {
    expect(await refusal({ city })).toContain(reason);
  });

  test('a table of the control database where there is none', async () => {
    const city = { ...CITY, from_database: 'control' };
    const keep = OTHERS.filter(name => name !== 'city');
    const tables = { 'public.person': { keep, columns: { city } }, 'ref.*': 'skip', 'public.part*': 'skip' };
    const planning = plan(parseConfig(configText(tables), { baseDir: folder }), { env: env() });
    const cause: unknown = await planning.catch((thrown: unknown) => thrown);
    expect(String((cause as AnonymizeError).findings[0]?.message)).toContain(
      'in the control database, and there is none',
    );
  });
});

test('a table that the role may not read is a matter of privileges, and the command says so without a value', async () => {
  await pair.source.query(`
    create role lookup_reader login password 'lookup';
    grant usage on schema public to lookup_reader; grant usage on schema ref to lookup_reader;
    grant select on person to lookup_reader`);
  const url = new URL(pair.source.url);
  Object.assign(url, { username: 'lookup_reader', password: 'lookup' });
  const keep = OTHERS.filter(name => name !== 'city');
  const text = configText({
    'public.person': { keep, columns: { city: CITY } },
    'ref.*': 'skip',
    'public.part*': 'skip',
  });
  const run = await runSyncHere(pair, text, { env: { SOURCE_URL: url.href } });
  await pair.source.query('drop owned by lookup_reader; drop role lookup_reader');
  expect(run.exitCode).toBe(77);
  expect(run.stderr).toContain('ANON_PRIVILEGE');
  expect(run.stdout + run.stderr).not.toContain('secret');
});
