import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { plan } from '../../src/index.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';

const SCHEMA = `
create table customer (email text unique, first_name text, last_name varchar(40), login varchar(30) unique,
  id int primary key, note text, profile jsonb, raw json);
insert into customer
select 'c' || i || '@corp.example', 'First' || i, case when i % 6 > 0 then 'Last' || i end, 'login' || i, i,
  case when i % 2 = 0 then 'x' end,
  jsonb_build_object('email', 'c' || i || '@corp.example', 'age', i % 80, 'tags', array['secret', null], 'id', 12345678901234567890.5),
  ('{ "email": "c' || i || '@corp.example", "email": null, "born": "1990-01-' || lpad((i % 28 + 1)::text, 2, '0') || '" }')::json
from generate_series(1, 1500) i;
create table invoice (id int primary key, client int, full_name text, mail text);
insert into invoice select i, i % 1500 + 1, 'First Last', 'm' from generate_series(1, 3000) i`;

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const person = (field: string, by: string, rest: object = {}) => ({ strategy: 'person', field, by, ...rest });
const CUSTOMER = {
  keep: ['id'],
  columns: {
    email: {
      strategy: 'template',
      template: '{first_name}.{last_name}@example.com',
      lower: true,
      ascii: true,
      unique: true,
    },
    first_name: person('first_name', 'id'),
    last_name: person('last_name', 'id'),
    login: person('login', 'id', { unique: true }),
    note: { strategy: 'template', template: '{id}: {login}', keep_null: false },
    profile: {
      strategy: 'json',
      paths: {
        '$.email': 'email',
        '$.age': { strategy: 'generalize', bucket: 10 },
        '$.tags[*]': 'hash',
        '$.id': 'keep',
      },
    },
    raw: {
      strategy: 'json',
      unknown: 'drop',
      paths: { '$.email': [{ when: { column: 'id', less_than: 3 }, strategy: 'constant', value: 'first' }, 'email'] },
    },
  },
};
const INVOICE = {
  keep: ['id', 'client'],
  columns: { full_name: person('full_name', 'client'), mail: person('email', 'client') },
};
const configWith = (customer: object, read = 'copy') =>
  configOf({ 'public.customer': customer, 'public.invoice': INVOICE }, { source: { url: 'env:SOURCE_URL', read } });

describe.each(['copy', 'cursor'])('read by %s', read => {
  test('names, e-mail, login and documents of a person agree, in the row and across tables', async () => {
    await syncPair(pair, configWith(CUSTOMER, read));
    const rows = await pair.target.query<Record<string, string | null> & { id: number }>(
      `select id, email, first_name, last_name, login, note, profile->>'age' as age, profile->>'id' as exact, raw::text as raw,
         profile->>'email' as mail, profile->'tags'->>0 as tag, jsonb_array_length(profile->'tags') as tags from customer order by id`,
    );
    expect(rows).toHaveLength(1500);
    const plain = (name: string | null) => (name ?? '').toLowerCase().replace(/[^a-z.-]/g, '');
    for (const row of rows) {
      expect(row.email).toMatch(
        new RegExp(`^${plain(row.first_name!)}\\.${plain(row.last_name!)}\\.[a-z2-7]{14}@example\\.com$`),
      );
      expect(row.note).toBe(`${row.id}: ${row.login}`);
      expect(row.last_name === null).toBe(row.id % 6 === 0);
      expect(Number(row.age) % 10).toBe(0);
      expect(row.exact).toBe('12345678901234567890.5');
      expect(row.mail).toMatch(/^[a-z2-7]{18}@example\.com$/);
      expect(row.tag).toMatch(/^[0-9a-f]{32}$/);
      expect(row.tags).toBe(2);
      expect(row.raw).toBe(`{ "email": "${row.id < 3 ? 'first' : row.mail}", "email": null}`);
    }
    const agree = await pair.target.query<{ count: number }>(
      `select count(*)::int as count from invoice join customer on client = customer.id
       where full_name = first_name || ' ' || last_name and mail like lower(left(first_name, 1)) || '%@example.com'`,
    );
    const named = await pair.target.query<{ count: number }>(
      'select count(*)::int as count from invoice join customer on client = customer.id where last_name is not null',
    );
    expect(agree).toEqual(named);
  });
});

async function findingsOf(columns: object): Promise<string[]> {
  const refused: unknown = await plan(configWith({ ...CUSTOMER, columns: { ...CUSTOMER.columns, ...columns } }), {
    env: environmentOf(pair),
  }).catch(error => error);
  if (!(refused instanceof AnonymizeError)) throw new Error('it was not refused');
  return refused.findings.map(({ message }) => message);
}

const template = (text: string) => ({ strategy: 'template', template: text });
test('columns that wait for each other are a finding', async () => {
  expect(
    await findingsOf({
      first_name: template('{note}'),
      note: template('{last_name}'),
      last_name: template('{first_name}'),
    }),
  ).toEqual([
    'public.customer.first_name: strategy "template": it needs its own replacement first (by way of note, last_name).',
  ]);
  expect(await findingsOf({ note: template('{note}') })).toEqual([
    'public.customer.note: strategy "template": it needs its own replacement first.',
  ]);
});

test('what a column is composed of must be there, and what is unique must stay so', async () => {
  expect(await findingsOf({ note: template('{frist_name}') })).toEqual([
    'public.customer.note: column frist_name: the table has no such column. Did you mean "first_name"?',
  ]);
  const [lost] = await findingsOf({ email: template('{first_name}@example.com') });
  expect(lost).toContain('unique index customer_email_key');
  const [shared] = await findingsOf({ login: person('login', 'first_name', { unique: true }) });
  expect(shared).toContain('unique index customer_login_key');
});
