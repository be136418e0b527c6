import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
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

describe('what a URL leaves out', () => {
  const env = {
    PGHOST: 'env.example',
    PGPORT: '6000',
    PGUSER: 'env-user',
    PGDATABASE: 'env-db',
    PGPASSWORD: 'env-pw',
  };

  test('comes from the environment that was given', () => {
    expect(parse('postgresql://', { env })).toMatchObject({
      host: 'env.example',
      port: 6000,
      user: 'env-user',
      database: 'env-db',
      password: 'env-pw',
    });
  });

  test('comes from nowhere when the URL says it', () => {
    expect(parse('postgresql://u:p@h:1/d', { env })).toMatchObject({
      host: 'h',
      port: 1,
      user: 'u',
      database: 'd',
      password: 'p',
    });
  });

  test('never comes from the environment of the process', () => {
    process.env.PGPASSWORD = 'leak';
    expect(parse('postgresql://localhost/shop')).toEqual({ ...DEFAULTS, database: 'shop' });
    delete process.env.PGPASSWORD;
  });

  test('an empty variable counts as none', () => {
    expect(
      parse('postgresql://', { env: { PGHOST: '', PGPORT: '', PGUSER: '', PGDATABASE: '', PGPASSWORD: '' } }),
    ).toEqual(DEFAULTS);
  });

  test.each([
    [{ PGPORT: 'x' }, 'PGPORT: a number from 1 to 65535 is wanted.'],
    [{ PGHOST: 'a,b' }, 'PGHOST: one host is wanted: a name, an address or the folder of a socket.'],
  ])('a wrong variable is a finding: %j', (wrong, message) => {
    expect(() => parse('postgresql://', { env: wrong })).toThrow(
      expect.objectContaining({ findings: [expect.objectContaining({ code: 'ANON_CONFIG_REFERENCE', message })] }),
    );
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

describe('TLS', () => {
  const tlsOf = (host: string, sslmode?: string, tls?: UrlContext['tls']) => {
    const { tls: found } = parse(`postgresql://${host}/shop${sslmode ? `?sslmode=${sslmode}` : ''}`, { tls });
    return found ? found.verify : false;
  };
  const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

  test.each([undefined, ...MODES])('off this machine the server is verified in full with sslmode=%s', sslmode => {
    for (const host of ['db.example', '10.0.0.1', '[2001:db8::1]', 'localhost.example', '128.0.0.1']) {
      expect(tlsOf(host, sslmode)).toBe('full');
    }
  });

  test.each([
    [undefined, false],
    ['disable', false],
    ['allow', false],
    ['prefer', false],
    ['require', 'none'],
    ['verify-ca', 'ca'],
    ['verify-full', 'full'],
  ])('on this machine sslmode=%s means %s', (sslmode, expected) => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '[::1]', '[::ffff:127.0.0.1]']) {
      expect(tlsOf(host, sslmode)).toBe(expected);
    }
  });

  test.each([undefined, ...MODES])('a socket has none with sslmode=%s', sslmode => {
    expect(tlsOf('%2Frun%2Fpg', sslmode)).toBe(false);
  });

  test.each([
    ['off', false],
    ['none', 'none'],
    ['ca', 'ca'],
    ['full', 'full'],
    [undefined, 'full'],
  ] as const)('`tls: { verify: %s }` wins everywhere', (verify, expected) => {
    for (const host of ['db.example', 'localhost']) {
      for (const sslmode of [undefined, ...MODES]) expect(tlsOf(host, sslmode, { verify })).toBe(expected);
    }
  });
});

describe('a URL with defects', () => {
  const ENCODE = 'characters such as @ : / ? # % in a name or password must be percent-encoded, such as %40 for @.';
  const PORT = 'its port is no number from 1 to 65535.';

  test.each([
    ['', 'it must begin with postgresql:// or postgres://.'],
    ['canary', 'it must begin with postgresql:// or postgres://.'],
    ['mysql://u:canary@h/db', 'it must begin with postgresql:// or postgres://.'],
    ['host=h password=canary', 'it must begin with postgresql:// or postgres://.'],
    ['postgresql:/u:canary@h/db', 'it must begin with postgresql:// or postgres://.'],
    ['postgresql://u:can/ary@h/db', ENCODE],
    ['postgresql://u:can?ary@h/db', ENCODE],
    ['postgresql://u:123/canary@h/db', ENCODE],
    ['postgresql://u:canary%@h/db', ENCODE],
    ['postgresql://u:canary%zz@h/db', ENCODE],
    ['postgresql://u:canary%FF@h/db', ENCODE],
    ['postgresql://u:canary%00@h/db', ENCODE],
    ['postgresql://h/canary/db', ENCODE],
    ['postgresql://h:canary/db', PORT],
    ['postgresql://u:canary:h:5432', PORT],
    ['postgresql://h:0/db', PORT],
    ['postgresql://h:65536/db', PORT],
    ['postgresql://h:-1/db', PORT],
    ['postgresql://h/db?port=canary', PORT],
    ['postgresql://a,b/db', 'several hosts are not supported; name one.'],
    ['postgresql://can ary/db', 'its host is no name, no address and no folder of a socket.'],
    ['postgresql://[canary]/db', 'its [address] is not IPv6.'],
    ['postgresql://[::1/db', 'its host and port cannot be told apart; an IPv6 address is written [::1].'],
    ['postgresql://h/db?canary', 'a parameter after ? has no value.'],
    ['postgresql://h/db?sslmode=require&sslmode=disable', 'its parameter sslmode comes twice.'],
    [
      'postgresql://h/db?sslmod=require',
      'its parameter "sslmod" is not known here; leave it out. Did you mean "sslmode"?',
    ],
    ['postgresql://h/db?pgbouncer=true', 'its parameter "pgbouncer" is not known here; leave it out.'],
    ['postgresql://h/db?can%61ry!=x', 'one of its parameters is not known here; leave it out.'],
    ['postgresql://h/db?sslmode=canary', 'its sslmode is not known.'],
    ['postgresql://h/db?sslcert=canary', 'sslcert and sslkey come together.'],
    [
      'postgresql://h/db?channel_binding=require',
      'channel_binding=require cannot be promised; leave it out: the certificate of the server is verified.',
    ],
    ['postgresql://h/db?channel_binding=canary', 'its channel_binding is not known.'],
  ])('%s', (url, detail) => {
    const error = refusal(() => parse(url));
    expect(error).toMatchObject({ code: 'ANON_CONFIG_REFUSED', exitCode: 78 });
    expect(error.findings.map(({ code, message }) => [code, message])).toEqual([
      ['ANON_CONFIG_URL', `source.url: ${detail}`],
    ]);
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|can\/ary/);
  });

  test('all defects come at once', () => {
    const error = refusal(() => parse('postgresql://u:canary@a,b:x/db?sslmode=q&foo=1'));
    expect(error.findings.map(({ message }) => message)).toEqual([
      'source.url: its parameter "foo" is not known here; leave it out.',
      'source.url: several hosts are not supported; name one.',
      `source.url: ${PORT}`,
      'source.url: its sslmode is not known.',
    ]);
  });

  test('a socket with TLS is a contradiction', () => {
    const error = refusal(() => parse('postgresql://%2Frun/db', { tls: { verify: 'full' } }));
    expect(error.findings[0]?.message).toBe('source.url: a socket has no TLS; leave `tls:` out.');
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
