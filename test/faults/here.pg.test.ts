// What tests take for the command, in their own process, is the command: each one in a process of its own says the same, ends in
// the same way, and ends by itself.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../database.ts';
import { configText, createPair, dropPair, environmentOf, type Pair } from '../sync.ts';
import { runCli, withConfig, withFolder } from './cli.ts';
import { runHere } from './here.ts';

const TABLES = {
  'public.person': {
    keep: ['id'],
    columns: { code: { strategy: 'fpe', preset: 'digits' }, email: { strategy: 'tokenize', domain: 'email' } },
  },
};
const CONFIG = configText(TABLES, { control: { url: 'env:CONTROL_URL' } });

let pair: Pair;
let control: TestDatabase;
let env: Readonly<Record<string, string | undefined>>;
beforeAll(async () => {
  pair = await createPair('create table public.person (id int primary key, code text, email text)');
  await pair.source.query(
    `insert into public.person select n, lpad(n::text, 9, '0'), n || '@mail.example' from generate_series(1, 20) n`,
  );
  control = await createDatabase();
  env = { ...environmentOf(pair), CONTROL_URL: control.url };
  await withConfig(CONFIG, async file => {
    for (const command of ['migrate', 'sync'])
      expect(await runHere([command, '--config', file], env)).toMatchObject({ exitCode: 0 });
  });
});
afterAll(async () => {
  await dropPair(pair);
  await control.drop();
});

const LINES = [
  ['plan'],
  ['plan', '--json'],
  ['runs', '--json'],
  ['budget'],
  ['migrate'],
  ['decrypt', '--column', 'public.person.code'],
  ['detokenize', '--domain', 'email', '--reason', 'a test', '--column', 'public.person.email'],
  ['vault', 'stats', '--json'],
];

test.each(LINES.map(line => ({ title: line.slice(0, 2).join(' '), line })))('anonymize $title', async ({ line }) => {
  await withConfig(CONFIG, async file => {
    const args = [...line, '--config', file];
    const ofProcess = await runCli(args, env);
    expect(ofProcess).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\S/) });
    expect(await runHere(args, env)).toEqual(ofProcess);
  });
});

test('anonymize rollback, where nothing is kept', async () => {
  await withConfig(CONFIG, async file => {
    const args = ['rollback', '--config', file];
    const ofProcess = await runCli(args, env);
    expect(ofProcess.stderr).toMatch(/^ANON_/);
    expect(await runHere(args, env)).toEqual(ofProcess);
  });
});

test('anonymize quarantine keygen', async () => {
  await withFolder(async folder => {
    const told = (stdout: string): string => stdout.replace(/Key [0-9a-f]{16}/, 'Key').replaceAll(folder, '');
    const ofProcess = await runCli(['quarantine', 'keygen', join(folder, 'one')]);
    expect(ofProcess).toMatchObject({ exitCode: 0, stderr: '' });
    const here = await runHere(['quarantine', 'keygen', join(folder, 'two')]);
    expect(told(here.stdout).replaceAll('two', 'one')).toBe(told(ofProcess.stdout));
    expect(here).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
