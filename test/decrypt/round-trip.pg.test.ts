// What `fpe` put out on its way through a real sync, and back: each preset under both ciphers, arrays, and what rules do around it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decrypted } from '../../src/index.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';
import { decryptAll } from './decrypt-all.ts';

const ROWS = 600;
/** For each preset: the type of its column, SQL of its values, and options. */
const PRESETS: Readonly<Record<string, readonly [type: string, value: string, options: object]>> = {
  card: ['text', `lpad((4000000000000000 + i * 7919)::text, 16, '0')`, { preset: 'card', luhn: false }],
  luhn: ['char(24)', `luhn(lpad((400000000000000 + i * 7919)::text, 15, '0'))`, { preset: 'card' }],
  ssn: [
    'text',
    `lpad((1 + i % 600)::text, 3, '0') || '-' || lpad((1 + i % 99)::text, 2, '0') || '-' || (1000 + i)`,
    { preset: 'ssn' },
  ],
  iban: ['text', `'DE' || lpad((i % 90 + 5)::text, 2, '0') || lpad((i * 7919)::text, 18, '0')`, { preset: 'iban' }],
  phone: ['varchar(30)', `'+49 170 ' || lpad((i * 31)::text, 8, '0')`, { preset: 'phone' }],
  digits: ['text', `lpad((i * 31)::text, 9, '0')`, { preset: 'digits', keep_first: 1 }],
  code: [
    'text',
    `'QX-' || lpad((i * 31)::text, 6, '0') || '-aé' || chr(9)`,
    { alphabet: '0123456789QXaé', separators: '-\t' },
  ],
  alphanumerics: ['text', `'Ab' || lpad((i * 31)::text, 7, '0')`, { preset: 'alphanumerics' }],
  uuid: ['uuid', `md5(i::text)::uuid`, {}],
  small: ['integer', `i * 3 - 100`, { min: -100, max: 9_999_999 }],
  whole: ['bigint', `i * 7919 - 100`, {}],
  amount: ['numeric(12,0)', `i * 7919`, { preset: 'integer', min: 0, max: '99999999999' }],
  born: ['date', `date '1950-01-01' + i`, {}],
  seen: [
    'timestamptz(3)',
    `timestamptz '2026-01-01 00:00:00.125+00' + i * interval '1 hour'`,
    { min: '2000-01-01', max: '2099-12-31' },
  ],
};
const CIPHERS = { ff1: {}, ff3: { mode: 'ff3-1', legacy: true } } as const;
const COLUMNS = Object.entries(PRESETS).flatMap(([name, [type, value, options]]) =>
  Object.entries(CIPHERS).map(([cipher, mode]) => ({
    name: `${name}_${cipher}`,
    type,
    value,
    rule: { strategy: 'fpe', ...options, ...mode },
  })),
);

const SCHEMA = `
create function luhn(digits text) returns text language sql immutable as $$
  select digits || (10 - sum(case when n % 2 = 0 then d when d > 4 then 2 * d - 9 else 2 * d end) % 10) % 10
  from (select n, substr(digits, 16 - n, 1)::int as d from generate_series(1, 15) as n) as each $$;
create table person (id int primary key, ${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')});
insert into person select i, ${COLUMNS.map(({ value }) => `case when i % 7 > 0 then ${value} end`).join(', ')}
from generate_series(1, ${ROWS}) as i;
create table bag (id int primary key, codes text[], numbers bigint[][], pads char(10)[]);
insert into bag select i, case when i % 5 > 0 then array['1,"' || lpad(i::text, 6, '0'), null, '2,"' || lpad(i::text, 6, '0')] end,
  array[[i, i + 1], [i + 2, null]], array[lpad(i::text, 10, '0')]
from generate_series(1, 200) as i`;

const CONFIG = configOf({
  'public.person': { keep: ['id'], columns: Object.fromEntries(COLUMNS.map(({ name, rule }) => [name, rule])) },
  'public.bag': {
    keep: ['id'],
    columns: {
      codes: { strategy: 'fpe', preset: 'digits', separators: ',"' },
      numbers: 'fpe',
      pads: { strategy: 'fpe', preset: 'digits' },
    },
  },
});

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  await syncPair(pair, CONFIG);
});
afterAll(() => dropPair(pair));

/** Replacement → value, as the rows of both databases say. */
async function expected(table: string, column: string): Promise<ReadonlyMap<string, string>> {
  const select = `select id, format('%s', rtrim(${column}::text)) as value from ${table} where ${column} is not null order by id`;
  const [source, target] = await Promise.all(
    [pair.source, pair.target].map(({ query }) => query<{ id: number; value: string }>(select)),
  );
  return new Map(target!.map(({ value }, index) => [value, source![index]!.value]));
}

const asMap = (decrypted: readonly Decrypted[]): ReadonlyMap<string, string | undefined> =>
  new Map(decrypted.map(({ replacement, value }) => [replacement, value]));

test.each(COLUMNS.map(({ name }) => name))('%s comes back, value by value', async name => {
  const wanted = await expected('person', name);
  const changed = [...wanted].filter(([replacement, value]) => replacement !== value).length;
  expect(changed).toBeGreaterThan(ROWS / 2);
  expect(asMap(await decryptAll(pair, CONFIG, `public.person.${name}`))).toEqual(wanted);
});

describe('the elements of arrays', () => {
  test.each(['codes', 'numbers', 'pads'])('%s come back in their places', async name => {
    const wanted = await expected('bag', name);
    expect(wanted.size).toBeGreaterThan(100);
    expect(asMap(await decryptAll(pair, CONFIG, `public.bag.${name}`))).toEqual(wanted);
  });
});
