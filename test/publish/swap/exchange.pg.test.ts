// Two databases exchange their names, or neither does.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConnectionUrl } from '../../../src/config/connection-url.ts';
import { exchange } from '../../../src/publish/swap/exchange.ts';
import { createDatabase, databaseUrl, type TestDatabase } from '../../database.ts';

let [target, successor, other] = [] as unknown as [TestDatabase, TestDatabase, TestDatabase];
beforeEach(async () => {
  [target, successor, other] = [await createDatabase(), await createDatabase(), await createDatabase()];
  await target.query('create table public.old as select 1 as n');
  await successor.query('create table public.young as select 1 as n');
  await successor.disconnect();
});
afterEach(async () => {
  await other.query(`drop database if exists "${target.name}_aside" with (force)`);
  for (const database of [target, successor, other]) await database.drop();
});

const maintaining = () => {
  const context = { env: {}, user: 'nobody', path: 'target', baseDir: '/' };
  return { settings: parseConnectionUrl(target.url, context), run: randomUUID() };
};
const names = () => ({ name: target.name, successor: successor.name, aside: `${target.name}_aside` });

/** A session that tells when and how it ended. */
async function connectTo(name: string) {
  const client = new pg.Client(databaseUrl(name));
  const ended = new Promise<string>(resolve =>
    client.on('error', error => resolve((error as { code?: string }).code ?? '')),
  );
  await client.connect();
  return { client, ended };
}

test('idle sessions end at once, one that works gets its time, and new ones wait for the new database', async () => {
  await target.disconnect();
  const idle = await connectTo(target.name);
  const working = await connectTo(target.name);
  const statement = working.client.query('select pg_sleep(1), count(*)::int as rows from public.old');
  await sleep(100);
  const exchanged = exchange(maintaining(), { ...names(), comment: 'the new one' });
  expect(await idle.ended).toBe('57P01');
  expect((await statement).rows).toMatchObject([{ rows: 1 }]);
  await exchanged;
  expect(await target.query('select * from public.young')).toEqual([{ n: 1 }]);
  expect(
    await target.query(
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`,
    ),
  ).toEqual([{ comment: 'the new one' }]);
});

test('when the second name cannot be changed, the first is as before', async () => {
  await target.disconnect();
  await other.query(`create database "${target.name}_aside"`);
  const missing = { ...names(), aside: `${target.name}_other`, successor: 'is_not_there' };
  await expect(exchange(maintaining(), missing)).rejects.toMatchObject({ code: 'ANON_NO_DATABASE' });
  await expect(exchange(maintaining(), names())).rejects.toMatchObject({ code: 'ANON_DATABASE' }); // the name is taken
  expect(await target.query('select * from public.old')).toEqual([{ n: 1 }]);
  expect(await successor.query('select * from public.young')).toEqual([{ n: 1 }]);
});
