// The secret decides every pseudonym: another one changes them all, and without one nothing is written.

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AnonymizeError } from '../src/index.ts';
import { hashTable, type TestDatabase } from './database.ts';
import { configOf, configText, createPair, dropPair, OTHER_SECRET, type Pair, runSyncHere, syncPair } from './sync.ts';

const SCHEMA = `
  create table public.person (id int primary key, name text, code varchar(40), number bigint, ticket uuid, mail text unique,
    phone text, nick text, born date);
  insert into public.person
  select n, 'Name ' || n, 'C' || n, n * 7919, gen_random_uuid(), 'mail' || n || '@example.org',
    '+49 171 ' || 1000000 + n * 37, 'nick' || n, date '1950-01-01' + n
  from generate_series(1, 200) n`;

const KEYED = {
  name: { strategy: 'fake', kind: 'person.fullName' },
  code: 'hash',
  number: 'hash',
  ticket: 'hash',
  mail: 'email',
  phone: 'phone',
  nick: { strategy: 'fake', kind: 'internet.username', unique: true },
  born: { strategy: 'fake', kind: 'date.birthdate' },
};
const TABLES = { 'public.person': { keep: ['id'], columns: KEYED } };

let pair: Pair;
beforeEach(async () => {
  pair = await createPair(SCHEMA);
});
afterEach(() => dropPair(pair));

const people = ({ query }: TestDatabase) =>
  query<Record<string, string>>(
    `select ${Object.keys(KEYED)
      .map(column => `${column}::text`)
      .join(', ')} from public.person order by id`,
  );

/** Runs that the ledger tells of; none where there is no ledger. */
async function runs({ query }: TestDatabase): Promise<number> {
  const [ledger] = await query(`select where to_regclass('pgveil.run') is not null`);
  if (!ledger) return 0;
  return (await query('select from pgveil.run')).length;
}

test('another secret changes every pseudonym, and the first one gives the first ones again', async () => {
  await syncPair(pair, configOf(TABLES));
  const before = await people(pair.target);
  await syncPair(pair, configOf(TABLES), { secret: OTHER_SECRET, acceptNewSecret: true });
  const after = await people(pair.target);
  expect(before).toHaveLength(200);
  for (const column of Object.keys(KEYED)) {
    const same = before.filter((row, index) => row[column] === after[index]?.[column]);
    // A fake is one of a dictionary's entries; all others have more outputs than a test ever sees.
    expect(same.length, column).toBeLessThanOrEqual(['name', 'born'].includes(column) ? 2 : 0);
  }
  await syncPair(pair, configOf(TABLES), { acceptNewSecret: true });
  expect(await people(pair.target)).toEqual(before);
});

test('another secret than before is refused by the command, and accepted with --yes', async () => {
  const text = configText(TABLES);
  expect(await runSyncHere(pair, text)).toMatchObject({ exitCode: 0 });
  const before = await hashTable(pair.target.query, 'public.person');
  const env = { ANONYMIZE_SECRET: OTHER_SECRET };

  const refused = await runSyncHere(pair, text, { env });
  expect(refused).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('ANON_KEY_CHANGED'), stdout: '' });
  expect(await hashTable(pair.target.query, 'public.person')).toEqual(before);
  expect(await runs(pair.target)).toBe(1);

  expect(await runSyncHere(pair, text, { env, args: ['--yes'] })).toMatchObject({ exitCode: 0 });
  expect(await hashTable(pair.target.query, 'public.person')).not.toEqual(before);
});

test('no secret in the configuration refuses the run, names every keyed column, and writes nothing', async () => {
  const before = await hashTable(pair.target.query, 'public.person');
  const refused = await syncPair(pair, configOf(TABLES, { secret: undefined })).catch((error: unknown) => error);
  const { code, exitCode, findings } = refused as AnonymizeError;
  expect({ code, exitCode }).toEqual({ code: 'ANON_PLAN_REFUSED', exitCode: 78 });
  expect(new Set(findings.map(found => found.code))).toEqual(new Set(['ANON_SECRET_MISSING']));
  expect(findings).toHaveLength(Object.keys(KEYED).length);
  expect(await hashTable(pair.target.query, 'public.person')).toEqual(before);
  expect(await runs(pair.target)).toBe(0);
});

test('a secret that the environment does not have refuses the run, and writes nothing', async () => {
  const before = await hashTable(pair.target.query, 'public.person');
  const refused = await runSyncHere(pair, configText(TABLES), { env: { ANONYMIZE_SECRET: undefined } });
  expect(refused).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('ANON_SECRET_MISSING'), stdout: '' });
  expect(await hashTable(pair.target.query, 'public.person')).toEqual(before);
  expect(await runs(pair.target)).toBe(0);
});
