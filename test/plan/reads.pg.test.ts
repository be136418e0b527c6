import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { plan } from '../../src/index.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';

const CONTRACT = pathToFileURL(join(import.meta.dirname, '../../src/strategy.ts')).href;
/** Writes what it reads, so that the target shows it. */
const BESIDE = `
  import { defineStrategy, z } from '${CONTRACT}';
  const text = (column, index) => column.lengths[index] < 0 ? 'NULL'
    : Buffer.from(column.bytes.slice(column.offsets[index], column.offsets[index] + column.lengths[index])).toString();
  export default defineStrategy({
    summary: 'Writes the values of other columns.',
    options: z.object({ of: z.array(z.string()), key: z.boolean().default(false) }),
    accepts: ['text'],
    guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
    examples: [{ options: { of: [] }, input: 'ada', output: '' }],
    reads: ({ of, key }, { primaryKey }) => [...of, ...(key ? primaryKey : [])],
    create: (options, { reads, table }) => ({
      note: 'key ' + table.primaryKey.join(),
      column(input, output, others) {
        for (let index = 0; index < input.count; index++) {
          output.pushBytes(Buffer.from(reads.map(({ name }, at) => name + '=' + text(others[at], index)).join(' ')));
        }
      },
    }),
  });`;

const SCHEMA = `
create table person (
  id int primary key, born date, paid numeric(6, 2), login text, seen timestamptz, label text,
  twice int generated always as (id * 2) stored);
insert into person (id, born, paid, login, seen, label)
select i, date '2000-01-01' + i, case when i % 3 > 0 then i / 8.0 end, E'tab\\t' || i, timestamptz '2024-01-01 00:00+00' + i * interval '1 s',
  case when i % 5 > 0 then 'secret' end
from generate_series(1, 500) i;
create table area (region int, id int, label text, primary key (region, id)) partition by list (region);
create table area_1 partition of area for values in (1);
create table area_2 partition of area for values in (2);
insert into area values (1, 7, 'x'), (2, 7, 'y')`;

let pair: Pair;
let strategies: string;

beforeAll(async () => {
  strategies = await mkdtemp(join(tmpdir(), 'pgveil-reads-'));
  await writeFile(join(strategies, 'beside.ts'), BESIDE);
  pair = await createPair(SCHEMA);
});
afterAll(async () => {
  await dropPair(pair);
  await rm(strategies, { recursive: true });
});

const rule = (...of: string[]) => ({ strategy: 'beside', of });
const PERSON = {
  keep: ['id', 'seen'],
  columns: { label: rule('id', 'paid', 'born', 'login', 'seen'), born: 'nullify', login: 'hash', paid: 'nullify' },
};
const AREA = { keep: ['region', 'id'], columns: { label: { strategy: 'beside', of: [], key: true } } };
const configWith = (person: object, settings: object = {}) =>
  configOf({ 'public.person': person, 'public.area': AREA }, { strategies, ...settings });

describe.each(['copy', 'cursor'])('read by %s', read => {
  test('a strategy sees what the source holds, also of replaced columns, and NULL as NULL', async () => {
    await syncPair(pair, configWith(PERSON, { source: { url: 'env:SOURCE_URL', read } }));
    const expected = await pair.source.query(
      `select id, 'id=' || id || ' paid=' || coalesce(paid::text, 'NULL') || ' born=' || born || ' login=' || login
         || ' seen=' || (seen at time zone 'utc') || '+00' as label
       from person where label is not null order by id`,
    );
    expect(expected).toHaveLength(400);
    expect(await pair.target.query('select id, label from person where label is not null order by id')).toEqual(
      expected,
    );
    expect(await pair.target.query('select label from area order by region')).toEqual([
      { label: 'region=1 id=7' },
      { label: 'region=2 id=7' },
    ]);
  });
});

/** What the plan finds against a configuration of person. */
async function findingsOf(person: object) {
  const refused: unknown = await plan(configWith(person), { env: environmentOf(pair) }).catch(error => error);
  if (!(refused instanceof AnonymizeError)) throw new Error('it was not refused');
  return refused.findings;
}

test('names of columns that are not there, or generated, are findings with a suggestion', async () => {
  const columns = { ...PERSON.columns, label: rule('idd', 'twice', 'born') };
  const found = await findingsOf({ ...PERSON, columns });
  expect(found.map(({ code }) => code)).toEqual(['ANON_PLAN_UNKNOWN_COLUMN', 'ANON_PLAN_COLUMN_GENERATED']);
  expect(found[0]?.message).toBe('public.person.label: column idd: the table has no such column. Did you mean "id"?');
  expect(found[1]?.message).toContain('public.person.label: column twice');
});

test('a column that is read and has no values in binary sends its table through text', async () => {
  await pair.source.query('alter table person add wait interval default interval $$1 day$$');
  await pair.target.query('alter table person add wait interval default interval $$1 day$$');
  const keep = [...PERSON.keep, 'wait'];
  const kept = await plan(configWith({ ...PERSON, keep }), { env: environmentOf(pair) });
  const read = configWith({ keep, columns: { ...PERSON.columns, label: rule('wait') } });
  const described = await plan(read, { env: environmentOf(pair) });
  const formats = [kept, described].map(({ tables }) => tables.find(({ name }) => name === 'public.person')?.format);
  expect(formats).toEqual(['binary', 'text']);
  await syncPair(pair, read);
  expect(await pair.target.query('select label from person where id = 1')).toEqual([{ label: 'wait=1 day' }]);
});
