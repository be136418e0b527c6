import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNewStrategy } from '../../src/commands/new-strategy.ts';
import { strategiesCommand } from '../../src/commands/strategies.ts';
import { EXAMPLE_SECRET } from '../../src/docs/example-secret.ts';
import { bindStrategy } from '../../src/plan/bind-strategies.ts';
import { defineStrategy, type StrategyContext, z } from '../../src/strategy.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pgveil-new-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', cwd: root });

describe.each(['ours', 'theirs.js'])('%s', wanted => {
  test('is a strategy that runs as it is, wherever its folder is', async () => {
    const folder = join(root, `engine-${wanted}`);
    const [file] = await writeNewStrategy(wanted, folder);
    const name = wanted.replace('.js', '');
    const script = `
      import { loadStrategy } from ${JSON.stringify(join(REPOSITORY, 'src/plan/strategies.ts'))};
      import { bindStrategy } from ${JSON.stringify(join(REPOSITORY, 'src/plan/bind-strategies.ts'))};
      const definition = await loadStrategy(${JSON.stringify(name)}, ${JSON.stringify(folder)});
      const context = { place: 'p', type: { name: 'text', kind: 'text' }, rows: 1, secret: Buffer.from(${JSON.stringify(EXAMPLE_SECRET)}) };
      const { instance } = await bindStrategy(definition, { strategy: ${JSON.stringify(name)}, options: {} }, context);
      const [{ input, output }] = definition.examples;
      console.log(instance.value(input) === output, output.length);`;
    const { stdout, stderr } = run('--input-type=module', '-e', script);
    expect(stderr).not.toContain('Error');
    expect(stdout).toBe('true 16\n');
    expect(readFileSync(file!, 'utf8')).toContain("from 'pgveil'");
  });

  test('has a test that passes, and fails for another strategy', async () => {
    const folder = join(root, `project-${wanted}`, 'strategies');
    const packages = join(root, `project-${wanted}`, 'node_modules');
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(root, `project-${wanted}`, 'package.json'), '{ "type": "module" }');
    symlinkSync(REPOSITORY, join(packages, 'pgveil'));
    const [file, itsTest] = await writeNewStrategy(wanted, folder);
    const result = run('-C', 'pgveil-source', '--test', itsTest!);
    expect(result.stdout).toMatch(/pass 3/);
    expect(result.status).toBe(0);
    writeFileSync(file!, readFileSync(file!, 'utf8').replace(".digest('hex')", ".digest('latin1')"));
    expect(run('-C', 'pgveil-source', '--test', itsTest!).status).toBe(1);
  });
});

describe('refused is', () => {
  test('to write over a file', async () => {
    const folder = join(root, 'twice');
    await writeNewStrategy('first', folder);
    await expect(writeNewStrategy('first', folder)).rejects.toMatchObject({ code: 'ANON_USAGE' });
    writeFileSync(join(folder, 'second.test.ts'), 'mine');
    await expect(writeNewStrategy('second', folder)).rejects.toMatchObject({ code: 'ANON_USAGE' });
    expect(readFileSync(join(folder, 'second.test.ts'), 'utf8')).toBe('mine');
  });

  test.each(['../outside', '/abs', 'https://example.org/x', 'keep', 'Ours', 'a-b', '', 'x.mjs', '@scope/package'])(
    'the name %j',
    async name => {
      await expect(writeNewStrategy(name, join(root, 'names'))).rejects.toMatchObject({ code: 'ANON_USAGE' });
    },
  );

  test('a name without a configuration that has a folder', async () => {
    const out = () => {};
    await expect(strategiesCommand(undefined, { new: 'x' }, { out })).rejects.toMatchObject({ code: 'ANON_USAGE' });
  });
});

test('nothing that a strategy reaches from its context holds the master secret', async () => {
  let given: StrategyContext | undefined;
  const definition = defineStrategy({
    summary: 'Keeps what it is given.',
    options: z.strictObject({}),
    accepts: 'any',
    guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
    examples: [],
    create(_, context) {
      given = context;
      return { value: () => '' };
    },
  });
  const secret = Buffer.from(EXAMPLE_SECRET);
  const type = { name: 'text', kind: 'text' } as const;
  await bindStrategy(definition as never, { strategy: 'ours', options: {} }, { place: 'p', type, rows: 1, secret });
  const reached = reach([given, given?.prf('a'), given?.key('a'), given?.key('')]);
  expect(reached).toContainEqual(given?.key('a'));
  for (const bytes of reached) expect(Buffer.from(bytes).includes(secret)).toBe(false);
  expect(reach([{ deep: { secret } }]).some(bytes => Buffer.from(bytes).includes(secret))).toBe(true); // it would be found
});

/** All bytes and texts that can be reached through properties, getters included, as bytes. */
function reach(start: unknown): Uint8Array[] {
  const seen = new Set<unknown>();
  const found: Uint8Array[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') found.push(Buffer.from(value));
    if (value === null || !['object', 'function'].includes(typeof value) || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      found.push(new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength));
      return;
    }
    for (const key of Reflect.ownKeys(value as object)) {
      try {
        walk((value as Record<PropertyKey, unknown>)[key]);
      } catch {
        // `vault` refuses where there is none, and functions refuse some of their properties.
      }
    }
  };
  walk(start);
  return found;
}
