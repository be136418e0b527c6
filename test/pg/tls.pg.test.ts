import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ConnectionSettings, parseConnectionUrl, type UrlContext } from '../../src/config/connection-url.ts';
import { withClient, withPool } from '../../src/pg/connect.ts';
import { makeAuthority } from './certificate.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const authority = makeAuthority('Test Authority');
let server: TlsServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  writeFileSync(join(folder, 'other-ca.pem'), makeAuthority('Other Authority').cert);
  server = await startTlsServer();
  await server.present(authority.issue('localhost'));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

function settings(host: string, tls?: UrlContext['tls'], parameters = ''): ConnectionSettings {
  const url = server.url('postgres').replace('127.0.0.1', host) + parameters;
  return parseConnectionUrl(url, { env: {}, user: 'me', tls, path: 'target', baseDir: folder, socketFolders: [] });
}

const isEncrypted = (how: ConnectionSettings): Promise<boolean> =>
  withPool(how, { side: 'target', max: 1, applicationName: 'test' }, pool =>
    withClient(pool, async client => {
      const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return rows[0].ssl;
    }),
  );

const CA = { ca: 'ca.pem' };
const UNKNOWN_CA = 'target: TLS: the CA of the certificate is not known here.';
const OTHER_NAME = 'target: TLS: the certificate is for another host name.';

test.each<[string, string, UrlContext['tls'], string]>([
  ['verified in full', 'localhost', { verify: 'full', ...CA }, ''],
  ['verified in full unless said', 'localhost', CA, ''],
  ['verified by its CA, whatever its name', '127.0.0.1', { verify: 'ca', ...CA }, ''],
  ['not verified at all', '127.0.0.1', { verify: 'none' }, ''],
  ['asked for by the URL', 'localhost', undefined, '?sslmode=verify-full&sslrootcert=ca.pem'],
  ['bound to the log-in', 'localhost', { verify: 'full', ...CA }, '?channel_binding=prefer'],
])('a server that is %s is spoken to in TLS', async (_, host, tls, parameters) => {
  expect(await isEncrypted(settings(host, tls, parameters))).toBe(true);
});

test('a server on this machine is spoken to in clear unless asked for more', async () => {
  expect(await isEncrypted(settings('localhost'))).toBe(false);
});

test.each<[string, string, UrlContext['tls'], string]>([
  ['of an unknown CA', 'localhost', { verify: 'full' }, UNKNOWN_CA],
  ['of an unknown CA, whatever its name', 'localhost', { verify: 'ca' }, UNKNOWN_CA],
  ['of another CA', 'localhost', { verify: 'full', ca: 'other-ca.pem' }, UNKNOWN_CA],
  ['of another host name', '127.0.0.1', { verify: 'full', ...CA }, OTHER_NAME],
])('a certificate %s is refused', async (_, host, tls, message) => {
  await expect(isEncrypted(settings(host, tls))).rejects.toMatchObject({ code: 'ANON_TLS', exitCode: 69, message });
});

test('a certificate that has expired is refused', async () => {
  const lastYear = { from: new Date('2020-01-01'), to: new Date('2020-12-31') };
  await server.present(authority.issue('localhost', lastYear));
  const message = 'target: TLS: the certificate has expired.';
  await expect(isEncrypted(settings('localhost', CA))).rejects.toMatchObject({ code: 'ANON_TLS', message });
  await server.present(authority.issue('localhost'));
  expect(await isEncrypted(settings('localhost', CA))).toBe(true);
});

test('a server without TLS is refused, never spoken to in clear', async () => {
  const plain = { ...settings('localhost', { verify: 'none' }), port: Number(new URL(inject('postgresUrl')).port) };
  const message = 'target: TLS: the server does not offer it.';
  await expect(isEncrypted(plain)).rejects.toMatchObject({ code: 'ANON_TLS', message });
});
