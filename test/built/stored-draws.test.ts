import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { drawFrom, drawNow, type FakerKind } from '../../src/kernels/faker-draws.ts';
import { STORED_KINDS } from '../../src/kernels/stored-draws.ts';

const storedIn = (dist: string, { locale, kind }: FakerKind): string[] =>
  JSON.parse(readFileSync(join(dist, `src/kernels/fakes/${locale}.${kind}.json`), 'utf8'));

test.each(STORED_KINDS)('the package brings along what faker draws for $kind', async source => {
  const stored = storedIn(join(inject('builtFolder'), 'dist'), source);
  expect(stored.length).toBeGreaterThan(400);
  expect(stored).toEqual([...(await drawNow(source, String))]);
});

test('the sources draw, as nothing is stored beside them', async () => {
  const source: FakerKind = { kind: 'person.lastName', locale: 'en', args: [] };
  expect(await drawFrom(source, String)).toEqual(await drawNow(source, String));
});
