// anonymize strategies --new NAME: a starting file for a strategy of one's own, and its test. Nothing is ever overwritten.

import { createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey } from '../crypto/keys.ts';
import { EXAMPLE_SECRET } from '../docs/example-secret.ts';
import { AnonymizeError } from '../errors.ts';
import { strategyNames } from '../plan/strategies.ts';

const NAME = /^([a-z][a-z0-9_]*)(\.ts|\.js)?$/;

/**
 * Writes NAME.ts and NAME.test.ts, or NAME.js and NAME.test.js where NAME ends so.
 * @returns the files written
 * @throws {AnonymizeError} ANON_USAGE for a name that cannot be, is taken, or whose files exist
 */
export async function writeNewStrategy(wanted: string, folder: string): Promise<readonly string[]> {
  const [, name, extension = '.ts'] = NAME.exec(wanted) ?? [];
  if (name === undefined)
    refuse('A strategy is named in lower-case letters, digits and _, with .js behind for JavaScript.');
  mkdirSync(folder, { recursive: true });
  if ((await strategyNames(folder)).includes(name)) refuse(`There already is a strategy "${name}".`);
  const files = [
    [join(folder, `${name}${extension}`), strategyText(name)],
    [join(folder, `${name}.test${extension}`), testText(name, extension)],
  ] as const;
  for (const [file, text] of files) writeNew(file, text);
  return files.map(([file]) => file);
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    refuse(code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${code}).`);
  }
}

function refuse(detail: string): never {
  throw new AnonymizeError('ANON_USAGE', { detail });
}

const EXAMPLE = 'C-1815';

/** Valid TypeScript and JavaScript at once. */
function strategyText(name: string): string {
  return `// ${name}: a keyed code of letters and digits. Change it to what your values need.

import { createHmac } from 'node:crypto';
import { defineStrategy, UnfitValue, z } from 'pgveil';

export default defineStrategy({
  summary: 'Replaces a value by a keyed code.',
  options: z.strictObject({
    length: z.int().min(8).max(64).default(16).describe('Characters of the code'),
  }),
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
  examples: [{ input: '${EXAMPLE}', output: '${exampleOutput(name)}' }],
  // Called once per column and worker. The key is derived for this strategy and the column's domain.
  create({ length }, context) {
    const key = context.key('code');
    return {
      maxLength: length,
      value(value) {
        if (value.length > 1_000_000) throw new UnfitValue('it has at most 1,000,000 characters');
        return createHmac('sha256', key).update(value).digest('hex').slice(0, length);
      },
    };
  },
});
`;
}

function exampleOutput(name: string): string {
  const key = deriveKey(Buffer.from(EXAMPLE_SECRET), `key:${name}/code`, name);
  return createHmac('sha256', key).update(EXAMPLE).digest('hex').slice(0, 16);
}

function testText(name: string, extension: string): string {
  const file = `${name}.test${extension}`;
  const annotation = extension === '.ts' ? ': any' : '';
  return `// Run it with: node --test ${file}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import strategy from './${name}${extension}';

/** What the engine gives to create, as far as the strategy uses it. */
const context${annotation} = { key: () => new Uint8Array(32).fill(7) };
const instance${annotation} = await strategy.create(strategy.options.parse({}), context);

test('equal values become equal codes, different ones different codes', () => {
  assert.equal(instance.value('${EXAMPLE}'), instance.value('${EXAMPLE}'));
  assert.notEqual(instance.value('${EXAMPLE}'), instance.value('C-1816'));
});

test('nothing of a value is in its code', () => {
  for (const value of ['', '${EXAMPLE}', 'é', 'a\\tb\\nc']) assert.match(instance.value(value), /^[0-9a-f]{16}$/);
});

test('unknown options are refused', () => {
  assert.equal(strategy.options.safeParse({ no_such_option: 1 }).success, false);
});
`;
}
