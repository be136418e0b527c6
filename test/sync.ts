// Runs a sync between two test databases: by the library, by the command line, or by the real command in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../src/config/references.ts';
import { type LoadedConfig, parseConfig, type Report, type SyncOptions, sync } from '../src/index.ts';
import { atSources, builtCommand } from './built/command.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { type Ended, withConfig } from './faults/cli.ts';
import { runHere } from './faults/here.ts';

/** A source and a target. */
export interface Pair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
}

/** Secrets of the tests, long enough to be ones. */
export const SECRET = 'the secret that most of the tests have';
export const OTHER_SECRET = 'a secret that is not the one of before';

/** Two databases in which the same SQL has been run. Drop both with `dropPair`. */
export async function createPair(sql: string): Promise<Pair> {
  const source = await createDatabase();
  await source.query(sql);
  const target = await createDatabase({ template: source });
  return { source, target };
}

/** Drops both databases. */
export async function dropPair({ source, target }: Pair): Promise<void> {
  const drops = await Promise.allSettled([source.drop(), target.drop()]);
  const failed = drops.find(drop => drop.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What a configuration of the tests refers to. */
export function environmentOf({ source, target }: Pair, secret = SECRET): Environment {
  return { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: secret };
}

/** A configuration of these tables, as text. `settings` are keys besides `tables`, instead of the usual ones. */
export function configText(tables: object, settings: object = {}): string {
  const usual = {
    version: 1,
    source: { url: 'env:SOURCE_URL' },
    target: { url: 'env:TARGET_URL' },
    secret: 'env:ANONYMIZE_SECRET',
  };
  return JSON.stringify({ ...usual, ...settings, tables }); // JSON is YAML
}

/** The same, loaded. */
export function configOf(tables: object, settings: object = {}): LoadedConfig {
  return parseConfig(configText(tables, settings), { baseDir: tmpdir() });
}

/** Runs the library. `secret` is that of the environment. */
export function syncPair(
  pair: Pair,
  config: LoadedConfig,
  { secret, ...options }: Partial<SyncOptions> & { readonly secret?: string } = {},
): Promise<Report> {
  return sync(config, { env: environmentOf(pair, secret), ...options });
}

/** What the command left behind. */
export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The text of the file of --report, where there is one. */
  readonly report: string | undefined;
  /** Path → content of every file in the process's temporary folder. */
  readonly temporary: Readonly<Record<string, string>>;
}

/** How to run the command. */
export interface HowToRun {
  /** Come after those for the configuration (and the report). */
  readonly args?: readonly string[];
  /** Added to `environmentOf`. */
  readonly env?: Environment;
}

/** Runs `anonymize sync` in the test's own process. */
export function runSyncHere(pair: Pair, config: string, { args = [], env = {} }: HowToRun = {}): Promise<Ended> {
  return withConfig(config, file => runHere(['sync', '--config', file, ...args], { ...environmentOf(pair), ...env }));
}

/** Runs `anonymize sync` as a user does. */
export async function runSync(pair: Pair, config: string, { args = [], env = {} }: HowToRun = {}): Promise<CommandRun> {
  const folder = await mkdtemp(join(tmpdir(), 'pgveil-test-'));
  try {
    const [file, reportFile, temporary] = [join(folder, 'sync.yaml'), join(folder, 'report.json'), join(folder, 'tmp')];
    await mkdir(temporary);
    await writeFile(file, config);
    const child = spawn(process.execPath, [builtCommand(), 'sync', '--config', file, '--report', reportFile, ...args], {
      cwd: folder,
      env: { ...process.env, ...environmentOf(pair), TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text;
      });
    }
    const [exitCode] = (await once(child, 'close')) as [number | null];
    const report = await readFile(reportFile, 'utf8').catch(() => undefined);
    return {
      exitCode,
      stdout: written.stdout,
      stderr: atSources(written.stderr),
      report,
      temporary: await filesIn(temporary),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async file => [file, await readFile(file, 'latin1')])));
}
