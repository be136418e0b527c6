import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type ConnectionSettings, parseConnectionUrl, type UrlContext } from '../../src/config/connection-url.ts';
import { AnonymizeError } from '../../src/errors.ts';

const CONTEXT: UrlContext = { env: {}, user: 'me', path: 'source', baseDir: '/base', socketFolders: [] };
const parse = (url: string, context: Partial<UrlContext> = {}): ConnectionSettings =>
  parseConnectionUrl(url, { ...CONTEXT, ...context });

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
