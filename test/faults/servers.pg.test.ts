// A target on a server of its own, which can be stopped.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import type { Query } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { expectFailure } from './cli.ts';
import { withProxy } from './proxy.ts';
import { amidRead, CONFIG, EVENTS, TARGET, useWorld } from './world.ts';

const withPair = useWorld();
const folder = mkdtempSync(join(tmpdir(), 'pgveil-server-'));
chmodSync(folder, 0o755); // the server may run as another user
const start = (port?: number): Promise<EmbeddedServer> =>
  startServer({
    dataDir: join(folder, 'data'),
    ...(port !== undefined && { port }),
    settings: { fsync: 'off', max_connections: '6', superuser_reserved_connections: '2' },
  });
let server: EmbeddedServer;

/** On a connection that is closed afterwards. */
async function onServer<Result>(callback: (query: Query) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: server.url('shop') });
  await client.connect();
  try {
    return await callback(async <Row>(sql: string) => (await client.query(sql)).rows as Row[]);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  server = await start();
  const admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  await admin.query('create database shop template template0');
  await admin.end();
  await onServer(query => query(TARGET));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const fewConnections = { ...CONFIG, parallel: 2, target: { url: 'env:TARGET_URL', max_connections: 3 } };

test('a server with too few connections is refused before anything is written; fewer are asked of it then', async () => {
  await withPair({}, async pair => {
    const env = { TARGET_URL: server.url('shop') };
    const config = { ...CONFIG, parallel: 2, target: { url: 'env:TARGET_URL', max_connections: 6 } };
    expectFailure(await pair.sync({ config, env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_CONNECTIONS'],
      exit: 69,
      says: ['target: 4 more connections are needed, of which the server has 3.', 'max_connections'],
    });
    expect(await onServer(query => query(`select count(*)::int as rows from app.event`))).toEqual([{ rows: 1 }]);
    expect(await pair.sync({ config: fewConnections, env })).toMatchObject({ exitCode: 0 });
  });
});

test('a server that stops amid a table: what is left is told, and the next run puts it right', async () => {
  await withPair({}, async pair => {
    const before = await onServer(catalogState);
    const env = { TARGET_URL: server.url('shop') };
    const hold = amidRead();
    await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
      const config = { ...fewConnections, retries: { within: '1s' } };
      const cli = pair.startHere({ config, env: { ...env, SOURCE_URL: url } });
      await hold.reached;
      await cli.said('copying');
      await server.stop();
      hold.open();
      expectFailure(await cli.ended, {
        code: ['ANON_SERVER_SHUTDOWN', 'ANON_CONNECTION_LOST', 'ANON_UNREACHABLE'],
        findings: ['ANON_TARGET_NOT_RESTORED'],
        exit: 69,
        says: ['target: ', /could not be put right after that: target: 127.0.0.1:\d+ refuses connections/],
      });
    });
    server = await start(server.port);
    expect(await onServer(catalogState)).not.toEqual(before);
    const ended = await pair.sync({ config: fewConnections, env });
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(ended.stderr).toContain('putting right what an earlier run left');
    expect(await onServer(catalogState)).toEqual(before);
    expect(await onServer(query => query(`select count(*)::int as rows from app.event`))).toEqual([{ rows: EVENTS }]);
  });
});
