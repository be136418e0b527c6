import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { listStrategies, loadStrategy, strategyNames } from '../../src/plan/strategies.ts';

const BUILT_IN = ['constant', 'email', 'fake', 'hash', 'keep', 'mask', 'nullify', 'phone'];
const CONTRACT = pathToFileURL(join(import.meta.dirname, '../../src/strategy.ts')).href;
const OURS = `
  import { defineStrategy, z } from '${CONTRACT}';
  export default defineStrategy({
    summary: 'Writes everything in capitals.',
    options: z.object({}),
    accepts: ['text'],
    guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
    examples: [{ input: 'ada', output: 'ADA' }],
    create: () => ({ value: value => value.toUpperCase() }),
  });`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pgveil-strategies-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'folder-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What a folder is refused for. */
async function refusalOf(folder: string): Promise<string> {
  const refused: unknown = await listStrategies(folder).catch(error => error);
  expect(refused).toBeInstanceOf(AnonymizeError);
  expect(refused).toMatchObject({ code: 'ANON_PLAN_STRATEGY_FILE', exitCode: 78 });
  return (refused as AnonymizeError).message;
}

test('strategies are found by the names of their files', async () => {
  expect((await strategyNames()).filter(name => BUILT_IN.includes(name))).toEqual(BUILT_IN);
  expect((await listStrategies()).map(({ name }) => name)).toEqual(await strategyNames());
  expect((await loadStrategy('keep'))?.accepts).toBe('any');
});

test('a strategy is imported once', async () => {
  expect(await loadStrategy('hash')).toBe(await loadStrategy('hash'));
});

test.each([
  ['no_such'],
  [''],
  ['Keep'],
  ['../strategies/keep'],
  ['./keep'],
  ['keep.ts'],
  ['node:fs'],
  ['zod'],
  ['__proto__'],
])('no strategy is named %j', async name => {
  expect(await loadStrategy(name)).toBeUndefined();
});

test("the user's own folder adds strategies, and other files in it do not matter", async () => {
  const folder = folderWith({ 'capitals.ts': OURS, 'README.md': '#', 'capitals.test.ts': 'x', 'capitals.d.ts': 'x' });
  expect(await strategyNames(folder)).toContain('capitals');
  const instance = await (await loadStrategy('capitals', folder))?.create({}, {} as never);
  expect(instance).toHaveProperty('value');
  expect(await loadStrategy('capitals')).toBeUndefined();
  expect(await loadStrategy('keep', folder)).toBe(await loadStrategy('keep'));
});

describe('refused, with the file and the reason', () => {
  test.each([
    ['the name of a built-in one', { 'keep.ts': OURS }, 'there already is a strategy "keep"'],
    ['the same name twice', { 'ours.ts': OURS, 'ours.mjs': OURS }, 'there already is a strategy "ours"'],
    ['a name that YAML and shells would trip over', { 'Our-Own.ts': OURS }, 'its name must be'],
    ['no default export', { 'ours.ts': 'export const x = 1;' }, 'it has no default export'],
    ['a default export that is no definition', { 'ours.ts': 'export default { summary: "x" };' }, 'options is not'],
    ['no examples', { 'ours.ts': OURS.replace(/examples.*/, '') }, 'examples is not a list'],
    ['no create', { 'ours.ts': OURS.replace(/create.*/, '') }, 'create is not a function'],
    ['kinds that do not exist', { 'ours.ts': OURS.replace("['text']", "['txt']") }, 'accepts is not a list'],
    ['what does not parse', { 'ours.ts': 'export default {' }, 'importing it fails'],
    ['what throws', { 'ours.ts': 'throw new Error("no");' }, 'importing it fails: no'],
  ])('%s', async (_, files: Record<string, string>, reason) => {
    expect(await refusalOf(folderWith(files))).toContain(reason);
  });

  test('a link to a file outside of the folder', async () => {
    const elsewhere = folderWith({ 'ours.ts': OURS });
    const folder = folderWith({});
    symlinkSync(join(elsewhere, 'ours.ts'), join(folder, 'ours.ts'));
    expect(await refusalOf(folder)).toContain('outside of its folder');
  });

  test.each([
    ['https://example.org/strategies', 'not a folder on this machine'],
    ['npm:strategies', 'not a folder on this machine'],
    ['some-package', 'there is no such folder'],
    [import.meta.filename, 'cannot be read as a folder'],
  ])('%s as a folder', async (folder, reason) => {
    expect(await refusalOf(folder)).toContain(reason);
  });

  test('a file can be corrected while the process lives', async () => {
    const folder = folderWith({ 'Ours.ts': OURS });
    await refusalOf(folder);
    rmSync(join(folder, 'Ours.ts'));
    writeFileSync(join(folder, 'ours.ts'), OURS);
    expect(await strategyNames(folder)).toContain('ours');
  });
});
