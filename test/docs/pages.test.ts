import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorsPage } from '../../src/docs/errors-page.ts';
import { EXAMPLE_SECRET } from '../../src/docs/example-secret.ts';
import { strategiesPage } from '../../src/docs/strategies-page.ts';
import { CATALOGUE, EXIT } from '../../src/errors.ts';
import { describeStrategies } from '../../src/plan/describe-strategies.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/errors.md is what `npm run docs` writes', () => {
  expect(read('docs/errors.md')).toBe(errorsPage());
});

test('docs/strategies.md is what `npm run docs` writes', async () => {
  expect(read('docs/strategies.md')).toBe(strategiesPage(await describeStrategies()));
});

test('every error code is documented once, with its exit code', () => {
  const rows = read('docs/errors.md').split('\n');
  for (const [code, { exit }] of Object.entries(CATALOGUE)) {
    expect(rows.filter(row => row.startsWith(`| \`${code}\` | ${exit} |`))).toHaveLength(1);
  }
  for (const exit of Object.values(EXIT)) expect(rows.some(row => row.startsWith(`| ${exit} | `))).toBe(true);
});

test('the page of the strategies names the secret of its examples', () => {
  expect(read('docs/strategies.md')).toContain(EXAMPLE_SECRET);
});

describe('every strategy', async () => {
  test.each((await describeStrategies()).map(strategy => [strategy.name, strategy] as const))(
    '%s has a summary, and a sentence for each option',
    (_, { summary, options }) => {
      expect(summary).toMatch(/\.$/);
      for (const { name, description, type } of options) {
        expect(name).toMatch(/^[a-z_]+$/);
        expect(description.length).toBeGreaterThan(10);
        expect(type).not.toBe('');
      }
    },
  );
});
