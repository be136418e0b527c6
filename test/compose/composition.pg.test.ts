import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { plan } from '../../src/index.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';

const SCHEMA = `
create type mood as enum ('calm', 'loud');
create table person (id int primary key, country text, age int, born date, phone text, iban text, note text,
  tags text[], codes varchar(6)[], moods mood[], wait interval);
insert into person
select i, (array['DE', 'CH', 'US', null])[i % 4 + 1], i % 90, date '1950-01-01' + i * 30,
  case when i % 5 > 0 then '+49 170 ' || lpad(i::text, 7, '0') end,
  case when i % 7 = 0 then 'not an iban' else lpad(i::text, 16, '4') end,
  case i % 3 when 0 then '' when 1 then 'secret ' || i end,
  case when i % 4 > 0 then array['tag, "' || i || '"', null, '', 'NULL', 'x'] end,
  case when i % 2 = 0 then ('[2:3]={' || i || ',b}')::varchar(6)[] else array[['a', 'b'], ['c', i::text]] end,
  array['calm'::mood, null],
  interval '1 day'
from generate_series(1, 2000) i`;

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const constant = (value: string, rest: object = {}) => ({ strategy: 'constant', value, ...rest });
const step = (rule: object) => Object.fromEntries([['then', rule]]); // an object with `then` looks like a promise
const COLUMNS = {
  phone: [
    { when: { column: 'country', in: ['DE', 'CH'] }, strategy: 'phone', keep_prefix: true },
    {
      when: {
        all: [
          { column: 'age', at_least: 18 },
          { column: 'born', less_than: '1960-01-01' },
        ],
      },
      ...constant('old'),
    },
    { when: { any: [{ column: 'country', is_null: true }, { matches: '7$' }] }, strategy: 'nullify' },
    'hash',
  ],
  iban: { strategy: 'fpe', preset: 'card', on_invalid: { replace: 'none' } },
  note: { ...constant('removed'), keep_null: false, keep_empty: true },
  country: { strategy: 'hash', length: 20, ...step({ strategy: 'mask', keep_last: 4 }) },
};
const KEEP = ['id', 'age', 'born', 'tags', 'codes', 'moods', 'wait'];
const configWith = (columns: object, { keep = KEEP, read = 'copy' } = {}) =>
  configOf({ 'public.person': { keep, columns } }, { source: { url: 'env:SOURCE_URL', read } });

interface Row {
  readonly id: number;
  readonly [column: string]: unknown;
}
const rowsOf = (database: Pair['source'], columns: string): Promise<Row[]> =>
  database.query(`select id, ${columns} from person order by id`);

/** Binary by COPY (wait is not replaced), text by a cursor. */
describe.each(['copy', 'cursor'])('read by %s', read => {
  test('each row has the first case that fits it, NULLs and empty values what the rule says', async () => {
    await syncPair(pair, configWith(COLUMNS, { read }));
    const source = await rowsOf(pair.source, 'country, age, born::text, phone, iban, note');
    const target = await rowsOf(pair.target, 'country, age, born::text, phone, iban, note');
    expect(target).toHaveLength(2000);
    const seen = new Set<string>();
    source.forEach((row, index) => {
      const out = target[index]!;
      const phone = row.phone as string | null;
      const isOld = (row.age as number) >= 18 && (row.born as string) < '1960-01-01';
      const kind =
        phone === null
          ? 'null'
          : ['DE', 'CH'].includes(row.country as string)
            ? 'phone'
            : isOld
              ? 'old'
              : row.country === null || phone.endsWith('7')
                ? 'nullified'
                : 'hash';
      seen.add(kind);
      const wanted = { null: null, old: 'old', nullified: null, phone: /^\+49 \d{3} \d{7}$/, hash: /^[0-9a-f]{32}$/ }[
        kind
      ];
      if (wanted instanceof RegExp) expect(out.phone).toMatch(wanted);
      else expect(out.phone).toBe(wanted);
      expect(out.phone === phone && phone !== null).toBe(false);
      expect(out.note).toBe(row.note === '' ? '' : 'removed');
      if (row.iban === 'not an iban') expect(out.iban).toBe('none');
      else expect(out.iban).toMatch(/^\d{16}$/);
      if (row.country === null) expect(out.country).toBeNull();
      else expect(out.country).toMatch(/^\*{16}[0-9a-f]{4}$/);
    });
    expect([...seen].sort()).toEqual(['hash', 'null', 'nullified', 'old', 'phone']);
  });

  test('strategies replace the elements of arrays, and leave their shape', async () => {
    const columns = { ...COLUMNS, tags: { strategy: 'hash', length: 8 }, codes: { strategy: 'mask', keep_first: 1 } };
    const keep = KEEP.filter(name => name !== 'tags' && name !== 'codes');
    await syncPair(pair, configWith(columns, { keep, read }));
    const shape = `array_dims(tags) as tag_dims, array_dims(codes) as code_dims, array_length(tags, 1) as length,
      array_position(tags, null) as null_at`;
    expect(await rowsOf(pair.target, shape)).toEqual(await rowsOf(pair.source, shape));
    const [first] = await pair.target.query<{ tags: (string | null)[]; codes: string[][] }>(
      'select tags, codes from person where id = 1',
    );
    expect(first?.tags).toEqual(
      [...Array(5)].map((_, at) => (at === 1 ? null : expect.stringMatching(/^[0-9a-f]{8}$/))),
    );
    expect(first?.codes).toEqual([
      ['*', '*'],
      ['*', '*'],
    ]);
    const [same] = await pair.target.query<{ count: number }>(
      `select count(distinct tags[5])::int as count from person where tags is not null`,
    );
    expect(same?.count).toBe(1);
  });
});

/** What the plan finds. */
async function findingsOf(columns: object, keep = KEEP): Promise<string[]> {
  const refused: unknown = await plan(configWith(columns, { keep }), { env: environmentOf(pair) }).catch(
    error => error,
  );
  if (!(refused instanceof AnonymizeError)) throw new Error('it was not refused');
  return refused.findings.map(({ message }) => message);
}

test.each([
  ['an unknown column', { when: { column: 'contry', equals: 'DE' }, strategy: 'hash' }, 'Did you mean "country"?'],
  ['a constant of another type', { when: { column: 'age', at_least: 'old' }, strategy: 'hash' }, 'no value of integer'],
  [
    'an order that the type has not',
    { when: { column: 'country', less_than: 'Z' }, strategy: 'hash' },
    'less_than on text',
  ],
  ['a pattern that is none', { when: { matches: '(' }, strategy: 'hash' }, 'no regular expression'],
  ['an unknown strategy', { when: { matches: 'x' }, strategy: 'hsh' }, 'no strategy "hsh"'],
])('a condition with %s is a finding', async (_, first, message) => {
  expect((await findingsOf({ ...COLUMNS, phone: [first, 'nullify'] })).join('\n')).toContain(message);
});

test('the plan shows all of a composed rule', async () => {
  const { tables } = await plan(configWith(COLUMNS), { env: environmentOf(pair) });
  const columns = Object.fromEntries(tables[0]!.columns.map(column => [column.name, column]));
  expect(columns.phone?.strategy).toBe('phone or constant or nullify or hash');
  expect(columns.country).toMatchObject({ strategy: 'hash then mask', rule: { steps: [{ strategy: 'mask' }] } });
  expect(columns.iban).toMatchObject({ strategy: 'fpe', rule: { onInvalid: 'none' } });
});
