import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusePooled, withRunLock } from '../../src/pg/run-lock.ts';
import { createDatabase, databaseUrl, type TestDatabase } from '../database.ts';
import { expectFailure } from './cli.ts';
import { withProxy } from './proxy.ts';
import { useWorld } from './world.ts';

const withPair = useWorld({ events: 500 });
const PASSWORD = 'canary-password';
const role = `connecting_${process.pid}`;
let admin: TestDatabase;
beforeAll(async () => {
  admin = await createDatabase();
  await admin.query(`create role ${role} login password '${PASSWORD}'`);
});
afterAll(async () => {
  await admin.query(`drop role ${role}`);
  await admin.drop();
});

const changed = (url: string, change: (url: URL) => void): string => {
  const parts = new URL(url);
  change(parts);
  return parts.href;
};

describe('a database that is away', () => {
  test('is named by its side, with the reason', async () => {
    await withPair({}, async pair => {
      const away = (url: string, change: (url: URL) => void) => changed(url, change);
      const source = (change: (url: URL) => void) => ({ SOURCE_URL: away(pair.source.url, change) });
      const target = (change: (url: URL) => void) => ({ TARGET_URL: away(pair.target.url, change) });
      const cases = [
        [
          'ANON_UNREACHABLE',
          /source: the host name of no-such-host.invalid:\d+ does not resolve/,
          source(url => {
            url.hostname = 'no-such-host.invalid';
          }),
        ],
        [
          'ANON_UNREACHABLE',
          /target: 127.0.0.1:1 refuses connections/,
          target(url => {
            url.port = '1';
          }),
        ],
        [
          'ANON_NO_DATABASE',
          /source: the server has no database "?nowhere"?/,
          source(url => {
            url.pathname = '/nowhere';
          }),
        ],
        [
          'ANON_AUTHENTICATION',
          /target: the server refused the log-in of role "\w+"/,
          target(url => {
            url.password = `not-${PASSWORD}`;
          }),
        ],
        [
          'ANON_AUTHENTICATION',
          /source: the server refused the log-in of role "nobody"/,
          source(url => {
            url.username = 'nobody';
          }),
        ],
        [
          'ANON_AUTHENTICATION',
          /source: .* No password was given/,
          source(url => {
            url.password = '';
          }),
        ],
        [
          'ANON_TLS',
          /target: TLS: the server does not offer it/,
          target(url => {
            url.searchParams.set('sslmode', 'require');
          }),
        ],
      ] as const;
      await Promise.all(
        cases.map(async ([code, says, env]) => {
          expectFailure(await pair.sync({ env }), { code, says: [says], hides: [PASSWORD] });
        }),
      );
      await pair.expectUntouched();
    });
  });

  test('is named when it refuses because it is full', async () => {
    await withPair({}, async pair => {
      await admin.query(`alter role ${role} connection limit 0`);
      const env = { TARGET_URL: databaseUrl(pair.target.name, { user: role, password: PASSWORD }) };
      expectFailure(await pair.sync({ env }), {
        code: 'ANON_CONNECTIONS',
        says: ['target: the server has no connection left'],
      });
      await admin.query(`alter role ${role} connection limit 2`);
      const few = expectFailure(await pair.sync({ env }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_CONNECTIONS', ...PRIVILEGES],
        says: [
          'target: 3 more connections are needed, of which the server has 1.',
          'Lower `parallel` or `max_connections`',
        ],
      });
      expect(few).toContain('nothing was written');
      await admin.query(`alter role ${role} connection limit -1`);
      await pair.expectUntouched();
    });
  });
});

// The role owns nothing on the target; that is found together with the connections.
const PRIVILEGES = Array.from({ length: 5 }, () => 'ANON_PRIVILEGE' as const);

describe('source and target that are one database', () => {
  test.each([
    ['by the same URL', (url: string) => url],
    ['by another name of the host', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ])('are refused, %s', async (_, other) => {
    await withPair({}, async pair => {
      const env = { SOURCE_URL: other(pair.target.url) };
      expectFailure(await pair.sync({ env }), { code: 'ANON_SAME_DATABASE' });
      await pair.expectUntouched();
    });
  });

  test('are refused through something in between', async () => {
    await withPair({}, pair =>
      withProxy(pair.target.url, {}, async ({ url }) => {
        expectFailure(await pair.sync({ env: { SOURCE_URL: url } }), { code: 'ANON_SAME_DATABASE' });
        await pair.expectUntouched();
      }),
    );
  });
});

test.each([
  ['source', 'SOURCE_URL'],
  ['target', 'TARGET_URL'],
] as const)('a load balancer that leads to several %ss is found out before anything is written', async (side, name) => {
  await withPair({}, async pair => {
    const replica = await createDatabase({ template: pair[side] });
    await withProxy(pair[side].url, { another: replica.name }, async ({ url }) => {
      expectFailure(await pair.sync({ env: { [name]: url } }), { code: 'ANON_POOLER', says: [`${side}:`] });
    });
    await pair.expectUntouched();
    await replica.drop();
  });
});

test('a session that finds the lock of its own run free is another one by turns', async () => {
  await withPair({}, async ({ target }) => {
    const client = new pg.Client(target.url);
    await client.connect();
    // What a pooler does that gives both of a run's idle sessions one connection of the server.
    const outcome = withRunLock(client, () => refusePooled(client));
    await expect(outcome).rejects.toMatchObject({ code: 'ANON_POOLER', facts: { side: 'target' } });
    await client.end();
  });
});

test('a server that is too old is refused', async () => {
  await withPair({}, async pair => {
    const [server] = await pair.target.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    );
    const pretend = (chunk: Buffer) => {
      const at = chunk.indexOf(server?.version ?? '');
      if (at >= 0) chunk.write('120022', at);
      return undefined;
    };
    await withProxy(pair.target.url, { toClient: pretend }, async ({ url }) => {
      expectFailure(await pair.sync({ env: { TARGET_URL: url } }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_VERSION'],
        exit: 78,
        says: ['target: PostgreSQL 12 is older than 13'],
      });
    });
    await pair.expectUntouched();
  });
});
