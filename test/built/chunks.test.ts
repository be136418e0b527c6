import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, inject, test } from 'vitest';

const dist = join(inject('builtFolder'), 'dist');
/** `lookup` reads YAML. */
const READING_YAML = ['lookup.js'];
const strategies = readdirSync(join(dist, 'strategies')).filter(file => file.endsWith('.js'));

/** The files of the package that are loaded with one of them, other than by import(). */
function loadedWith(entry: string): Set<string> {
  const found = new Set([join(dist, entry)]);
  for (const file of found) {
    const code = readFileSync(file, 'utf8');
    for (const [, path = ''] of code.matchAll(/^(?:import|export)[^;'"]*["'](\.[^"']+)["']/gm)) {
      found.add(join(dirname(file), path));
    }
  }
  return new Set([...found].map(file => relative(dist, file)));
}

test('the command line brings what a sync needs in one file of its own', () => {
  expect(loadedWith('src/cli.js')).not.toContain('src/chunk-sync.js');
  expect(readdirSync(join(dist, 'src'))).toContain('chunk-sync.js');
});

test('the process that holds a snapshot for hours loads nothing that only the main thread of a sync needs', () => {
  const loaded = loadedWith('src/resume/holder.js');
  expect(loaded.size).toBeGreaterThan(1);
  for (const chunk of ['sync', 'yaml']) expect(loaded).not.toContain(`src/chunk-${chunk}.js`);
});

test.each(['src/workers/slice-worker.js', ...strategies.map(file => join('strategies', file))])(
  'a worker that loads %s loads nothing that only the main thread needs',
  entry => {
    const loaded = loadedWith(entry);
    expect(loaded.size).toBeGreaterThan(1);
    expect(loaded).not.toContain('src/chunk-sync.js');
    if (!READING_YAML.includes(entry.split('/').at(-1)!)) expect(loaded).not.toContain('src/chunk-yaml.js');
  },
);
