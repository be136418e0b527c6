import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConnectionUrl } from '../../src/config/connection-url.ts';
import { withClient, withPool } from '../../src/pg/connect.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { type Gates, withProxy } from '../faults/proxy.ts';

const STALL_AFTER_MS = 200;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query('create table t (a int)');
});
afterAll(() => database.drop());

/** Runs a statement through a proxy. */
function run(sql: string, gates: Gates = {}): Promise<unknown> {
  return withProxy(database.url, gates, ({ url }) => {
    const settings = parseConnectionUrl(url, { env: {}, user: 'postgres', path: 'target', baseDir: '/' });
    const options = { side: 'target', max: 1, applicationName: 'stalls', stallAfterMs: STALL_AFTER_MS } as const;
    return withPool(settings, options, pool => withClient(pool, client => client.query(sql)));
  });
}

const forever = new Promise<void>(() => {});

test('a statement that takes long is waited for: the server says that it is working', async () => {
  await expect(run(`select pg_sleep(${(STALL_AFTER_MS * 6) / 1000}), 'done' as said`)).resolves.toMatchObject({
    rows: [{ said: 'done' }],
  });
});

test('a statement that waits for a lock is waited for', async () => {
  await database.query('begin; lock table t');
  const waiting = run('lock table t');
  const freed = new Promise(resolve => setTimeout(resolve, STALL_AFTER_MS * 6)).then(() => database.query('rollback'));
  await expect(waiting).rejects.toMatchObject({ facts: { sqlstate: '25P01' } }); // got it, outside a transaction
  await freed;
});

test('a connection that passes nothing on any more is lost after a while, whichever way the bytes were going', async () => {
  const isQuery = (chunk: Buffer): boolean => chunk.includes('stalled');
  for (const gates of [
    { toServer: (chunk: Buffer) => (isQuery(chunk) ? forever : undefined) },
    { toClient: (chunk: Buffer) => (isQuery(chunk) ? forever : undefined) },
  ]) {
    await expect(run(`select 'stalled' as said`, gates)).rejects.toMatchObject({
      code: 'ANON_CONNECTION_LOST',
      facts: { network: 'ETIMEDOUT' },
    });
  }
});
