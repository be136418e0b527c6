// `max_connections` holds for the whole run: with the role's limit at the same number, nothing is refused.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';

const ROLE = `limited_${process.pid}`;
const LIMIT = 3;
const TABLES = ['a', 'b', 'c', 'd'].map(name => `public.${name}`);

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(TABLES.map(name => `create table ${name} (id int primary key)`).join(';'));
  for (const name of TABLES) await pair.source.query(`insert into ${name} values (1), (2)`);
  await pair.target.query(`
    create role ${ROLE} login password 'of the test' connection limit ${LIMIT};
    grant create on database ${pg.escapeIdentifier(pair.target.name)} to ${ROLE};
    grant create, usage on schema public to ${ROLE};
    ${TABLES.map(name => `alter table ${name} owner to ${ROLE}`).join(';')}`);
});
afterAll(async () => {
  await pair.target.query(`drop owned by ${ROLE}`);
  await pair.target.query(`drop role ${ROLE}`);
  await dropPair(pair);
});

test('a run opens no more connections than it may', async () => {
  const url = new URL(pair.target.url);
  url.username = ROLE;
  url.password = 'of the test';
  const target = { url: 'env:LIMITED_URL', max_connections: LIMIT };
  const config = configOf(Object.fromEntries(TABLES.map(name => [name, 'keep'])), { target });
  const env = { SOURCE_URL: pair.source.url, LIMITED_URL: url.href, ANONYMIZE_SECRET: 'x'.repeat(40) };
  const report = await syncPair(pair, config, { env, parallel: LIMIT - 1 });
  expect(report.rows).toBe(8);
});
