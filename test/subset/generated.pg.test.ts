// A generated schema with what makes closing hard: circles, tables that reference themselves, NULLs, keys of several columns,
// several references between the same tables, and partitions on both ends. The oracle says what each subset has.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configOf, createPair, dropPair, type Pair } from '../sync.ts';
import { type Link, type Rows, type Start, subsetRows, type World } from './oracle.ts';
import { syncSubset } from './world.ts';

const SCHEMA = `
create table team (id int primary key, lead int, name text);
create table person (id int primary key, team int references team, boss int references person, mentor int references person, active boolean);
alter table team add foreign key (lead) references person;
create table region (country text, code int, primary key (country, code));
create table site (id int primary key, country text, code int, owner int references person,
  foreign key (country, code) references region);
create table event (id int, site int references site, by_person int references person, follows int, primary key (id)) partition by range (id);
create table event_1 partition of event for values from (minvalue) to (200);
create table event_2 partition of event for values from (200) to (maxvalue) partition by hash (id);
create table event_2a partition of event_2 for values with (modulus 2, remainder 0);
create table event_2b partition of event_2 for values with (modulus 2, remainder 1);
alter table event add foreign key (follows) references event;
create table ring_a (id int primary key, b int);
create table ring_b (id int primary key, c int);
create table ring_c (id int primary key, a int references ring_a);
alter table ring_a add foreign key (b) references ring_b;
alter table ring_b add foreign key (c) references ring_c;
create table note (id int primary key, event int references event, person int references person)`;

// No random numbers: a failure must come back. A prime each, so that no two columns go together.
const ROWS = `
set session_replication_role = replica;
insert into team select n, case when n % 3 > 0 then 1 + n * 37 % 300 end, 'team ' || n from generate_series(1, 20) n;
insert into person select n, case when n % 7 > 0 then 1 + n * 13 % 20 end, case when n % 11 > 0 then 1 + n / 2 end,
  case when n % 5 = 0 then 1 + n * 29 % 300 end, n % 17 > 0 from generate_series(1, 300) n;
insert into region select chr(65 + n % 5), n from generate_series(1, 40) n;
insert into site select n, case when n % 6 > 0 then chr(65 + (1 + n % 40) % 5) end, case when n % 4 > 0 then 1 + n % 40 end, 1 + n * 7 % 300
  from generate_series(1, 100) n;
insert into event select n, 1 + n * 17 % 100, case when n % 2 = 0 then 1 + n * 19 % 300 end, case when n % 3 = 0 then 1 + n * 31 % 400 end
  from generate_series(1, 400) n;
insert into ring_a select n, case when n % 10 > 0 then 1 + n * 3 % 90 end from generate_series(1, 90) n;
insert into ring_b select n, case when n % 9 > 0 then 1 + n * 7 % 90 end from generate_series(1, 90) n;
insert into ring_c select n, case when n % 8 > 0 then 1 + n * 11 % 90 end from generate_series(1, 90) n;
insert into note select n, case when n % 2 = 0 then 1 + n * 23 % 400 end, case when n % 3 = 0 then 1 + n * 41 % 300 end
  from generate_series(1, 500) n;
set session_replication_role = origin`;

const link = (child: string, columns: string, parent: string, keys = 'id'): Link => ({
  child,
  columns: columns.split(' '),
  parent,
  keys: keys.split(' '),
});
const LINKS = [
  link('team', 'lead', 'person'),
  link('person', 'team', 'team'),
  link('person', 'boss', 'person'),
  link('person', 'mentor', 'person'),
  link('site', 'country code', 'region', 'country code'),
  link('site', 'owner', 'person'),
  link('event', 'site', 'site'),
  link('event', 'by_person', 'person'),
  link('event', 'follows', 'event'),
  link('ring_a', 'b', 'ring_b'),
  link('ring_b', 'c', 'ring_c'),
  link('ring_c', 'a', 'ring_a'),
  link('note', 'event', 'event'),
  link('note', 'person', 'person'),
];
const NAMES = ['team', 'person', 'region', 'site', 'event', 'ring_a', 'ring_b', 'ring_c', 'note'];

let pair: Pair;
let tables: Record<string, Rows>;

beforeAll(async () => {
  pair = await createPair(`${SCHEMA}; ${ROWS}`);
  tables = {};
  for (const name of NAMES) tables[name] = await pair.source.query(`select * from ${name}`);
});
afterAll(() => dropPair(pair));

interface Case {
  readonly what: string;
  readonly subset: object;
  readonly starts: readonly Start[];
  readonly isFollowed: (link: Link) => boolean;
  /** Table → `where`, as SQL and as the oracle's. */
  readonly where?: Readonly<Record<string, readonly [sql: string, has: (row: Rows[number]) => boolean]>>;
}
const id = (row: Rows[number]): number => row.id as number;

