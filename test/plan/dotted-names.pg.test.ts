// Names with dots and quotes: `"a.b".c` and `a."b.c"` are two tables, in the configuration, in the plan and in the report.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnonymizeError } from '../../src/index.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';

const SCHEMA = `
  create schema "a.b"; create schema a; create schema "q""s";
  create table "a.b".c (id int primary key, who text);
  create table a."b.c" (id int primary key, who text, copied_from int references "a.b".c);
  create table "q""s"."Ta.ble" (who text);
  insert into "a.b".c values (1, 'Ada');
  insert into a."b.c" values (1, 'Grace', 1);
  insert into "q""s"."Ta.ble" values ('Katherine')`;

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const valuesIn = async (table: string): Promise<unknown> =>
  (await pair.target.query<{ who: string }>(`select who from ${table}`)).map(({ who }) => who);

const findings = async (tables: object, only?: readonly string[]): Promise<readonly string[]> => {
  const error: AnonymizeError = await syncPair(pair, configOf(tables), { only }).then(
    () => expect.fail('the run was not refused'),
    cause => cause,
  );
  return error.findings.map(({ code, message }) => `${code} ${message}`);
};

test('each has the rule of its own name, and no other', async () => {
  const tables = {
    '"a.b".c': { keep: ['id', 'who'] },
    'a."b.c"': { keep: ['id'], columns: { who: { strategy: 'constant', value: 'x' } } },
    '"q""s"."Ta.ble"': { columns: { who: { strategy: 'constant', value: 'y' } } },
  };
  const report = await syncPair(pair, configOf(tables));
  expect(await valuesIn('"a.b".c')).toEqual(['Ada']);
  expect(await valuesIn('a."b.c"')).toEqual(['x']);
  expect(await valuesIn('"q""s"."Ta.ble"')).toEqual(['y']);
  expect(report.tables.map(({ name }) => name).sort()).toEqual(Object.keys(tables).sort());
});

test('--table chooses one of them', async () => {
  await pair.target.query(`update "a.b".c set who = 'before'; update a."b.c" set who = 'before'`);
  const tables = { '"a.b".c': 'keep', 'a."b.c"': 'keep', '"q""s".*': 'skip' };
  await syncPair(pair, configOf(tables), { only: ['a."b.c"'] });
  expect([await valuesIn('"a.b".c'), await valuesIn('a."b.c"')]).toEqual([['before'], ['Grace']]);
});

test('a glob looks at names in their quotes', async () => {
  const tables = { 'a.*': 'keep', '"a.b".*': { columns: { id: 'keep', who: 'hash' } }, '"q*': 'skip' };
  await syncPair(pair, configOf(tables));
  expect(await valuesIn('a."b.c"')).toEqual(['Grace']);
  expect(await valuesIn('"a.b".c')).not.toEqual(['Ada']);
});

test('a name without its quotes is no table, and both that it could be are told', async () => {
  const decided = { '"a.b".c': 'keep', 'a."b.c"': 'keep', '"q""s".*': 'skip' };
  const hint = 'A name with a dot or a double quote stands in double quotes: a."b.c" or "a.b".c.';
  expect(await findings({ ...decided, 'a.b.c': 'keep' })).toEqual([
    `ANON_PLAN_UNKNOWN_TABLE tables."a.b.c": the source has no such table. ${hint}`,
  ]);
  expect(await findings(decided, ['a.b.c'])).toEqual([
    `ANON_PLAN_UNKNOWN_TABLE --table a.b.c: the source has no such table. ${hint}`,
  ]);
});
