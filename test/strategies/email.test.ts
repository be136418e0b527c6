import { describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy, useStrategy } from './replace.ts';

const KEEP = { options: { host: 'keep' } };
const hostOf = async (value: string, use = KEEP): Promise<string | undefined> =>
  (await replaceOne('email', value, use))?.split('@')[1];

describe('host: keep keeps the host of an ordinary address', () => {
  test.each([
    ['ada@example.org', 'example.org'],
    ['ada@Mail.Example.ORG', 'Mail.Example.ORG'],
    ['a.b+c@xn--mller-kva.example', 'xn--mller-kva.example'],
    ['"a@b c"@example.org', 'example.org'],
    ['jürgen@example.org', 'example.org'],
    ["o'neil@1-2.example", '1-2.example'],
    [`a@${'b'.repeat(63)}.example`, `${'b'.repeat(63)}.example`],
  ])('%s', async (value, host) => {
    expect(await hostOf(value)).toBe(host);
  });
});

describe('host: keep lets nothing else through', () => {
  test.each([
    [''],
    ['@'],
    ['no at sign'],
    ['@ada.lovelace'],
    ['call me @ada.lovelace'],
    ['Ada <ada@example.org>'],
    ['a@b@'],
    ['a,b@example.org'],
    ['ada@localhost'],
    ['ada@1.2.3.4'],
    ['ada@[1.2.3.4]'],
    ['ada@example..org'],
    ['ada@.example.org'],
    ['ada@example.org.'],
    ['ada@-example.org'],
    ['ada@example-.org'],
    ['ada@exa mple.org'],
    ['ada@müller.example'],
    ['ada@example.org\n'],
    [`a@${'b'.repeat(64)}.example`],
    [`${'a'.repeat(65)}@example.org`],
    [`a@${'b.'.repeat(118)}example`],
  ])('%j', async value => {
    expect(await hostOf(value)).toBe('example.com');
  });
});

test('every address is valid, whatever the input', async () => {
  const inputs = ['', '@', 'a@b', '\u0001', '東京@例え.テスト', 'x'.repeat(10_240), `${'a@'.repeat(5000)}example.org`];
  for (const options of [{}, { host: 'keep' }, { host: ['one.example', 'two.example'] }]) {
    for (const address of await replace('email', inputs, { options })) {
      expect(address).toMatch(/^[a-z2-7]{18}@[a-z.]+$/);
      expect(address!.length).toBeLessThanOrEqual(254);
    }
  }
});

test('a kept host that would make the address too long for its column is replaced', async () => {
  const use = { ...KEEP, type: 'character varying(40)' };
  expect(await hostOf(`a@${'b'.repeat(13)}.example`, use)).toBe(`${'b'.repeat(13)}.example`);
  expect(await hostOf(`a@${'b'.repeat(14)}.example`, use)).toBe('example.com');
  expect((await useStrategy('email', use)).instance.maxLength).toBe(40);
});

test('a column too short for any address is told so by the length', async () => {
  expect((await useStrategy('email', { type: 'character varying(20)' })).instance.maxLength).toBe(30);
});

test('all hosts of a list are used, each for the same values', async () => {
  const host = ['one.example', 'two.example', 'three.example'];
  const values = Array.from({ length: 3000 }, (_, row) => `person${row}@mail.example`);
  const hosts = (await replace('email', values, { options: { host } })).map(address => address?.split('@')[1]);
  for (const one of host) expect(hosts.filter(found => found === one).length).toBeGreaterThan(900);
});

test('the host changes nothing in the local part', async () => {
  const [kept, example] = [await replaceOne('email', 'ada@mail.org', KEEP), await replaceOne('email', 'ada@mail.org')];
  expect(kept?.split('@')[0]).toBe(example?.split('@')[0]);
});

test.each([['not a host'], ['a@b.example'], ['localhost'], ['-a.example'], [`${'a.'.repeat(115)}example`]])(
  'the list refuses %s',
  async host => {
    expect(await tryStrategy('email', { options: { host: [host] } })).toContain('host');
  },
);

test('the plan is told that a collision among 10^9 addresses has a chance under 10^-9', async () => {
  const { instance } = await useStrategy('email', { ...KEEP, rows: 1e9 });
  expect(instance.bits).toBe(90);
  expect(instance.note).toBe(
    '90 bits: the chance of any collision is under 4.1e-10 at 1,000,000,000 different values; hosts stay in clear',
  );
});
