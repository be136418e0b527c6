// The package as npm packs it, unpacked somewhere else: everything that it needs at run time came along.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabase } from './database.ts';
import { configText, createPair, dropPair, type Pair, SECRET } from './sync.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const PEOPLE = `create table public.person (id int primary key, name text, mail text, card text)`;
const ROWS = `insert into public.person
  select n, 'name ' || n, 'person' || n || '@corp.example', '4000001234567899' from generate_series(1, 100) n`;
const OWN = `import { defineStrategy, z } from 'pgveil';
export default defineStrategy({
  summary: 'Stars.', options: z.strictObject({}), accepts: ['text'], guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy' },
  examples: [{ input: 'a', output: '*' }],
  create: () => ({ value: () => '*' }),
});`;

describe('the package', () => {
  let folder: string;
  let cli: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgveil-package-'));
    await run('npm', ['run', 'build'], { cwd: ROOT });
    const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: ROOT });
    for (const { path } of filesOf(JSON.parse(stdout))) await cp(join(ROOT, path), join(folder, 'pgveil', path));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    cli = join(folder, 'pgveil/dist/src/cli.js');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('has every strategy, and the licences of what is bundled', async () => {
    const { stdout } = await run(process.execPath, [cli, 'strategies', '--json']);
    const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    const files = await readdir(join(ROOT, 'strategies'));
    expect(names).toEqual(files.map(file => file.replace('.ts', '')).sort());
    expect(await readdir(join(folder, 'pgveil/dist'))).toContain('THIRD-PARTY-LICENSES.txt');
  });

  test('syncs by its own workers, kernels and fakes, and by a strategy of the user', async () => {
    const pair = await createPair(PEOPLE);
    try {
      await pair.source.query(ROWS);
      const own = join(folder, 'own');
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'stars.js'), OWN);
      const columns = { name: { strategy: 'fake', kind: 'person.firstName' }, mail: 'email', card: 'stars' };
      const tables = { 'public.person': { keep: ['id'], columns } };
      await anonymize('sync', pair, configText(tables, { strategies: own }));
      const [found] = await pair.target.query(`select count(*)::int as rows,
        count(*) filter (where name !~ '^name' and mail !~ 'corp' and card = '*')::int as masked from public.person`);
      expect(found).toEqual({ rows: 100, masked: 100 });
    } finally {
      await dropPair(pair);
    }
  });

  test('brings the migrations of the control database', () =>
    withDatabase('', async control => {
      const config = configText({ 'public.person': 'keep' }, { control: { url: 'env:SOURCE_URL' } });
      await anonymize('migrate', { source: control, target: control }, config);
      const [found] = await control.query(`select to_regclass('pgveil_control.migration') is not null as "isThere"`);
      expect(found).toEqual({ isThere: true });
    }));

  async function anonymize(command: string, { source, target }: Pair, config: string): Promise<void> {
    const file = join(folder, 'anonymize.yaml');
    await writeFile(file, config);
    const urls = { SOURCE_URL: source.url, TARGET_URL: target.url };
    const env = { PATH: process.env.PATH, ...urls, ANONYMIZE_SECRET: SECRET };
    await run(process.execPath, [cli, command, '--config', file], { env });
  }
});

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** npm prints a list, or (from version 12) an object by name. */
function filesOf(packed: readonly Packed[] | Readonly<Record<string, Packed>>): Packed['files'] {
  return Object.values(packed)[0]?.files ?? [];
}
