import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSecret, resolveUrl } from '../../src/config/references.ts';
import { AnonymizeError } from '../../src/errors.ts';

const SECRET = 'canary-canary-canary-canary-canary';
const bytes = (text: string): Uint8Array => Buffer.from(text);

let baseDir: string;
beforeAll(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'references-'));
});
afterAll(() => rmSync(baseDir, { recursive: true }));

/** Writes a private file; returns its reference, relative to the configuration. */
function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  writeFileSync(join(baseDir, name), content);
  chmodSync(join(baseDir, name), mode);
  return `file:${name}`;
}

const secretOf = (secret: string, env: Record<string, string> = {}): Promise<Uint8Array> =>
  resolveSecret({ secret, baseDir }, { PATH: process.env.PATH, ...env });

async function refusal(promise: Promise<unknown>): Promise<AnonymizeError> {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(AnonymizeError);
  expect(inspect(error)).not.toContain('canary');
  return error as AnonymizeError;
}

describe('a secret', () => {
  test('from the environment is the bytes of the variable', async () => {
    expect(await secretOf('env:KEY', { KEY: SECRET })).toEqual(bytes(SECRET));
  });

  test.each([
    ['\n', SECRET],
    ['\r\n', SECRET],
    ['\n\n', `${SECRET}\n`],
    [' ', `${SECRET} `],
  ])('from a file that ends in %j loses one line end and nothing else', async (end, expected) => {
    expect(await secretOf(file('key', SECRET + end))).toEqual(bytes(expected));
  });

  test('from a file may be any bytes', async () => {
    const random = Uint8Array.from({ length: 40 }, (_, i) => 255 - i);
    expect(Uint8Array.from(await secretOf(file('binary', random)))).toEqual(random);
  });

  test('from a command is what the shell makes it write', async () => {
    const command = `command: printf '%s\\n' "$HALF$HALF" | tr a-z A-Z`;
    const half = 'canary-canary-canary';
    expect(await secretOf(command, { HALF: half })).toEqual(bytes((half + half).toUpperCase()));
  });

  test('from a command sees the environment it was given and no other', async () => {
    process.env.PGVEIL_TEST_LEAK = SECRET;
    const error = await refusal(secretOf('command:printf "%s" "$PGVEIL_TEST_LEAK"'));
    delete process.env.PGVEIL_TEST_LEAK;
    expect(error.message).toBe('No secret: its command wrote nothing.');
  });

  test('of 32 bytes is long enough, and of 31 is not', async () => {
    expect(await secretOf('env:KEY', { KEY: 'é'.repeat(16) })).toHaveLength(32);
    const error = await refusal(secretOf('env:KEY', { KEY: 'k'.repeat(31) }));
    expect(error).toMatchObject({ code: 'ANON_SECRET_SHORT', exitCode: 78 });
    expect(error.message).toBe('The secret has 31 bytes; at least 32 are needed.');
  });

  test('that the configuration does not name is missing', async () => {
    const error = await refusal(resolveSecret({ baseDir }, { ANONYMIZE_SECRET: SECRET }));
    expect(error).toMatchObject({ code: 'ANON_SECRET_MISSING', exitCode: 78 });
    expect(error.message).toBe('No secret: the configuration names none.');
  });

  test.each([
    ['a variable that is not set', () => 'env:KEY', 'the environment variable KEY is not set.'],
    ['a variable that is empty', () => 'env:EMPTY', 'the environment variable EMPTY is empty.'],
    ['a command that fails', () => `command:echo ${SECRET}; exit 3`, 'its command ended with exit code 3.'],
    ['a command that is killed', () => `command:echo ${SECRET}; kill -9 $$`, 'its command ended with signal SIGKILL.'],
    ['a command that does not exist', () => 'command:no-such-canary', 'its command ended with exit code 127.'],
    ['a command without end', () => `command:yes ${SECRET}`, 'its command wrote over 65536 bytes.'],
  ])('of %s is missing', async (_, reference, detail) => {
    const error = await refusal(secretOf(reference(), { EMPTY: '' }));
    expect(error.code).toBe('ANON_SECRET_MISSING');
    expect(error.message).toBe(`No secret: ${detail}`);
  });

  test('of an empty file is missing', async () => {
    expect((await refusal(secretOf(file('empty', '\n')))).message).toBe(
      `No secret: ${join(baseDir, 'empty')} is empty.`,
    );
  });

  test('of a command that takes too long is missing, and the command is ended', async () => {
    const started = performance.now();
    const slow = resolveSecret(
      { secret: `command:sleep 20; echo ${SECRET}`, baseDir },
      { PATH: process.env.PATH },
      200,
    );
    expect((await refusal(slow)).message).toBe('No secret: its command took over 0.2 s.');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o610])('in a file of mode %o is refused', async mode => {
    const error = await refusal(secretOf(file('open', SECRET, mode)));
    expect(error).toMatchObject({ code: 'ANON_CONFIG_FILE_MODE', exitCode: 78 });
    expect(error.message).toBe(`secret: ${join(baseDir, 'open')} can be read by others than its owner.`);
  });

  test('in a file that does not exist is refused', async () => {
    const error = await refusal(secretOf('file:nowhere'));
    expect(error).toMatchObject({ code: 'ANON_CONFIG_REFERENCE', exitCode: 78 });
    expect(error.message).toBe(`secret: ${join(baseDir, 'nowhere')} does not exist.`);
  });
});

describe('a URL', () => {
  const URL = 'postgresql://u:canary@h/db';
  const urlOf = (reference: string, env: Record<string, string> = {}): string =>
    resolveUrl({ reference, path: 'source.url', baseDir }, env);

  test('may stand in the configuration, in a variable or in a file', () => {
    expect(urlOf('postgresql://h/db')).toBe('postgresql://h/db');
    expect(urlOf('env:URL', { URL })).toBe(URL);
    expect(urlOf(file('url', `${URL}\n`))).toBe(URL);
    expect(urlOf(`file:${join(baseDir, 'url')}`)).toBe(URL);
  });

  test.each([
    ['env:URL', 'the environment variable URL is not set.'],
    ['env:BLANK', 'the environment variable BLANK is empty.'],
  ])('%s: says what is missing', (reference, detail) => {
    const message = `source.url: ${detail}`;
    expect(() => urlOf(reference, { BLANK: '' })).toThrow(
      expect.objectContaining({ code: 'ANON_CONFIG_REFERENCE', message }),
    );
  });

  test('in a file that others can read is refused', () => {
    const reference = file('open-url', URL, 0o644);
    expect(() => urlOf(reference)).toThrow(expect.objectContaining({ code: 'ANON_CONFIG_FILE_MODE' }));
  });

  test('in an empty file is refused', () => {
    const reference = file('empty-url', '\n');
    expect(() => urlOf(reference)).toThrow(expect.objectContaining({ code: 'ANON_CONFIG_REFERENCE' }));
  });
});
