// What a URL leaves out, from the variables that psql reads.

import { describe, expect, test } from 'vitest';
import { type ConnectionSettings, parseConnectionUrl, type UrlContext } from '../../src/config/connection-url.ts';
import type { Environment } from '../../src/config/references.ts';

const CONTEXT: UrlContext = { env: {}, user: 'me', path: 'source', baseDir: '/base', socketFolders: [] };
const parse = (url: string, context: Partial<UrlContext> = {}): ConnectionSettings =>
  parseConnectionUrl(url, { ...CONTEXT, ...context });
const DEFAULTS = { host: 'localhost', port: 5432, user: 'me', database: 'me', tls: false, channelBinding: false };

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

  const SHORT = 'postgresql://localhost/shop';
  test.each<[Environment, object]>([
    [{ PGSSLMODE: 'verify-full' }, { tls: { verify: 'full' } }],
    [{ PGSSLMODE: 'require' }, { tls: { verify: 'none' } }],
    [{ PGSSLMODE: 'disable' }, { tls: false }],
    [{ PGSSLMODE: 'require', PGSSLROOTCERT: 'system' }, { tls: { verify: 'full' } }],
    [{ PGAPPNAME: 'nightly' }, { applicationName: 'nightly' }],
    [{ PGOPTIONS: '-c geqo=off' }, { options: '-c geqo=off' }],
    [{ PGCHANNELBINDING: 'prefer' }, { channelBinding: true }],
    [
      { PGPORT: '6000', PGUSER: 'app', PGPASSWORD: '@:/?#' },
      { port: 6000, user: 'app', password: '@:/?#' },
    ],
  ])('%j counts, as in psql', (given, expected) => {
    expect(parse(SHORT, { env: given })).toMatchObject(expected);
  });

  test('the database is named as the user, wherever that comes from', () => {
    expect(parse('postgresql://', { env: { PGUSER: 'app' } })).toMatchObject({ user: 'app', database: 'app' });
    expect(parse('postgresql://app@', { env: { PGUSER: 'other' } })).toMatchObject({ user: 'app', database: 'app' });
  });

  test('a variable says nothing where the URL does', () => {
    const given = { PGSSLMODE: 'verify-full', PGOPTIONS: '-c a=b', PGAPPNAME: 'x', PGHOST: 'a,b', PGPORT: 'x' };
    const url = 'postgresql://localhost:1/shop?sslmode=disable&options=-c%20c%3Dd&application_name=y';
    expect(parse(url, { env: given })).toMatchObject({ tls: false, options: '-c c=d', applicationName: 'y', port: 1 });
  });

  test('a host of PGHOST is no less checked than one of a URL', () => {
    expect(parse('postgresql://', { env: { PGHOST: 'db.example', PGSSLMODE: 'disable' } }).tls).toEqual({
      verify: 'full',
    });
    expect(parse('postgresql://', { env: { PGHOST: '/run/pg', PGSSLMODE: 'require' } }).tls).toBe(false);
  });

  test.each([
    [{ PGPORT: 'x' }, 'PGPORT: a number from 1 to 65535 is wanted.'],
    [{ PGHOST: 'a,b' }, 'PGHOST: one host is wanted: a name, an address or the folder of a socket.'],
    [{ PGSSLMODE: 'toString' }, 'PGSSLMODE: that sslmode is not known.'],
    [{ PGSERVICE: 'shop' }, 'PGSERVICE: service files are not read; write what it says into the URL.'],
    [{ PGHOSTADDR: '10.0.0.1' }, 'PGHOSTADDR: it is not read; write the address into the URL, or the name.'],
    [{ PGSSLCRL: '/crl' }, 'PGSSLCRL: lists of revoked certificates are not read; unset it.'],
    [
      { PGREQUIREAUTH: 'scram-sha-256' },
      'PGREQUIREAUTH: how the server asks for the password cannot be demanded; unset it.',
    ],
    [{ PGREQUIREPEER: 'postgres' }, 'PGREQUIREPEER: who owns a socket cannot be demanded; unset it.'],
    [{ PGTARGETSESSIONATTRS: 'standby' }, 'PGTARGETSESSIONATTRS: one server is wanted; name it and unset this.'],
  ])('a wrong variable is a finding: %j', (wrong, message) => {
    expect(() => parse('postgresql://', { env: wrong })).toThrow(
      expect.objectContaining({ findings: [expect.objectContaining({ code: 'ANON_CONFIG_REFERENCE', message })] }),
    );
  });
});
