// npm run bench [-- what …]: sync (the ratio to psql | psql), memory (at 1 and 5 million rows), subset (against copying the same rows), strategies, codecs, hmac, …
// Without a name all of them. --variant masked (and more) chooses among those of sync; --record NAME writes bench/records/NAME.json.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startServer } from '../src/demo/embedded-server.ts';
import { benchCodecs } from './codec.bench.ts';
import { benchHmac } from './hmac.bench.ts';
import { benchManyTables } from './many-tables.bench.ts';
import { benchStrategies } from './strategies.bench.ts';
import { benchSubset } from './subset.bench.ts';
import { type BenchServers, type Comparison, compare, hasPsql, prepareTables, type Variant } from './sync.bench.ts';
import { benchTokens } from './tokenize.bench.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    source: { type: 'string' },
    target: { type: 'string' },
    record: { type: 'string' },
    variant: { type: 'string', multiple: true },
  },
});
const say = (line = ''): boolean => process.stdout.write(`${line}\n`);
const rows = Number(options.rows);
const pairs = Number(options.pairs);

const plain = { columns: 'masked', read: 'copy', workers: 'auto', isTextOnly: false } as const;
const BINARY: readonly Variant[] = [
  { ...plain, name: 'masked' },
  { ...plain, name: 'kept', columns: 'kept' },
  { ...plain, name: 'masked, cursor', read: 'cursor' },
  { ...plain, name: 'masked, 1 worker', workers: 1 },
  { ...plain, name: 'masked, 4 workers', workers: 4 },
];
const TEXT: readonly Variant[] = [{ ...plain, name: 'masked, text', isTextOnly: true }];

/** Every bench by name; what it returns goes into the record. */
const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  sync: () => withServers(benchSync),
  memory: () => withServers(benchMemory),
  subset: () => withServers(servers => benchSubset(servers, { rows, pairs, say })),
  strategies: async () => benchStrategies(say),
  codecs: async () => benchCodecs(),
  hmac: async () => benchHmac(say),
  tokenize: async () => benchTokens(say),
  'many-tables': async () => benchManyTables(say),
};

async function benchSync(servers: BenchServers): Promise<readonly Comparison[]> {
  const results: Comparison[] = [];
  const isAsked = ({ name }: Variant): boolean => options.variant?.includes(name) ?? true;
  for (const variants of [BINARY, TEXT]) {
    if (!variants.some(isAsked)) continue;
    await prepareTables(servers, rows, variants === TEXT);
    for (const variant of variants.filter(isAsked)) results.push(show(await compare(servers, variant, pairs)));
  }
  return results;
}

/** Peak memory must not grow with the table. */
async function benchMemory(servers: BenchServers): Promise<readonly Comparison[]> {
  const results: Comparison[] = [];
  for (const size of [rows, rows * 5]) {
    await prepareTables(servers, size, false);
    results.push(show(await compare(servers, { ...plain, name: `masked, ${size} rows` }, 1)));
  }
  return results;
}

function show(result: Comparison): Comparison {
  const each = result.ratios.map(ratio => ratio.toFixed(2)).join(' ');
  say(
    `${result.variant.padEnd(24)} ratio ${result.ratio.toFixed(2)} (${each})  ${result.rows_per_second} rows/s  ` +
      `${result.baseline_seconds.toFixed(2)} s / ${result.seconds.toFixed(2)} s  cpu ${result.cpu_seconds.toFixed(1)} s  ${result.peak_rss_mb} MB`,
  );
  return result;
}

async function withServers<T>(callback: (servers: BenchServers) => Promise<T>): Promise<T> {
  const { source, target } = options;
  if (source && target) return callback({ source, target });
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB' };
  const [from, to] = [await startServer({ settings }), await startServer({ settings })];
  try {
    for (const [server, name] of [
      [from, 'source'],
      [to, 'target'],
    ] as const) {
      const client = new pg.Client(server.url('postgres'));
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
    }
    return await callback({ source: from.url('source'), target: to.url('target') });
  } finally {
    await Promise.all([from.stop(), to.stop()]);
  }
}

const results: Record<string, unknown> = {};
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`there is no bench "${name}"; there are ${Object.keys(BENCHES).join(', ')}`);
  say(`== ${name}`);
  results[name] = await bench();
}
if (options.record) {
  const folder = fileURLToPath(new URL('records/', import.meta.url));
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const baseline = hasPsql ? 'psql | psql' : 'COPY to COPY through Node';
  await mkdir(folder, { recursive: true });
  const record = { date: new Date().toISOString(), ...machine, baseline, rows, pairs, results };
  await writeFile(`${folder}${options.record}.json`, `${JSON.stringify(record, null, 2)}\n`);
}
