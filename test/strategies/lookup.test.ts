import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy } from './replace.ts';

const folder = mkdtempSync(join(tmpdir(), 'pgveil-lookup-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('the map comes from', () => {
  test.each([
    ['cities.csv', 'city,region\r\nOslo,North\r\n"Ber,gen","W""est"\r\n', {}],
    ['named.csv', '\ufeffid,to,from\n1,North,Oslo\n2,"W""est","Ber,gen"', { from: 'from', to: 'to' }],
    ['cities.json', '{"Oslo": "North", "Ber,gen": "W\\"est"}', {}],
    ['cities.yaml', 'Oslo: North\n"Ber,gen": W"est\n', {}],
  ])('%s', async (name, text, columns) => {
    const options = { file: fileWith(name, text), ...columns };
    expect(await replace('lookup', ['Ber,gen', 'Oslo'], { options })).toEqual(['W"est', 'North']);
  });
});

describe('refused is', () => {
  test.each([
    ['twice.csv', 'a,b\nx,1\nx,2\n', 'record 3 has a value that another one replaces differently'],
    ['short.csv', 'a,b\nx\n', 'record 2 has another number of fields'],
    ['quotes.csv', 'a,b\nx"y,1\n', 'quotes in the wrong place'],
    ['one.csv', 'a\nx\n', 'lacks the columns'],
    ['list.json', '["secret"]', 'must hold one object'],
    ['deep.json', '{"secret": ["secret"]}', 'entry 1 has no text'],
    ['broken.json', '{"secret"', 'its syntax is wrong'],
    ['map.txt', 'secret', 'must end in'],
  ])('%s', async (name, text, reason) => {
    const found = await tryStrategy('lookup', { options: { file: fileWith(name, text) } });
    expect(found).toContain(reason);
    expect(found).not.toContain('secret');
  });

  test.each([
    [{}, 'either a file or a map'],
    [{ file: '/nowhere/map.csv' }, 'no such file'],
    [{ file: 'map.csv' }, 'not an absolute path'],
    [{ file: 'https://example.org/map.csv' }, 'not an absolute path'],
    [{ map: {}, from: 'a' }, 'columns of a CSV file'],
  ])('%j', async (options, reason) => {
    expect(await tryStrategy('lookup', { options })).toContain(reason);
  });
});

test('a value that the map does not have is refused, kept, NULL, or goes to another rule', async () => {
  const use = (missing?: unknown) => ({
    options: { map: { Oslo: 'North', Rome: null }, ...(missing ? { missing } : {}) },
  });
  await expect(replaceOne('lookup', 'Bergen', use())).rejects.toThrow('the map must have it');
  expect(await replaceOne('lookup', '__proto__', use('keep'))).toBe('__proto__');
  expect(await replaceOne('lookup', 'Bergen', use('nullify'))).toBe(null);
  const masked = use({ strategy: 'mask' });
  expect(await replace('lookup', ['Bergen', 'Oslo', 'Rome', 'Ulm'], masked)).toEqual(['******', 'North', null, '***']);
});
