// What the README and ARCHITECTURE say is what is there.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/index.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const packageFile = JSON.parse(read('package.json'));

test('the configuration in the README is a valid one', () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(read('README.md')) ?? [];
  expect(parseConfig(yaml, { baseDir: '.' }).tables.map(({ key }) => key)).toEqual([
    'public.country',
    'public.customer',
  ]);
});

test.each(['README.md', 'CONTRIBUTING.md'])('every npm script that %s names exists', page => {
  const named = [...read(page).matchAll(/\bnpm run ([a-z:]+)/g)].map(([, script]) => script);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(packageFile.scripts)).toEqual(expect.arrayContaining(named));
});

const rowsOf = (page: string, heading: string): string[] => {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter(line => line.startsWith('| ') && line.includes('`'));
};
const firstCells = (rows: readonly string[]): string[] =>
  rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

test('ARCHITECTURE has a line for every dependency, and for nothing else', () => {
  const [development, runtime] = [true, false].map(isDevelopment => {
    const rows = rowsOf(read('ARCHITECTURE.md'), 'Dependencies');
    return firstCells(rows.filter(row => row.includes('development:') === isDevelopment)).sort();
  });
  expect(runtime).toEqual(Object.keys(packageFile.dependencies).sort());
  const isNamed = (name: string): boolean => !name.startsWith('@types/');
  expect(development).toEqual(Object.keys(packageFile.devDependencies).filter(isNamed).sort());
});

test('ARCHITECTURE has a line for every folder of src', () => {
  const folders = readdirSync(new URL('src/', ROOT), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => `src/${name}/`);
  const named = firstCells(rowsOf(read('ARCHITECTURE.md'), 'Folders')).filter(name => name.startsWith('src/'));
  expect(named.sort()).toEqual(folders.sort());
});
