// The way to a server, by the real command line: broken TLS is refused with what to do about it, and never given up; whatever a
// connection string can say leads to where it says.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../database.ts';
import { makeAuthority } from '../pg/certificate.ts';
import { startTlsServer, type TlsServer } from '../pg/tls-server.ts';
import { type Ended, expectFailure, expectNothingLeaked, type Failure, runCli, SECRET, withConfig } from './cli.ts';
import { runHere } from './here.ts';

const PASSWORD = 'p@:/?#[]% &=+ä\\';
const USER = 'Reader@shop:1';
const DATABASE = 'shop/two?#';
const TABLE = 'create table public.t (id int primary key, name text)';

const HAS_IPV6 = Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === '::1'));

const authority = makeAuthority('Test Authority');
const other = makeAuthority('Other Authority');
const lastYear = { from: new Date('2020-01-01'), to: new Date('2020-12-31') };

const folder = mkdtempSync(join(tmpdir(), 'pgveil-tls-'));
const sockets = join(folder, 'sockets');
let server: TlsServer;
let source: TestDatabase;
beforeAll(async () => {
  mkdirSync(sockets);
  for (const path of [folder, sockets]) chmodSync(path, 0o777); // the server may be another user
  server = await startTlsServer(sockets);
  const name = USER.replaceAll('"', '""');
  await server.query(
    `create role "${name}" login superuser password '${PASSWORD}'; create role app login superuser password 'pw'`,
  );
  await server.query(`create database "${DATABASE}"`);
  await server.query(TABLE, DATABASE);
  source = await createDatabase();
  await source.query(`${TABLE}; insert into public.t values (1, 'CANARY-471147')`);
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text, { mode: 0o600 });
  write('ca.pem', authority.cert);
  write('other-ca.pem', other.cert);
  for (const [file, pair] of Object.entries({
    app: authority.issue('app'),
    stranger: other.issue('app'),
    nobody: authority.issue('nobody'),
  })) {
    write(`${file}.crt`, pair.cert);
    write(`${file}.key`, pair.key);
  }
});
afterAll(async () => {
  await server?.stop();
  await source?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (host: string, rest = ''): string =>
  `postgresql://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@${host}:${server.port}/${encodeURIComponent(DATABASE)}${rest}`;

interface Target {
  readonly url: string;
  /** Of the configuration. */
  readonly tls?: object;
  /** `plan` logs in to both sides, too, and is quicker. */
  readonly command?: 'sync' | 'plan';
}

/** Runs the command with the server as the target. */
function run({ url, tls, command = 'plan' }: Target, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const config = {
    version: 1,
    source: { url: 'env:SOURCE_URL' },
    target: { url: 'env:TARGET_URL', ...(tls && { tls }) },
    secret: 'env:ANONYMIZE_SECRET',
    tables: { 'public.t': { keep: ['id'], columns: { name: 'hash' } } },
  };
  // Variables are for both sides, so the source says all of its own.
  const urls = { SOURCE_URL: `${source.url}?sslmode=disable`, TARGET_URL: url };
  // The driver reads variables, too: those of a process.
  const start = Object.keys(env).length > 0 ? runCli : runHere;
  return withConfig(JSON.stringify(config), file =>
    start([command, '--config', file], { ...urls, ANONYMIZE_SECRET: SECRET, ...env }),
  );
}

function expectDone(ended: Ended): void {
  expect(ended.exitCode, ended.stderr).toBe(0);
  expectNothingLeaked(ended, [PASSWORD]);
}

const full = { verify: 'full', ca: join(folder, 'ca.pem') };
const refusedFor = (detail: string): Failure => ({
  code: 'ANON_TLS',
  exit: 69,
  says: [`target: TLS: ${detail}`, 'tls: { ca: FILE }'],
  hides: [PASSWORD],
});

describe('broken TLS is refused', () => {
  test('of a server that has none, though it is asked for in every way', async () => {
    const detail = 'the server does not offer it.';
    expectFailure(await run({ url: at('localhost'), tls: full }), refusedFor(detail));
    expectFailure(await run({ url: at('localhost', '?sslmode=require') }), refusedFor(detail));
    expectFailure(await run({ url: at('localhost') }, { PGSSLMODE: 'verify-full' }), refusedFor(detail));
  });

  test('with a certificate that signs itself', async () => {
    await server.present(makeAuthority('localhost'));
    expectFailure(await run({ url: at('localhost'), tls: full }), refusedFor('the certificate is self-signed'));
  });

  test('with a certificate that has expired', async () => {
    await server.present(authority.issue('localhost', lastYear));
    expectFailure(await run({ url: at('localhost'), tls: full }), refusedFor('the certificate has expired.'));
  });

  test('with a certificate for another host', async () => {
    await server.present(authority.issue('db.example'));
    expectFailure(
      await run({ url: at('localhost'), tls: full }),
      refusedFor('the certificate is for another host name.'),
    );
  });

  test('with a certificate of an authority that is not trusted', async () => {
    await server.present(authority.issue('localhost'));
    for (const tls of [{ verify: 'full' }, { verify: 'ca' }, { ca: join(folder, 'other-ca.pem') }]) {
      expectFailure(
        await run({ url: at('localhost'), tls }),
        refusedFor('the CA of the certificate is not known here.'),
      );
    }
  });

  test('with something in between that answers no to TLS and takes log-ins in clear', async () => {
    const heard: Buffer[] = [];
    const between = createServer(socket => {
      socket
        .on('error', () => {})
        .on('data', chunk => {
          heard.push(chunk);
          socket.write('N');
        });
    }).listen(0, '127.0.0.1');
    try {
      await new Promise(settle => between.once('listening', settle));
      const { port } = between.address() as { port: number };
      const url = at('localhost').replace(`:${server.port}/`, `:${port}/`);
      expectFailure(await run({ url, tls: full }), refusedFor('the server does not offer it.'));
      // The request for TLS and nothing else: no name, no password.
      expect(Buffer.concat(heard).length % 8).toBe(0);
      expect(Buffer.concat(heard).includes('Reader')).toBe(false);
    } finally {
      between.close();
    }
  });
});

describe('a server that asks for the certificate of a client', () => {
  const tls = (name: string) => ({ ...full, cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) });
  const url = (): string => `postgresql://app@localhost:${server.port}/${encodeURIComponent(DATABASE)}`;
  beforeAll(async () => {
    await server.present(authority.issue('localhost'));
    await server.demand(authority, ['hostssl all app all cert']);
    // A reload has no end that could be waited for.
    await vi.waitFor(async () => expectDone(await run({ url: url(), tls: tls('app') })), { timeout: 20_000 });
  });

  test('gets it, from the configuration, the URL or the environment', async () => {
    expectDone(await run({ url: url(), tls: tls('app') }));
    const { ca, cert, key } = tls('app');
    expectDone(await run({ url: `${url()}?sslmode=verify-full&sslrootcert=${ca}&sslcert=${cert}&sslkey=${key}` }));
    expectDone(
      await run({ url: url() }, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca, PGSSLCERT: cert, PGSSLKEY: key }),
    );
  });

  test.each([
    ['none', full, 'ANON_AUTHENTICATION', /role "app"/],
    ['one for another role', 'nobody', 'ANON_AUTHENTICATION', /role "app"/],
    ['one of an authority that it does not trust', 'stranger', 'ANON_TLS', /the server refuses our certificate/],
  ] as const)('refuses a client with %s', async (_, own, code, says) => {
    const ended = await run({ url: url(), tls: typeof own === 'string' ? tls(own) : own });
    expectFailure(ended, { code, says: ['target: ', says, 'certificate'] });
  });
});

