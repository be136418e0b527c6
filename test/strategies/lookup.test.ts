import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packMap, unpackMap } from '../../src/kernels/packed-map.ts';
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
    ['same.csv', 'a,b,b\nx,1,2\n', 'asked for twice', { from: 'a', to: 'b' }],
    ['open.csv', 'a,b\n"secret,1\n', 'quotes in the wrong place'],
    ['old-mac.csv', 'a,b\rsecret,1\r', 'quotes in the wrong place'],
    ['gap.csv', 'a,b\n\nsecret,1\n', 'record 2 has another number of fields'],
    ['semicolons.csv', 'a;b\nsecret;1\n', 'commas are between them'],
    ['empty.csv', '', 'lacks the columns'],
    ['long.json', '{"secret": 12345678901234567890}', 'may have lost digits'],
    ['list.json', '["secret"]', 'must hold one object'],
    ['deep.json', '{"secret": ["secret"]}', 'entry 1 has no text'],
    ['broken.json', '{"secret"', 'its syntax is wrong'],
    ['map.txt', 'secret', 'must end in'],
  ] as const)('%s', async (name, text, reason, columns: object = {}) => {
    const found = await tryStrategy('lookup', { options: { file: fileWith(name, text), ...columns } });
    expect(found).toContain(reason);
    expect(found).not.toContain('secret');
  });

  test.each([
    [{}, 'one of a file, a table and a map'],
    [{ file: 'map.csv', map: {} }, 'one of a file, a table and a map'],
    [{ table: 'a.b', from: 'x' }, 'a table needs from and to'],
    [{ table: 'a.b', from: 'x', to: 'y' }, 'no database here'],
    [{ map: {}, from_database: 'control' }, 'says where a table is'],
    [{ file: '/nowhere/map.csv' }, 'no such file'],
    [{ file: 'map.csv' }, 'there is no configuration'],
    [{ file: 'https://example.org/map.csv' }, 'file is a URL'],
    [{ map: {}, from: 'a' }, 'columns of a CSV file'],
  ])('%j', async (options, reason) => {
    expect(await tryStrategy('lookup', { options })).toContain(reason);
  });
});

test('fields may hold line ends, quotes and nothing, and lines at the end without any fields are none', async () => {
  const options = { file: fileWith('odd.csv', 'a,b\r\n"two\r\nlines","say ""no"""\r\n,empty\r\nnone,\r\n\r\n\n') };
  expect(await replace('lookup', ['two\r\nlines', '', 'none'], { options })).toEqual(['say "no"', 'empty', '']);
});

test('a packed map comes back as it was, and equal maps are one', () => {
  const map = new Map<string, string | null>([
    ['', 'empty'],
    ['Zoë 😀', null],
    ['x', ''],
  ]);
  const packed = packMap(map);
  const copy = structuredClone(packed);
  expect(unpackMap(copy)).toEqual(map);
  expect(unpackMap(packed)).toBe(unpackMap(copy));
  expect(packMap(new Map(map))).toBe(packed);
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
