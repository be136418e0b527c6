// No connection is weaker than what was asked for, whatever says it.

import { describe, expect, test } from 'vitest';
import { type ConnectionSettings, parseConnectionUrl, type UrlContext } from '../../src/config/connection-url.ts';

const CONTEXT: UrlContext = { env: {}, user: 'me', path: 'source', baseDir: '/base', socketFolders: [] };
const parse = (url: string, context: Partial<UrlContext> = {}): ConnectionSettings =>
  parseConnectionUrl(url, { ...CONTEXT, ...context });

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

  test('on this machine a CA that is named is checked, and a certificate of our own wants TLS', () => {
    for (const sslmode of ['allow', 'prefer', 'require', 'verify-ca']) {
      expect(tlsOf('localhost', `${sslmode}&sslrootcert=system`), sslmode).toBe('full');
    }
    expect(tlsOf('localhost', 'disable&sslrootcert=system')).toBe(false);
  });

  /** How much is checked. */
  const STRENGTH = { false: 0, none: 1, ca: 2, full: 3 } as const;
  const LIBPQ = { disable: 0, allow: 0, prefer: 0, require: 1, 'verify-ca': 2, 'verify-full': 3 } as const;
  const HOSTS = ['db.example', '10.0.0.1', '[2001:db8::1]', 'localhost', '127.0.0.1', '[::1]', 'LOCALHOST'];

  test('none of them is weaker than libpq would be with the same sslmode, from the URL or from PGSSLMODE', () => {
    for (const host of HOSTS) {
      for (const [sslmode, least] of Object.entries(LIBPQ)) {
        const said = [
          parse(`postgresql://${host}/shop?sslmode=${sslmode}`),
          parse(`postgresql://${host}/shop`, { env: { PGSSLMODE: sslmode } }),
        ];
        for (const { tls } of said) {
          expect(STRENGTH[tls ? tls.verify : 'false'], `${host} ${sslmode}`).toBeGreaterThanOrEqual(least);
        }
      }
    }
  });
});