describe('a connection string leads to where it says', () => {
  beforeAll(() => server.present(authority.issue('localhost')));

  test('with every character in names and password, over TLS', async () => {
    expectDone(await run({ url: at('localhost'), tls: full, command: 'sync' }));
    expectDone(await run({ url: at('localhost', `?sslmode=verify-full&sslrootcert=${join(folder, 'ca.pem')}`) }));
  });

  test.skipIf(!HAS_IPV6)('over IPv6', async () => {
    expectDone(await run({ url: at('[::1]') }));
  });

  test('over a socket', async () => {
    const there = encodeURIComponent(sockets);
    expectDone(await run({ url: at(there) }));
    expectDone(await run({ url: `${at('').replace(`@:${server.port}`, '@')}?host=${there}&port=${server.port}` }));
  });

  const bare = 'postgresql://';
  test('with everything from the variables of psql', async () => {
    const env = { PGHOST: sockets, PGPORT: `${server.port}`, PGUSER: USER, PGDATABASE: DATABASE, PGPASSWORD: PASSWORD };
    expectDone(await run({ url: bare }, env));
  });

  test('with the password of a password file', async () => {
    const escaped = (text: string): string => text.replace(/[\\:]/g, '\\$&');
    const line = ['localhost', server.port, DATABASE, escaped(USER), escaped(PASSWORD)].join(':');
    writeFileSync(join(folder, '.pgpass'), `# ours\n*:*:other:*:wrong\n${line}\n`, { mode: 0o600 });
    const url = at('localhost').replace(/:[^:@]*@/, '@');
    expectDone(await run({ url }, { HOME: folder }));
    expectDone(
      await run(
        { url: at(encodeURIComponent(sockets)).replace(/:[^:@]*@/, '@') },
        { PGPASSFILE: join(folder, '.pgpass') },
      ),
    );
    chmodSync(join(folder, '.pgpass'), 0o644);
    expectFailure(await run({ url }, { HOME: folder }), {
      code: 'ANON_AUTHENTICATION',
      says: ['No password was given.', '.pgpass was passed over: others can read it.'],
      hides: [PASSWORD],
    });
  });
});
