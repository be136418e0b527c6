// The ratio: wall time of `psql COPY | psql COPY` (nothing masked) over that of the whole masked sync, in alternation on the
// same servers, whole processes included. Above 1 is faster than not masking.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import copyStreams from 'pg-copy-streams';
import type { Report } from '../src/report/report.ts';
import { type ConfigChoice, customersConfig, makeCustomers } from './customers.ts';
import { median } from './median.ts';
import { type BenchServers, withSession } from './servers.ts';

/** The compiled command, as users get it; `npm run bench` builds it first. */
const CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
const SECRET = 'the secret of the bench, which is not one, but long enough';

/** A configuration to measure. */
export interface Variant extends ConfigChoice {
  readonly name: string;
  /** The least ratio that is good enough. */
  readonly floor?: number;
  /** The vault is empty before each sync; else it has the tokens of a sync before, as in every one but the first. */
  readonly forgetsTokens?: boolean;
}

/** One variant against the baseline. */
export interface Comparison {
  readonly variant: string;
  /** Median of baseline seconds / sync seconds over the pairs, and each of them. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly baseline_seconds: number;
  readonly seconds: number;
  readonly rows_per_second: number;
  readonly cpu_seconds: number;
  readonly peak_rss_mb: number;
  readonly floor?: number | undefined;
  readonly is_under?: true;
}

/** Compares a variant in `pairs` alternating pairs. The tables must be there (see prepareTables). */
export async function compare(servers: BenchServers, variant: Variant, pairs: number): Promise<Comparison> {
  const folder = await mkdtemp(join(tmpdir(), 'pgveil-bench-'));
  const config = join(folder, 'bench.yaml');
  await writeFile(config, customersConfig(variant));
  const runs: { baseline: number; seconds: number; report: Report }[] = [];
  const reportFile = join(folder, 'report.json');
  try {
    if (variant.columns === 'seven') {
      await runCommand(servers, ['migrate', '--config', config]);
      await emptyVault(servers);
      if (!variant.forgetsTokens) await runSync(servers, config, reportFile);
    }
    for (let pair = 0; pair < pairs; pair++) {
      await emptyTarget(servers);
      const baseline = await timed(() => copyPlain(servers));
      await emptyTarget(servers);
      if (variant.forgetsTokens) await emptyVault(servers);
      const seconds = await timed(() => runSync(servers, config, reportFile));
      runs.push({ baseline, seconds, report: JSON.parse(await readFile(reportFile, 'utf8')) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const seconds = median(runs.map(run => run.seconds));
  const ratio = median(runs.map(run => run.baseline / run.seconds));
  const { name, floor } = variant;
  return {
    variant: name,
    ...(floor !== undefined && { floor, ...(ratio < floor && { is_under: true }) }),
    ratio,
    ratios: runs.map(run => run.baseline / run.seconds),
    baseline_seconds: median(runs.map(run => run.baseline)),
    seconds,
    rows_per_second: Math.round((runs[0]?.report.rows ?? 0) / seconds),
    cpu_seconds: median(runs.map(run => run.report.cpu_seconds)),
    peak_rss_mb: Math.round(Math.max(...runs.map(run => run.report.peak_rss_bytes)) / 1e6),
  };
}

/** Fills the source and makes the empty target. */
export async function prepareTables(
  { source, target }: BenchServers,
  rows: number,
  isTextOnly: boolean,
): Promise<void> {
  await withSession(source, client => makeCustomers(client, { rows, isTextOnly }));
  await withSession(target, client => makeCustomers(client, { rows: 0, isTextOnly }));
}

/** Both start from an empty table, and neither pays for the writes of the one before. */
async function emptyTarget({ source, target }: BenchServers): Promise<void> {
  await withSession(target, async client => {
    await client.query('truncate public.customers');
    await client.query('checkpoint');
  });
  await withSession(source, client => client.query('checkpoint'));
}

/** No domain has a key or a token then; what the vault takes up on disk is given back. */
async function emptyVault({ control }: BenchServers): Promise<void> {
  await withSession(control, async client => {
    await client.query('truncate pgveil_vault.domain, pgveil_vault.token cascade');
    await client.query('checkpoint');
  });
}

/** Seconds that the work takes. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** What users do without this tool; through Node where there is no psql. */
export const hasPsql = spawnSync('psql', ['--version']).status === 0;

type Ends = Pick<BenchServers, 'source' | 'target'>;

/** One table after the other. */
export async function copyPlain(ends: Ends, tables: readonly string[] = ['public.customers']): Promise<void> {
  for (const table of tables) {
    if (hasPsql) await copyThroughPsql(ends, table);
    else await copyThroughNode(ends, table);
  }
}

async function copyThroughPsql({ source, target }: Ends, table: string): Promise<void> {
  const command = `psql -qX "$SOURCE" -c "copy ${table} to stdout" | psql -qX "$TARGET" -c "copy ${table} from stdin"`;
  await run('/bin/sh', ['-c', command], { SOURCE: source, TARGET: target });
}

async function copyThroughNode({ source, target }: Ends, table: string): Promise<void> {
  await withSession(source, from =>
    withSession(target, to =>
      pipeline(
        from.query(copyStreams.to(`copy ${table} to stdout`)),
        to.query(copyStreams.from(`copy ${table} from stdin`)),
      ),
    ),
  );
}

/** Runs the compiled command in a process of its own. */
export const runSync = (servers: BenchServers, config: string, report: string): Promise<void> =>
  runCommand(servers, ['sync', '--yes', '--config', config, '--report', report]);

async function runCommand({ source, target, control }: BenchServers, args: readonly string[]): Promise<void> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build');
  const env = { SOURCE_URL: source, TARGET_URL: target, CONTROL_URL: control, ANONYMIZE_SECRET: SECRET };
  await run(process.execPath, [CLI, ...args], env);
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', chunk => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: ${errors}`))));
  });
}
