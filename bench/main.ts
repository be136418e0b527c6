// npm run bench [-- what …]: sync (the ratio to psql | psql), memory (at 1 and 5 million rows), subset (against
// copying the same rows), strategies, codecs, many-tables; without
// a name all of these. Parts of strategies by name: hmac, columns, ff1, samplers, text, tokenize. ff1-oracle: 1,000,000 cases (--cases)
// against @noble/ciphers. --variant masked (and more) chooses among those of sync; --record NAME writes bench/records/NAME.json.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCodecs } from './codec.bench.ts';
import { benchFf1 } from './ff1.bench.ts';
import { compareWithOracle, type OracleResult } from './ff1-oracle.ts';
import { type Bench, runBenches } from './figure.ts';
import { benchHmac } from './hmac.bench.ts';
import { benchManyTables } from './many-tables.bench.ts';
import { benchSamplers } from './noise.bench.ts';
import { withServers } from './servers.ts';
import { benchStrategies } from './strategies.bench.ts';
import { benchSubset } from './subset.bench.ts';
import { hasPsql } from './sync.bench.ts';
import { benchText } from './text.bench.ts';
import { benchTokens } from './tokenize.bench.ts';
import { benchMemory, benchSync } from './variants.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    cases: { type: 'string', default: '1000000' },
    source: { type: 'string' },
    target: { type: 'string' },
    control: { type: 'string' },
    record: { type: 'string' },
    variant: { type: 'string', multiple: true },
  },
});
const show = (line: string): boolean => process.stdout.write(`${line}\n`);
const rows = positive('rows');
const pairs = positive('pairs');
const choice = { rows, pairs, only: options.variant, show };

/** What `strategies` is made of; each can be asked for alone. */
const STRATEGIES = {
  hmac: benchHmac,
  columns: benchStrategies,
  ff1: benchFf1,
  samplers: benchSamplers,
  text: benchText,
  tokenize: benchTokens,
} as const satisfies Readonly<Record<string, Bench>>;

/** What runs when nothing is named. */
const ALL: Readonly<Record<string, () => Promise<unknown>>> = {
  sync: () => withServers(options, servers => benchSync(servers, choice)),
  memory: () => withServers(options, servers => benchMemory(servers, choice)),
  subset: () => withServers(options, servers => benchSubset(servers, choice)),
  strategies: () => runBenches(Object.values(STRATEGIES), show),
  codecs: () => runBenches([benchCodecs], show),
  'many-tables': () => runBenches([benchManyTables], show),
};

/** Every bench by name; what it returns goes into the record. */
const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  ...ALL,
  ...Object.fromEntries(Object.entries(STRATEGIES).map(([name, bench]) => [name, () => runBenches([bench], show)])),
  'ff1-oracle': async () => compareAll(positive('cases')),
};

/** The process fails where one case differs. */
function compareAll(cases: number): OracleResult & { readonly seconds: number } {
  const started = performance.now();
  const result = compareWithOracle(cases, 'ff1-oracle');
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  show(`${cases} cases, ${result.mismatches} mismatches, ${result.failedRoundTrips} failed round trips, ${seconds} s`);
  if (result.mismatches + result.failedRoundTrips > 0) process.exitCode = 1;
  return { ...result, seconds };
}

function positive(option: 'rows' | 'pairs' | 'cases'): number {
  const number = Number(options[option]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${option} takes a whole number from 1`);
  return number;
}

const names = positionals.length > 0 ? positionals : Object.keys(ALL);
const unknown = names.find(name => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined)
  throw new Error(`there is no bench "${unknown}"; there are ${Object.keys(BENCHES).join(', ')}`);
const results: Record<string, unknown> = {};
for (const name of names) {
  show(`== ${name}`);
  results[name] = await BENCHES[name]!(); // one of them, as was checked
}
if (options.record) {
  const folder = fileURLToPath(new URL('records/', import.meta.url));
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const isSync = ['sync', 'memory', 'subset'].some(name => name in results);
  const synced = isSync ? { baseline: hasPsql ? 'psql | psql' : 'COPY to COPY through Node', rows, pairs } : {};
  await mkdir(folder, { recursive: true });
  const record = { date: new Date().toISOString(), ...machine, ...synced, results };
  await writeFile(`${folder}${options.record}.json`, `${JSON.stringify(record, null, 2)}\n`);
}
