import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnonymizeError, CATALOGUE, EXIT, finding, fromPlain, toPlain, unexpected } from '../src/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const OWN = 'test/errors.test.ts';

/** The error codes that stand in the TypeScript files of a folder. */
function codesIn(folder: string, isMeant: (file: string) => boolean): ReadonlySet<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => file.endsWith('.ts') && isMeant(file));
  return new Set(files.flatMap(file => readFileSync(join(ROOT, file), 'utf8').match(/\bANON_[A-Z_]+\b/g) ?? []));
}

const codes = Object.keys(CATALOGUE);
const thrown = codesIn('src', file => !file.startsWith('src/catalogue/'));
const tested = codesIn('test', file => /\.test\.ts$/.test(file) && file !== OWN);

describe('the catalogue', () => {
  test.each(codes)('%s is told somewhere, and a test meets it', code => {
    // A code that nothing throws promises what the product does not do; one that no test meets may be told wrongly.
    expect({ isThrown: thrown.has(code) || code === 'ANON_BUG', isTested: tested.has(code) }).toEqual({
      isThrown: true,
      isTested: true,
    });
  });

  test('has every code that the sources and the tests name', () => {
    const known = new Set(codes);
    expect([...thrown, ...tested].filter(code => !known.has(code) && !codes.some(one => one.startsWith(code)))).toEqual(
      [],
    );
  });

  test.each(Object.entries(CATALOGUE))('%s: message and fix are sentences', (_, { message, fix }) => {
    for (const text of [message, fix]) expect(text).toMatch(/^[\p{Lu}{`].*[.}\])]$/u);
  });

  test('has a code in one of its files only', () => {
    const files = readdirSync(join(ROOT, 'src/catalogue')).map(file =>
      readFileSync(join(ROOT, 'src/catalogue', file), 'utf8'),
    );
    expect(
      files
        .flatMap(text => text.match(/^ {2}ANON_[A-Z_]+(?=:)/gm) ?? [])
        .map(code => code.trim())
        .sort(),
    ).toEqual([...codes].sort());
  });

  test('has one meaning for each exit code', () => {
    expect(new Set(Object.values(EXIT)).size).toBe(Object.values(EXIT).length);
  });
});

describe('an error', () => {
  test('crosses a thread with its class, code, facts and findings', () => {
    const found = finding('ANON_PLAN_NOT_NULL', { place: 'a.b.c', strategy: 'nullify' });
    const error = new AnonymizeError('ANON_TARGET_LOCKED', { place: ' at a.b' }, [found]);
    const arrived = fromPlain(structuredClone(toPlain(error)));
    expect(arrived).toBeInstanceOf(AnonymizeError);
    expect(arrived).toMatchObject({ code: error.code, message: error.message, fix: error.fix, findings: [found] });
    expect(arrived.exitCode).toBe(EXIT.locked);
  });

  test('that refuses exits as its findings do where they agree', () => {
    const [privilege, connections] = [finding('ANON_PRIVILEGE'), finding('ANON_CONNECTIONS')];
    const exitOf = (...findings: Parameters<AnonymizeError['with']>[0]) =>
      new AnonymizeError('ANON_PREFLIGHT_REFUSED', {}, findings).exitCode;
    expect(exitOf(connections)).toBe(EXIT.databaseAway);
    expect(exitOf(privilege, privilege)).toBe(EXIT.privilege);
    expect(exitOf(privilege, connections)).toBe(EXIT.privilege);
  });

  test('keeps its own exit code when something followed from it', () => {
    const error = new AnonymizeError('ANON_INTERRUPTED').with([finding('ANON_TARGET_NOT_RESTORED')]);
    expect(error.exitCode).toBe(EXIT.interrupted);
  });

  test('that nobody expected tells its class and its place, and nothing that it says', () => {
    const error = unexpected(new RangeError('a value'));
    expect(error.code).toBe('ANON_BUG');
    expect(error.message).toMatch(/RangeError at .*errors\.test\.ts:\d+:\d+/);
    expect(`${error.message} ${error.stack}`).not.toContain('a value');
    expect(unexpected('a value').message).toContain('a string was thrown');
  });
});
