import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConnectionSettings,
  connectionSettings,
  describeConnection,
  parseConnectionUrl,
  type UrlContext,
} from '../../src/config/connection-url.ts';
import { parseConfig } from '../../src/config/load.ts';
import { AnonymizeError } from '../../src/errors.ts';

const CONTEXT: UrlContext = { env: {}, user: 'me', path: 'source', baseDir: '/base', socketFolders: [] };
const parse = (url: string, context: Partial<UrlContext> = {}): ConnectionSettings =>
  parseConnectionUrl(url, { ...CONTEXT, ...context });

const DEFAULTS = { host: 'localhost', port: 5432, user: 'me', database: 'me', tls: false, channelBinding: false };
const FULL: Partial<ConnectionSettings> = { tls: { verify: 'full' } };

describe('a URL without defects', () => {
  test.each<[string, Partial<ConnectionSettings>]>([
    ['postgresql://', {}],
    ['postgres://', {}],
    ['postgresql://localhost', {}],
    ['postgresql://localhost/', {}],
    ['postgresql://localhost:5433', { port: 5433 }],
    ['postgresql://localhost/shop', { database: 'shop' }],
    ['postgresql://app@localhost', { user: 'app', database: 'app' }],
    ['postgresql://app:pw@localhost/shop', { user: 'app', password: 'pw', database: 'shop' }],
    ['postgresql://app:@localhost/shop', { user: 'app', database: 'shop' }],
    ['postgresql://:pw@localhost/shop', { password: 'pw', database: 'shop' }],
    ['postgresql:///shop', { database: 'shop' }],
    ['postgresql:///shop?host=localhost&port=5433', { port: 5433, database: 'shop' }],
    ['  postgresql:///shop\n', { database: 'shop' }],
    [
      'postgresql://app:a%40b%3Ac%2Fd%3Fe%23f%25@localhost/shop',
      { user: 'app', password: 'a@b:c/d?e#f%', database: 'shop' },
    ],
    ['postgresql://app:a:b:c@localhost/shop', { user: 'app', password: 'a:b:c', database: 'shop' }],
    ['postgresql://app:a@b@localhost/shop', { user: 'app', password: 'a@b', database: 'shop' }],
    ['postgresql://app:a#b@localhost/shop', { user: 'app', password: 'a#b', database: 'shop' }],
    ['postgresql://app:p+w@localhost/shop', { user: 'app', password: 'p+w', database: 'shop' }],
    ['postgresql://app:p%20w@localhost/shop', { user: 'app', password: 'p w', database: 'shop' }],
    ['postgresql://b%C3%BCro:p%C3%A4ss@localhost/l%C3%A4den', { user: 'büro', password: 'päss', database: 'läden' }],
    ['postgresql://büro@localhost/läden', { user: 'büro', database: 'läden' }],
    ['postgresql://app%40tenant@localhost', { user: 'app@tenant', database: 'app@tenant' }],
    ['postgresql://localhost/a%2Fb%3Fc', { database: 'a/b?c' }],
    ['postgresql://[::1]/shop', { host: '::1', database: 'shop' }],
    ['postgresql://[::1]:5433/shop', { host: '::1', port: 5433, database: 'shop' }],
    ['postgresql://app:pw@[::1]:5433/shop', { host: '::1', port: 5433, user: 'app', password: 'pw', database: 'shop' }],
    ['postgresql://[2001:db8::1]/shop', { host: '2001:db8::1', database: 'shop', ...FULL }],
    ['postgresql://[fe80::1%25eth0]/shop', { host: 'fe80::1%eth0', database: 'shop', ...FULL }],
    ['postgresql:///shop?host=::1', { host: '::1', database: 'shop' }],
    ['postgresql:///shop?host=/run/pg', { host: '/run/pg', database: 'shop' }],
    ['postgresql:///shop?host=%2Frun%2Fpg&port=5433', { host: '/run/pg', port: 5433, database: 'shop' }],
    ['postgresql://%2Frun%2Fpg/shop', { host: '/run/pg', database: 'shop' }],
    [
      'postgresql://app:pw@%2Frun%2Fpg:5433/shop',
      { host: '/run/pg', port: 5433, user: 'app', password: 'pw', database: 'shop' },
    ],
    ['postgresql:///?dbname=shop&user=app&password=p%26w', { user: 'app', password: 'p&w', database: 'shop' }],
    ['postgresql://a@localhost/x?user=b&dbname=y', { user: 'b', database: 'y' }],
    ['postgresql://localhost/shop?application_name=my%20app', { database: 'shop', applicationName: 'my app' }],
    ['postgresql://localhost/shop?options=-c%20geqo%3Doff', { database: 'shop', options: '-c geqo=off' }],
    ['postgresql://localhost/shop?channel_binding=prefer', { database: 'shop', channelBinding: true }],
    ['postgresql://localhost/shop?channel_binding=disable&', { database: 'shop' }],
    // What else people have in their URLs, as psql would read it.
    [
      'postgres://app:pw@localhost:5433/shop?sslmode=disable',
      { port: 5433, user: 'app', password: 'pw', database: 'shop' },
    ],
    ['postgresql://app:%40%3A%2F%3F%23@localhost/shop', { user: 'app', password: '@:/?#', database: 'shop' }],
    ['postgresql://app:@@localhost/shop', { user: 'app', password: '@', database: 'shop' }],
    ['postgresql://app:::@localhost/shop', { user: 'app', password: '::', database: 'shop' }],
    ['postgresql://app:a%2520b@localhost/shop', { user: 'app', password: 'a%20b', database: 'shop' }],
    ["postgresql://app:it's&$;*!@localhost/shop", { user: 'app', password: "it's&$;*!", database: 'shop' }],
    ['postgresql://app:%F0%9F%90%98@localhost/shop', { user: 'app', password: '🐘', database: 'shop' }],
    ['postgresql:///shop?user=app&password=a%40b%3Fc%23d', { user: 'app', password: 'a@b?c#d', database: 'shop' }],
    ['postgresql://app@localhost/shop?password=pw', { user: 'app', password: 'pw', database: 'shop' }],
    ['postgresql://app:one@localhost/shop?password=two', { user: 'app', password: 'two', database: 'shop' }],
    ['postgresql://app%20one@localhost/shop%20two', { user: 'app one', database: 'shop two' }],
    ['postgresql://APP@LOCALHOST/Shop', { host: 'LOCALHOST', user: 'APP', database: 'Shop' }],
    ['postgresql://localhost/?dbname=shop', { database: 'shop' }],
    ['postgresql://localhost?dbname=shop', { database: 'shop' }],
    ['postgresql://:5433', { port: 5433 }],
    ['postgresql://app@:5433/shop', { port: 5433, user: 'app', database: 'shop' }],
    ['postgresql://localhost:5433/shop?port=6000', { port: 6000, database: 'shop' }],
    ['postgresql://localhost/shop?host=db.example', { host: 'db.example', database: 'shop', ...FULL }],
    ['postgresql://[::ffff:127.0.0.1]/shop', { host: '::ffff:127.0.0.1', database: 'shop' }],
    ['postgresql://app:p%5Bw%5D@[::1]/shop', { host: '::1', user: 'app', password: 'p[w]', database: 'shop' }],
    [
      'postgresql://[2001:db8::1]:6432/shop?sslmode=disable',
      { host: '2001:db8::1', port: 6432, database: 'shop', ...FULL },
    ],
    ['postgresql://10.1.2.3/shop?sslmode=disable', { host: '10.1.2.3', database: 'shop', ...FULL }],
    ['postgresql://db.example/shop?sslmode=require', { host: 'db.example', database: 'shop', ...FULL }],
    ['postgresql://xn--bcher-kva.example/shop', { host: 'xn--bcher-kva.example', database: 'shop', ...FULL }],
    ['postgresql://bücher.example/shop', { host: 'bücher.example', database: 'shop', ...FULL }],
    ['postgresql:///shop?host=/tmp&user=app', { host: '/tmp', user: 'app', database: 'shop' }],
    ['postgresql://app@/shop?host=/run/pg', { host: '/run/pg', user: 'app', database: 'shop' }],
    ['postgresql://%2Frun%2Fpg:5433', { host: '/run/pg', port: 5433 }],
    ['postgresql:///shop?host=%2Frun%2Fa%20folder&sslmode=require', { host: '/run/a folder', database: 'shop' }],
    ['postgresql://localhost/shop?sslmode=verify-full', { database: 'shop', ...FULL }],
    ['postgresql://localhost/shop?sslmode=require', { database: 'shop', tls: { verify: 'none' } }],
    ['postgresql://localhost/shop?sslrootcert=system', { database: 'shop', ...FULL }],
    [
      'postgresql://localhost/shop?options=-csearch_path%3Da%2Cb%20-c%20geqo=off',
      { database: 'shop', options: '-csearch_path=a,b -c geqo=off' },
    ],
    ['postgresql://localhost/a%2Bb+c', { database: 'a+b+c' }],
    ['postgresql://127.0.0.1/shop', { host: '127.0.0.1', database: 'shop' }],
    ['postgresql://my_host.internal-1/shop', { host: 'my_host.internal-1', database: 'shop', ...FULL }],
  ])('%s', (url, expected) => {
    expect(parse(url)).toEqual({ ...DEFAULTS, ...expected });
  });

  test('can be sent to a worker thread', () => {
    const settings = parse('postgresql://app:pw@db.example/shop');
    expect(structuredClone(settings)).toEqual(settings);
  });

  test.each([
    ['postgresql://app:pw@db.example:5433/shop', 'app@db.example:5433/shop'],
    ['postgresql://app:pw@[::1]/shop', 'app@[::1]:5432/shop'],
    ['postgresql://app:pw@%2Frun/shop', 'app@/run/.s.PGSQL.5432/shop'],
  ])('%s is shown without its password', (url, shown) => {
    expect(describeConnection(parse(url))).toBe(shown);
  });
});

