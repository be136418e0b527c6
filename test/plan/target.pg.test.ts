// What only the target's schema tells is found while planning, before anything of it is emptied.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnonymizeError } from '../../src/index.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';

const SCHEMA = `
  create table public.visit (day date not null, who text) partition by range (day);
  create table public.visit_old partition of public.visit for values from (minvalue) to ('2024-01-01');
  create table public.visit_new partition of public.visit for values from ('2024-01-01') to (maxvalue);
  create table public.guest (name text);
  insert into public.visit values ('2023-05-05', 'Ada'), ('2024-05-05', 'Grace');
  insert into public.guest values ('Ada')`;

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const findings = async (tables: object, only?: readonly string[]): Promise<readonly string[]> => {
  const error: AnonymizeError = await syncPair(pair, configOf(tables), { only }).then(
    () => expect.fail('the run was not refused'),
    cause => cause,
  );
  return error.findings.map(({ code, message }) => `${code} ${message.split(':')[0]}`);
};

test.each([
  ['skipped', { 'public.visit_new': 'skip' }, undefined],
  ['not among --table', {}, ['public.visit_old']],
])('a partition that is %s is never emptied by the rows of another', async (_, skipped, only) => {
  const day = { strategy: 'constant', value: '2024-02-02' };
  const tables = { 'public.visit': { columns: { day, who: 'hash' } }, ...skipped, 'public.guest': 'skip' };
  expect(await findings(tables, only)).toEqual(['ANON_PLAN_PARTITION_KEY public.visit_new']);
  expect(await pair.target.query('select from public.visit_new')).toHaveLength(1);
});

test('nullify on a column that is NOT NULL on the target only is refused', async () => {
  await pair.target.query('alter table public.guest alter name set not null');
  const tables = { 'public.visit': 'skip', 'public.guest': { columns: { name: 'nullify' } } };
  expect(await findings(tables)).toEqual(['ANON_PLAN_NOT_NULL public.guest.name']);
  expect(await pair.target.query('select from public.guest')).toHaveLength(1);
});
