import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPassword, lookUpPassword } from '../../src/config/pgpass.ts';

const KEY = { host: 'db.example', port: 5432, database: 'shop', user: 'app' };

describe('a line of a password file', () => {
  test.each([
    ['db.example:5432:shop:app:pw', 'pw'],
    ['*:*:*:*:pw', 'pw'],
    ['db.example:*:shop:app:pw', 'pw'],
    ['*:*:*:*:with\\:colon and \\\\ backslash', 'with:colon and \\ backslash'],
    ['*:*:*:*:pw:ignored', 'pw'],
    ['*:*:*:*: spaced ', ' spaced '],
    ['# comment\n\n*:*:*:*:pw', 'pw'],
    ['*:*:*:other:no\n*:*:*:app:pw\n*:*:*:app:later', 'pw'],
    ['*:*:*:*:pw\r\n', 'pw'],
    ['*:*:*:*:\n*:*:*:*:pw', 'pw'],
    ['nonsense\n*:*:*:*:pw', 'pw'],
  ])('%j fits', (text, password) => {
    expect(findPassword(text, KEY)).toBe(password);
  });

  test.each([
    'other:5432:shop:app:pw',
    'db.example:5433:shop:app:pw',
    'db.example:5432:shops:app:pw',
    'db.example:5432:shop:APP:pw',
    'db.example:5432:shop:app:',
    'db.example:5432:shop:app',
    '\\*:*:*:*:pw',
    '#*:*:*:*:pw',
    '',
  ])('%j does not fit', text => {
    expect(findPassword(text, KEY)).toBeUndefined();
  });

  test('names with colons and backslashes are written with backslashes', () => {
    expect(findPassword('a\\:b:1:c\\\\d:e:pw', { host: 'a:b', port: 1, database: 'c\\d', user: 'e' })).toBe('pw');
  });

  test('a socket is found by localhost and by its folder', () => {
    const socket = { ...KEY, host: '/run/pg' };
    expect(findPassword('localhost:*:*:*:pw', socket)).toBe('pw');
    expect(findPassword('/run/pg:*:*:*:pw', socket)).toBe('pw');
    expect(findPassword('/run/other:*:*:*:pw', socket)).toBeUndefined();
  });
});

describe('the password file', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'pgpass-'));
    writeFileSync(join(home, '.pgpass'), '*:*:*:*:from-home');
    writeFileSync(join(home, 'other'), '*:*:*:*:from-other');
    writeFileSync(join(home, 'open'), '*:*:*:*:from-open');
    mkdirSync(join(home, 'folder'));
    for (const name of ['.pgpass', 'other']) chmodSync(join(home, name), 0o600);
    chmodSync(join(home, 'open'), 0o640);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  test('is .pgpass in HOME', () => {
    expect(lookUpPassword(KEY, { HOME: home })).toEqual({ password: 'from-home' });
  });

  test('is PGPASSFILE where that is set', () => {
    const env = { HOME: home, PGPASSFILE: join(home, 'other') };
    expect(lookUpPassword(KEY, env)).toEqual({ password: 'from-other' });
  });

  test.each(['open', 'folder'])('is passed over when it is %s', name => {
    const file = join(home, name);
    expect(lookUpPassword(KEY, { PGPASSFILE: file })).toEqual({ ignored: file });
  });

  test('need not be there', () => {
    expect(lookUpPassword(KEY, { HOME: join(home, 'nowhere') })).toEqual({});
    expect(lookUpPassword(KEY, {})).toEqual({});
  });
});