describe('files', () => {
  let baseDir: string;
  const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  const KEY = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n';
  beforeAll(() => {
    baseDir = mkdtempSync(join(tmpdir(), 'connection-url-'));
    const write = (name: string, text: string, mode: number) => {
      writeFileSync(join(baseDir, name), text);
      chmodSync(join(baseDir, name), mode);
    };
    write('ca.pem', PEM, 0o644);
    write('cert.pem', PEM, 0o644);
    write('key.pem', KEY, 0o600);
    write('open.pem', KEY, 0o644);
    write('junk.pem', 'junk', 0o644);
    write('pgpass', 'db.example:5432:shop:app:filed', 0o600);
    write('open-pgpass', '*:*:*:*:filed', 0o644);
    write('.s.PGSQL.5432', '', 0o600);
  });
  afterAll(() => rmSync(baseDir, { recursive: true }));

  test('a password comes from the password file, by the settings that are used', () => {
    const env = { PGPASSFILE: join(baseDir, 'pgpass') };
    expect(parse('postgresql://app@db.example/shop', { env }).password).toBe('filed');
    expect(parse('postgresql://app@db.example/other', { env }).password).toBeUndefined();
    expect(parse('postgresql://app:own@db.example/shop', { env }).password).toBe('own');
    expect(parse('postgresql://app@db.example/shop?passfile=pgpass', { baseDir }).password).toBe('filed');
  });

  test('a password file that was passed over is remembered', () => {
    const file = join(baseDir, 'open-pgpass');
    const settings = parse('postgresql://app@db.example/shop', { env: { PGPASSFILE: file } });
    expect(settings).toMatchObject({ ignoredPassfile: file });
    expect(settings).not.toHaveProperty('password');
  });

  test('the default host is a folder in which a server listens', () => {
    const socketFolders = ['/nowhere', baseDir];
    expect(parse('postgresql:///shop', { socketFolders }).host).toBe(baseDir);
    expect(parse('postgresql://:5433/shop', { socketFolders }).host).toBe('localhost');
  });

  test('certificates are read, from the URL or from the configuration', () => {
    const url = 'postgresql://db.example/shop?sslrootcert=ca.pem&sslcert=cert.pem&sslkey=key.pem';
    const tls = { verify: 'full', ca: PEM, cert: PEM, key: KEY, keyFile: join(baseDir, 'key.pem') };
    expect(parse(url, { baseDir }).tls).toEqual(tls);
    const explicit = { verify: 'ca', ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;
    expect(parse('postgresql://db.example/shop', { baseDir, tls: explicit }).tls).toEqual({ ...tls, verify: 'ca' });
  });

  test.each([
    [{ ca: 'nowhere.pem' }, 'ANON_CONFIG_REFERENCE', 'source.tls.ca: FILE does not exist.'],
    [{ ca: 'junk.pem' }, 'ANON_CONFIG_REFERENCE', 'source.tls.ca: FILE holds no such thing in PEM.'],
    [{ ca: 'key.pem' }, 'ANON_CONFIG_REFERENCE', 'source.tls.ca: FILE holds no such thing in PEM.'],
    [
      { cert: 'cert.pem', key: 'open.pem' },
      'ANON_CONFIG_FILE_MODE',
      'source.tls.key: FILE can be read by others than its owner.',
    ],
    [
      { cert: 'cert.pem', key: 'ca.pem' },
      'ANON_CONFIG_FILE_MODE',
      'source.tls.key: FILE can be read by others than its owner.',
    ],
  ])('%j is refused', (tls, code, template) => {
    const message = template.replace('FILE', join(baseDir, Object.values(tls).at(-1) ?? ''));
    expect(() => parse('postgresql://db.example/shop', { baseDir, tls })).toThrow(
      expect.objectContaining({ code, message }),
    );
  });
});

function refusal(action: () => unknown): AnonymizeError {
  try {
    action();
  } catch (error) {
    if (error instanceof AnonymizeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the settings of a side', () => {
  const config = parseConfig(
    `version: 1
source: { url: env:S, tls: { verify: none } }
target: { url: "postgresql://db.example/t" }
tables: {}
`,
    { baseDir: '/base' },
  );
  const context = { env: { S: 'postgresql://app:pw@db.example/s' }, user: 'me' };

  test('come from its URL and its `tls:`', () => {
    expect(connectionSettings(config, 'source', context)).toMatchObject({ password: 'pw', tls: { verify: 'none' } });
    expect(connectionSettings(config, 'target', context)).toMatchObject({ user: 'me', tls: { verify: 'full' } });
  });

  test('cannot come from a side that is not configured', () => {
    const error = refusal(() => connectionSettings(config, 'control', context));
    expect(error).toMatchObject({ code: 'ANON_CONFIG_REFERENCE', message: 'control.url: it is missing.' });
  });
});