const CASES: readonly Case[] = [
  {
    what: 'parents only, through circles and to the top of a hierarchy',
    subset: { tables: { 'public.person': { where: 'id in (250, 143)' } }, children: 'none' },
    starts: [{ table: 'person', has: row => [250, 143].includes(id(row)) }],
    isFollowed: () => false,
  },
  {
    what: 'all children, down a hierarchy and through partitions',
    subset: { tables: { 'public.site': { where: 'site.id < 4' } } },
    starts: [{ table: 'site', has: row => id(row) < 4 }],
    isFollowed: () => true,
  },
  {
    what: 'a ring of three tables',
    subset: {
      tables: { 'public.ring_b': { where: 'id = 17' }, 'public.ring_c': { where: 'id = 80' } },
      children: 'none',
    },
    starts: [
      { table: 'ring_b', has: row => id(row) === 17 },
      { table: 'ring_c', has: row => id(row) === 80 },
    ],
    isFollowed: () => false,
  },
  {
    what: 'children of some tables only',
    subset: {
      tables: { 'public.person': { where: 'id = 40' } },
      children: { 'public.event*': { of: ['public.person'] }, 'public.note': 'all' },
    },
    starts: [{ table: 'person', has: row => id(row) === 40 }],
    isFollowed: ({ child, parent }) => child === 'note' || (child === 'event' && parent === 'person'),
  },
  {
    what: 'a part of a partitioned table, and one table whole',
    subset: {
      tables: { 'public.event': { where: 'id % 50 = 0' }, 'public.region': 'whole' },
      children: { 'public.event': 'all' },
    },
    starts: [
      { table: 'event', has: row => id(row) % 50 === 0 },
      { table: 'region', has: () => true, isWhole: true },
    ],
    isFollowed: ({ child }) => child === 'event',
  },
  {
    what: '`where` of other tables, which leaves out what needs their rows, and what needs that',
    subset: { tables: { 'public.event': { where: 'id < 120' } } },
    starts: [{ table: 'event', has: row => id(row) < 120 }],
    isFollowed: () => true,
    where: {
      person: ['person.id <> 290 -- a leaf', row => id(row) !== 290],
      region: ['code not in (7, 23)', row => ![7, 23].includes(row.code as number)],
    },
  },
];

describe('a subset of a schema with circles', () => {
  test.each(CASES)('has what its definition says: $what', async ({ subset, starts, isFollowed, where = {} }) => {
    const filtered = Object.entries(where).map(([name, [sql]]) => {
      const keep = Object.keys(tables[name]![0]!);
      return [`public.${name}`, { keep, where: sql }] as const;
    });
    const config = configOf({ 'public.*': 'keep', ...Object.fromEntries(filtered) }, { subset });
    await syncSubset(pair, config, { parallel: 2 });
    const wanted = Object.fromEntries(Object.entries(where).map(([name, [, has]]) => [name, has]));
    const world: World = { tables, links: LINKS, wanted };
    const rows = subsetRows(world, starts, isFollowed);
    const sizes = (of: ReturnType<typeof subsetRows>) => NAMES.map(name => of[name]!.size);
    expect(Math.max(...sizes(rows))).toBeGreaterThan(0);
    if (Object.keys(where).length > 0) {
      expect(sizes(rows)).not.toEqual(sizes(subsetRows({ tables, links: LINKS }, starts, isFollowed)));
    }
    for (const name of NAMES) {
      const keys = Object.keys(tables[name]![0]!).join(', ');
      const found = await pair.target.query(`select ${keys} from ${name} order by 1, 2`);
      const own = [...rows[name]!].map(row => JSON.stringify(row)).sort();
      expect(found.map(row => JSON.stringify(row)).sort(), name).toEqual(own);
    }
  });

  test('has at most so many children for each row, and never one that `where` leaves out in their place', async () => {
    const keep = Object.keys(tables.person![0]!);
    const start = { where: 'id in (1, 2, 3)' };
    const counts = await syncSubset(
      pair,
      configOf(
        { 'public.*': 'keep', 'public.person': { keep, where: 'id not in (290, 247)' } },
        {
          subset: {
            tables: { 'public.team': start },
            children: { 'public.person': { of: ['public.team'], limit: 4 } },
          },
        },
      ),
    );
    const possible = subsetRows(
      { tables, links: LINKS, wanted: { person: row => ![290, 247].includes(id(row)) } },
      [{ table: 'team', has: row => id(row) <= 3 }],
      ({ child, columns }) => child === 'person' && columns[0] === 'team',
    );
    const perTeam = await pair.target.query<{ team: number; n: number }>(
      'select team, count(*)::int as n from person where team in (1, 2, 3) group by team',
    );
    for (const { team, n } of perTeam) {
      const all = [...possible.person!].filter(row => row.team === team).length;
      expect(n, `team ${team}`).toBeGreaterThanOrEqual(Math.min(4, all));
    }
    expect(counts['public.person']).toBeLessThan(possible.person!.size);
  });
});
