import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Ended, expectFailure, type Failure, SECRET, withConfig, withFolder } from './cli.ts';
import { runHere } from './here.ts';

// Nothing listens there; what the configuration says is refused before anybody would notice.
const URL = 'postgresql://nobody@127.0.0.1:1/nowhere';
const PASSWORD = 'hunter2-hunter2';

const CONFIG = {
  version: 1,
  source: { url: URL },
  target: { url: URL },
  secret: 'env:ANONYMIZE_SECRET',
  tables: { 'public.t': { keep: ['a'], columns: { b: 'hash' } } },
};
type Sync = (config: unknown, env?: Readonly<Record<string, string>>) => Promise<Ended>;
const sync: Sync = (config, env = { ANONYMIZE_SECRET: SECRET }) =>
  withConfig(config, file => runHere(['sync', '--config', file], env));

const refused = (findings: Failure['findings'], ...says: readonly string[]): Failure => ({
  code: 'ANON_CONFIG_REFUSED',
  findings: findings ?? [],
  exit: 78,
  says: [...says, 'nothing was read or written'],
});

describe('a configuration with defects is refused before anything is connected to', () => {
  test.concurrent.each<[string, unknown, Failure]>([
    [
      'a password in the URL',
      { ...CONFIG, target: { url: `postgresql://me:${PASSWORD}@localhost/x` } },
      refused(['ANON_CONFIG_PASSWORD'], 'target.url'),
    ],
    [
      'unknown keys, all at once',
      { ...CONFIG, paralel: 4, source: { url: URL, raed: 'copy' }, tables: { 'public.t': { colums: {} } } },
      refused(
        ['ANON_CONFIG_UNKNOWN_KEY', 'ANON_CONFIG_UNKNOWN_KEY', 'ANON_CONFIG_UNKNOWN_KEY'],
        'paralel (line 1): unknown key. Did you mean "parallel"?',
        'source.raed (line 1): unknown key. Did you mean "read"?',
        'tables."public.t".colums (line 1): unknown key. Did you mean "columns"?',
      ),
    ],
    ['a value of the wrong kind', { ...CONFIG, memory: 'lots' }, refused(['ANON_CONFIG_VALUE'], 'memory')],
    ['a URL that is none', { ...CONFIG, source: { url: 'mysql://localhost/x' } }, refused(['ANON_CONFIG_URL'])],
    [
      'too few connections',
      { ...CONFIG, source: { url: URL, max_connections: 1 }, target: { url: URL, max_connections: 1 } },
      refused(
        ['ANON_CONFIG_VALUE', 'ANON_CONFIG_VALUE'],
        'source.max_connections: must be at least 2',
        'target.max_con',
      ),
    ],
    ['no tables', { ...CONFIG, tables: null }, refused(['ANON_CONFIG_VALUE'], 'tables')],
    ['YAML that is none', 'version: 1\nsource: [', { code: 'ANON_CONFIG_YAML', says: ['at line 2', 'bracket'] }],
    [
      'a reference to a variable that is not set',
      { ...CONFIG, source: { url: 'env:NO_SUCH_URL' } },
      { code: 'ANON_CONFIG_REFERENCE', says: ['source.url', 'NO_SUCH_URL is not set'] },
    ],
    [
      'a secret that is not there',
      { ...CONFIG, secret: 'env:NO_SUCH_SECRET' },
      { code: 'ANON_SECRET_MISSING', says: ['NO_SUCH_SECRET is not set', 'openssl rand'] },
    ],
  ])('%s', async (_, config, failure) => {
    expectFailure(await sync(config), { ...failure, hides: [PASSWORD] });
  });

  test.concurrent('a secret that is too short says how long it is, and nothing of it', async () => {
    const short = 'a-short-secret-of-31-bytes-xxxx';
    const ended = await sync(CONFIG, { ANONYMIZE_SECRET: short });
    expectFailure(ended, { code: 'ANON_SECRET_SHORT', says: ['31 bytes; at least 32'], hides: [short] });
  });

  test.concurrent('a secret or a URL in a file that others can read', async () => {
    await withFolder(async folder => {
      const file = join(folder, 'private');
      writeFileSync(file, SECRET);
      chmodSync(file, 0o640);
      for (const config of [
        { ...CONFIG, secret: `file:${file}` },
        { ...CONFIG, source: { url: `file:${file}` } },
      ]) {
        expectFailure(await sync(config), { code: 'ANON_CONFIG_FILE_MODE', says: [file, 'chmod 600'] });
      }
    });
  });

  test.concurrent('a file that is not there, or is a folder', async () => {
    for (const [file, why] of [
      ['/nonexistent/a.yaml', 'does not exist'],
      ['/tmp', 'is a folder'],
    ] as const) {
      const ended = await runHere(['sync', '--config', file]);
      expectFailure(ended, { code: 'ANON_CONFIG_FILE', says: [file, why] });
    }
  });
});

test.concurrent('a table that only nullifies needs no secret: what comes next is asked', async () => {
  const { secret: _, ...config } = CONFIG;
  const ended = await sync({ ...config, tables: { 'public.t': { columns: { b: 'nullify' } } } });
  expectFailure(ended, { code: 'ANON_UNREACHABLE', says: ['127.0.0.1:1 refuses connections'] });
  expect(ended.stdout).toBe('');
});
