import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Ended, expectFailure, runCli, SECRET, withConfig, withFolder } from './cli.ts';
import { runHere } from './here.ts';

describe('a malformed command line is refused in one sentence', () => {
  test.concurrent.each<[string, string]>([
    ['', 'A command is missing: `anonymize --help` lists them.'],
    ['snyc', 'There is no command "snyc". Did you mean sync?'],
    ['json', 'There is no command "json".'],
    ['sync', '--config <file> is missing: sync needs a configuration.'],
    ['plan', '--config <file> is missing: plan needs a configuration.'],
    ['sync --config', '-c, --config <file> needs a value.'],
    ['sync --confg a.yaml', 'There is no option --confg. Did you mean --config?'],
    [`sync -c a.yaml --secret=${SECRET}`, 'There is no option --secret.'],
    [`sync -c a.yaml ${SECRET}`, "Too many arguments for 'sync'. Expected 0 arguments but got 1."],
    ['sync -c a.yaml --log xml', '--log <form> is invalid. Allowed choices are text, json.'],
    ['sync -c a.yaml --parallel 0', '--parallel <n> is invalid. It must be a whole number from 1 to 9999.'],
    [`sync -c a.yaml --parallel ${SECRET}`, '--parallel <n> is invalid. It must be a whole number from 1 to 9999.'],
    ['plan -c a.yaml --json=yes', '--json takes no value.'],
    ['strategies emial', 'There is no strategy "emial". Did you mean "email"?'],
    ['--verbose', 'There is no option --verbose.'],
  ])('anonymize %s', async (line, sentence) => {
    const ended = await runHere(line.split(' ').filter(Boolean));
    const error = expectFailure(ended, { code: 'ANON_USAGE' });
    expect(error.split('\n')[0]).toBe(`ANON_USAGE: ${sentence}`);
    expect(ended.stdout).toBe('');
  });
});

test.concurrent.each([['snyc'], ['--version'], ['sync --log json -c /nonexistent']])(
  'anonymize %s ends in a process of its own as it does here',
  async line => {
    const ofProcess = await runCli(line.split(' '));
    const here = await runHere(line.split(' '));
    const withoutTime = (ended: Ended): Ended => ({ ...ended, stderr: ended.stderr.replace(/"time":"[^"]*"/, '') });
    expect(withoutTime(here)).toEqual(withoutTime(ofProcess));
  },
);

describe('help and version go to stdout', () => {
  test.concurrent.each([
    ['--help', /sync[\s\S]*plan[\s\S]*strategies/],
    ['help sync', /--config[\s\S]*--report[\s\S]*--log[\s\S]*--parallel[\s\S]*--table[\s\S]*--yes/],
    ['plan --help', /--config[\s\S]*--json[\s\S]*--table/],
    ['strategies -h', /\[name\][\s\S]*--json[\s\S]*--config/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('anonymize %s', async (line, shown) => {
    const { exitCode, stdout, stderr } = await runHere(line.split(' '));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(shown);
    for (const row of stdout.split('\n')) expect(row.length).toBeLessThanOrEqual(80);
  });
});

describe('anonymize strategies', () => {
  test.concurrent('describes one as data', async () => {
    const { exitCode, stdout } = await runHere(['strategies', 'hash', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'hash', guarantees: { keyed: true } });
  });

  test.concurrent('lists those of the folder of a configuration too', async () => {
    await withFolder(async folder => {
      mkdirSync(join(folder, 'own'));
      writeFileSync(join(folder, 'own/tally.mjs'), OWN_STRATEGY);
      const tables = { 'public.t': 'keep' };
      const url = 'postgresql://localhost/x';
      writeFileSync(
        join(folder, 'a.yaml'),
        JSON.stringify({ version: 1, source: { url }, target: { url }, strategies: 'own', tables }),
      );
      const { exitCode, stdout, stderr } = await runHere(['strategies', '--config', join(folder, 'a.yaml')]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^tally +Counts\.$/m);
      expect(stdout).toMatch(/^hash /m);
    });
  });
});

const STRATEGY = join(import.meta.dirname, '../../src/strategy.ts');
const OWN_STRATEGY = `
import { defineStrategy, z } from '${STRATEGY}';
export default defineStrategy({
  summary: 'Counts.',
  options: z.object({}),
  accepts: 'any',
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [],
  create: () => ({ value: () => '1' }),
});`;

test.concurrent('an error is one JSON object with --log json, also on the command line', async () => {
  await withConfig('version: 2', async config => {
    for (const form of [['--log=json'], ['--log', 'json']]) {
      const { exitCode, stderr } = await runHere(['sync', '--config', config, ...form]);
      expect(exitCode).toBe(78);
      const error = JSON.parse(stderr);
      expect(error).toMatchObject({
        level: 50,
        time: expect.any(String),
        event: 'error',
        code: 'ANON_CONFIG_REFUSED',
        exit: 78,
      });
      expect(error.findings.length).toBeGreaterThan(0);
    }
    const { exitCode, stderr } = await runHere(['sync', '--log', 'json', '--config', config, '--no-such']);
    expect({ exitCode, error: JSON.parse(stderr) }).toMatchObject({ exitCode: 64, error: { code: 'ANON_USAGE' } });
  });
});

test.concurrent('a report that cannot be written is refused before the databases are asked', async () => {
  const url = 'postgresql://nobody@127.0.0.1:1/nowhere';
  await withConfig({ version: 1, source: { url }, target: { url }, tables: {} }, async config => {
    for (const report of ['/nonexistent/report.json', '/tmp']) {
      const ended = await runHere(['sync', '--config', config, '--report', report]);
      expectFailure(ended, { code: 'ANON_REPORT_FILE', says: ['Nothing was read or written', report] });
    }
  });
});
