// The table that every speed figure is quoted on: 13 columns, about 270 bytes a row as text, with NULLs, multi-byte
// characters and characters that COPY text must escape. Deterministic, so that figures of different days compare.

import type { ClientBase } from 'pg';

const CREATE = `
create table public.customers (
  id bigint primary key, first_name text not null, last_name text not null, email text not null, phone text,
  ssn text not null, credit_card text not null, birth_date date not null, balance numeric(12, 2) not null,
  age int not null, address text, notes text, created_at timestamptz not null
)`;

/** Three independent numbers from 0 to 2^32-1 for each row, and from them everything else. */
const FILL = `
insert into public.customers
select i, first, last,
  lower(first) || '.' || lower(last) || i || '@' || (array['mail.example', 'post.example', 'corp.example', 'web.example'])[1 + a % 4],
  case when b % 20 <> 0 then '+1-' || (200 + b % 800) || '-555-' || lpad((c % 10000)::text, 4, '0') end,
  concat_ws('-', lpad((1 + a % 898)::text, 3, '0'), lpad((1 + b % 98)::text, 2, '0'), lpad((1 + c % 9998)::text, 4, '0')),
  '4' || lpad((a * 7919 + b)::text, 15, '0'),
  date '1940-01-01' + (c % 23000)::int,
  ((b % 10000000)::numeric / 100)::numeric(12, 2),
  (18 + a % 72)::int,
  (1 + c % 9999) || ' ' || (array['Oak', 'Maple', 'Hügel', 'Élysée', 'Lake', 'Park'])[1 + b % 6] || ' Street, '
    || (array['Berlin', 'Lyon', 'Kraków', 'Osaka'])[1 + a % 4],
  case when i % 10 = 0 then null
    when i % 100 = 1 then E'two\\nlines, a\\ttab, a \\\\ and "quotes" ' || md5(i::text)
    else 'note ' || md5(i::text) || ' ' || md5((i + 1)::text) || ' ' || left(md5((i + 2)::text), 28) end,
  timestamptz '2015-01-01 00:00:00+00' + (a % 315360000) * interval '1 second' + (b % 1000000) * interval '1 microsecond'
from (
  select i, a, b, c,
    (array['James', 'Mary', 'Zoë', 'Jürgen', 'François', 'Olga', 'Wei', 'Fatima', 'Søren', 'Chloé'])[1 + a / 7 % 10] as first,
    (array['Smith', 'García', 'Müller', 'O''Neill', 'Nguyen', 'Kowalski', 'Dubois', 'Yılmaz', 'Ivanova', 'Brown'])[1 + b / 11 % 10] as last
  from (
    select i, hashint8(i)::bigint + 2147483648 as a, hashint8(i + 50000000)::bigint + 2147483648 as b,
      hashint8(i + 90000000)::bigint + 2147483648 as c
    from generate_series(1::bigint, $1::bigint) i
  ) numbers
) named`;

/** A column whose type has no portable binary form makes the whole table go as text. */
const ADD_TEXT_ONLY = 'alter table public.customers add column kind regtype';

/** Makes the table, filled with `rows` rows (0 for a target). */
export async function makeCustomers(
  client: ClientBase,
  { rows, isTextOnly }: { rows: number; isTextOnly: boolean },
): Promise<void> {
  await client.query('drop table if exists public.customers');
  await client.query(CREATE);
  if (isTextOnly) await client.query(ADD_TEXT_ONLY);
  await client.query(
    isTextOnly
      ? FILL.replace(
          'insert into public.customers',
          'insert into public.customers (id, first_name, last_name, email, phone, ssn, credit_card, birth_date, balance, age, address, notes, created_at)',
        )
      : FILL,
    [rows],
  );
  await client.query('vacuum (analyze, freeze) public.customers');
}

const KEPT = ['id', 'birth_date', 'balance', 'age', 'address', 'notes', 'created_at'];
const MASKED: Readonly<Record<string, string>> = {
  first_name: '{ strategy: fake, kind: person.firstName }',
  last_name: '{ strategy: fake, kind: person.lastName }',
  email: 'email',
  ssn: 'hash',
  phone: '{ strategy: mask, keep_last: 4 }',
  credit_card: '{ strategy: mask, keep_last: 4 }',
};
/** One column of each; there are some 240,000 addresses among a million rows. */
const SEVEN: Readonly<Record<string, string>> = {
  first_name: '{ strategy: fake, kind: person.firstName }',
  email: 'email',
  ssn: 'hash',
  phone: '{ strategy: mask, keep_last: 4 }',
  credit_card: '{ strategy: fpe, preset: digits }',
  balance: '{ strategy: noise, epsilon: 1, min: 0, max: 100000 }',
  address: 'tokenize',
};
const RULES = { masked: MASKED, seven: SEVEN, kept: {} } as const;

/** What is measured. */
export interface ConfigChoice {
  /** `masked`: six columns, `kept`: none, `seven`: one column of each of seven strategies, with a vault. */
  readonly columns: keyof typeof RULES;
  readonly read: 'copy' | 'cursor';
  readonly workers: number | 'auto';
  readonly isTextOnly: boolean;
}

/** The configuration of a measurement, as a user would write it. */
export function customersConfig({ columns, read, workers, isTextOnly }: ConfigChoice): string {
  const rules = RULES[columns];
  const all = [...KEPT, ...Object.keys(MASKED), ...(isTextOnly ? ['kind'] : [])];
  const replaced = Object.entries(rules).map(([column, rule]) => `      ${column}: ${rule}\n`);
  return `version: 1
source: { url: "env:SOURCE_URL", read: ${read} }
target: { url: "env:TARGET_URL" }
${columns === 'seven' ? 'control: { url: "env:CONTROL_URL" }\n' : ''}secret: env:ANONYMIZE_SECRET
parallel: ${workers}
tables:
  public.customers:
    keep: [${all.filter(column => !(column in rules)).join(', ')}]
${replaced.length > 0 ? `    columns:\n${replaced.join('')}` : ''}`;
}
