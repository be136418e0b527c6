import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ConnectionSettings } from '../../src/config/connection-url.ts';
import { databaseUrl } from '../database.ts';
import { onClientOf, refusal, useDatabase } from './on-client.ts';
import { settingsOf } from './settings.ts';

const database = useDatabase();
const onClient = onClientOf(database);

describe('a log-in', () => {
  const fail = (change: Partial<ConnectionSettings>) =>
    refusal(onClient(async () => undefined, { settings: { ...settingsOf(database().url), ...change } }));

  test('with a wrong password is refused without it', async () => {
    const error = await fail({ password: 'canary' });
    expect(error).toMatchObject({ code: 'ANON_AUTHENTICATION', exitCode: 77 });
    expect(error.message).toBe('target: the server refused the log-in of role "postgres".');
  });

  test('of a role that does not exist is refused', async () => {
    expect((await fail({ user: 'nobody' })).message).toBe('target: the server refused the log-in of role "nobody".');
  });

  test('without a password says so, and never asks the environment', async () => {
    process.env.PGPASSWORD = settingsOf(database().url).password;
    const { password: _, ...without } = settingsOf(database().url);
    const error = await refusal(
      onClient(async () => undefined, { settings: { ...without, ignoredPassfile: '/home/me/.pgpass' } }),
    );
    delete process.env.PGPASSWORD;
    expect(error.message).toBe(
      'target: the server refused the log-in of role "postgres". No password was given. /home/me/.pgpass was passed over: others can read it.',
    );
  });

  test('to a database that does not exist is refused', async () => {
    const error = await fail({ database: 'no such' });
    expect(error).toMatchObject({ code: 'ANON_NO_DATABASE', exitCode: 69 });
  });

  test('beyond the connections of the role is refused', async () => {
    const role = { user: `crowded_${process.pid}`, password: 'pw' };
    await database().query(`create role ${role.user} login password 'pw' connection limit 1`);
    const crowded = settingsOf(databaseUrl(database().name, role));
    const error = await refusal(
      onClient(() => onClient(async () => undefined, { settings: crowded }), { settings: crowded }),
    );
    await database().query(`drop role ${role.user}`);
    expect(error).toMatchObject({ code: 'ANON_CONNECTIONS', exitCode: 69 });
  });
});

test('a failed log-in leaves no socket open', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length;
  await database().disconnect();
  // Those of the tests before are closing; the session that makes databases stays.
  let before = sockets();
  for (let last = -1; before !== last; before = sockets()) {
    last = before;
    await sleep(200);
  }
  const { password: _, ...without } = settingsOf(database().url);
  for (const settings of [without, { ...without, password: '' }, { ...without, password: 'wrong' }]) {
    await refusal(onClient(async () => undefined, { settings }));
  }
  await expect.poll(sockets).toBe(before);
});

describe('a server that is not there', () => {
  const tryServer = (change: Partial<ConnectionSettings>) =>
    refusal(onClient(async () => undefined, { settings: { ...settingsOf(database().url), ...change } }));

  /** A port on which `serve` answers, for the time of `callback`. */
  async function withPort<Result>(serve: (socket: Socket) => void, callback: (port: number) => Promise<Result>) {
    const sockets = new Set<Socket>();
    const server = createServer(socket => {
      sockets.add(socket.on('error', () => undefined));
      serve(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    try {
      return await callback(typeof address === 'object' && address ? address.port : 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  test('refuses', async () => {
    const port = await withPort(
      () => undefined,
      async free => free,
    ); // nobody listens there any more
    const error = await tryServer({ host: '127.0.0.1', port });
    expect(error).toMatchObject({ code: 'ANON_UNREACHABLE', exitCode: 69 });
    expect(error.message).toBe(`target: 127.0.0.1:${port} refuses connections.`);
  });

  test('refuses on every address of its name', async () => {
    const port = await withPort(
      () => undefined,
      async free => free,
    );
    expect((await tryServer({ host: 'localhost', port })).message).toBe(
      `target: localhost:${port} refuses connections.`,
    );
  });

  test('has a name that does not resolve', async () => {
    const error = await tryServer({ host: 'no-such-host.invalid' });
    expect(error.code).toBe('ANON_UNREACHABLE');
    expect(error.message).toMatch(/^target: the host name of no-such-host\.invalid:\d+ does not resolve\.$/);
  });

  test('has no socket', async () => {
    const error = await tryServer({ host: '/nowhere', port: 5432 });
    expect(error.message).toBe('target: no server listens at /nowhere/.s.PGSQL.5432.');
  });

  test('accepts and stays silent', async () => {
    await withPort(
      () => undefined,
      async port => {
        const error = await tryServer({ host: '127.0.0.1', port });
        expect(error.message).toBe(`target: no answer from 127.0.0.1:${port} within 10 s.`);
      },
    );
  });

  test.each<[string, (socket: Socket) => void]>([
    ['closes at once', socket => socket.end()],
    ['cuts the connection', socket => socket.resetAndDestroy()],
    ['is a web server', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\ncanary')],
  ])('%s', async (_, serve) => {
    await withPort(serve, async port => {
      const error = await tryServer({ host: '127.0.0.1', port });
      // Whether it ends before or after the first byte is a matter of microseconds.
      expect(error.code).toMatch(/^ANON_(?:UNREACHABLE|CONNECTION_LOST)$/);
      expect(error.exitCode).toBe(69);
    });
  });
});
