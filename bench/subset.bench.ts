// A subset of a parent-child pair against copying the same rows from a source that holds nothing else, on the same servers: by
// the same command, where below 2 is what is wanted, and by psql, into the same tables with their keys.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../src/report/report.ts';
import { median } from './median.ts';
import { type BenchServers, withSession } from './servers.ts';
import { copyPlain, hasPsql, runSync, timed } from './sync.bench.ts';

/** A tenth of the rows are parents. */
const SCHEMA = `
drop schema if exists pair cascade; create schema pair;
create table pair.parent (id bigint primary key, name text not null, email text not null, note text, created_at timestamptz not null);
create table pair.child (id bigint primary key, parent_id bigint not null references pair.parent, amount numeric(12, 2) not null,
  status text not null, note text, created_at timestamptz not null);`;

const fill = (parents: number, children: number): string => `
insert into pair.parent select n, 'name ' || n, 'p' || n || '@mail.example', md5(n::text), timestamptz '2020-01-01 00:00+00' + n * interval '7 s'
  from generate_series(1, ${parents}) n;
insert into pair.child select n, 1 + (hashint8(n)::bigint + 2147483648) % ${parents}, (n % 100000) / 7.0, 'status ' || n % 9, md5(n::text) || md5((n + 1)::text),
  timestamptz '2020-01-01 00:00+00' + n * interval '1 s' from generate_series(1, ${children}) n;`;

const INDEX = 'create index child_parent on pair.child (parent_id);';

/** How the subset is asked for. */
interface Variant {
  readonly name: string;
  readonly percent: number;
  readonly children: string;
  readonly hasIndex: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: '20 %, all children', percent: 20, children: 'all', hasIndex: true },
  { name: '20 %, no index on the child', percent: 20, children: 'all', hasIndex: false },
  { name: '5 %, all children', percent: 5, children: 'all', hasIndex: true },
  { name: '20 %, 3 children each', percent: 20, children: '{ pair.child: { limit: 3 } }', hasIndex: true },
  { name: '80 %, all children', percent: 80, children: 'all', hasIndex: true },
];

/** One variant against copying what it chose. */
export interface SubsetResult {
  readonly variant: string;
  readonly rows: number;
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly seconds: number;
  readonly copy_seconds: number;
  /** Of `psql | psql`, one table after the other; null where there is no psql. */
  readonly psql_seconds: number | null;
  readonly peak_rss_mb: number;
}

export interface SubsetOptions {
  /** Of both tables. */
  readonly rows: number;
  readonly pairs: number;
  readonly show: (line: string) => void;
}

/** Measures all variants. */
export async function benchSubset(servers: BenchServers, options: SubsetOptions): Promise<readonly SubsetResult[]> {
  const { rows, show } = options;
  const parents = Math.round(rows / 10);
  const results: SubsetResult[] = [];
  for (const variant of VARIANTS) {
    await run(servers.source, `${SCHEMA} ${fill(parents, rows - parents)} ${variant.hasIndex ? INDEX : ''}`);
    await run(servers.source, 'vacuum (analyze, freeze) pair.parent, pair.child');
    await run(servers.target, `${SCHEMA} ${variant.hasIndex ? INDEX : ''}`);
    const result = await measure(servers, variant, options);
    const psql = result.psql_seconds === null ? 'none' : `${result.psql_seconds.toFixed(2)} s`;
    const each = result.ratios.map(ratio => ratio.toFixed(2)).join(' ');
    show(
      `${result.variant.padEnd(30)} ratio ${result.ratio.toFixed(2)} (${each})  ${result.rows} rows  ` +
        `subset ${result.seconds.toFixed(2)} s / copy ${result.copy_seconds.toFixed(2)} s / psql ${psql}  ${result.peak_rss_mb} MB`,
    );
    results.push(result);
  }
  return results;
}

/** The subset is synced, then the source is cut down to the same rows and synced whole; the source is put back between. */
async function measure(servers: BenchServers, variant: Variant, { pairs }: SubsetOptions): Promise<SubsetResult> {
  const folder = await mkdtemp(join(tmpdir(), 'pgveil-bench-'));
  const empty = async (): Promise<void> => {
    await run(servers.target, 'truncate pair.parent, pair.child');
    for (const url of [servers.target, servers.source]) await run(url, 'checkpoint');
  };
  const sync = async (config: string): Promise<{ readonly seconds: number; readonly report: Report }> => {
    const [file, reportFile] = [join(folder, 'bench.yaml'), join(folder, 'report.json')];
    await writeFile(file, config);
    await empty();
    const seconds = await timed(() => runSync(servers, file, reportFile));
    return { seconds, report: JSON.parse(await readFile(reportFile, 'utf8')) };
  };
  try {
    const subsets = [];
    for (let pair = 0; pair < pairs; pair++) subsets.push(await sync(configOf(variant)));
    await cutDown(servers);
    const copies = [];
    for (let pair = 0; pair < pairs; pair++) copies.push(await sync(configOf()));
    const rows = subsets[0]?.report.rows ?? 0;
    if (copies[0]?.report.rows !== rows) throw new Error('the copy has other rows than the subset');
    const plain: number[] = [];
    for (let pair = 0; pair < pairs && hasPsql; pair++) {
      await empty();
      plain.push(await timed(() => copyPlain(servers, ['pair.parent', 'pair.child'])));
    }
    const copySeconds = median(copies.map(({ seconds }) => seconds));
    const ratios = subsets.map(({ seconds }) => seconds / copySeconds);
    return {
      variant: variant.name,
      rows,
      ratio: median(ratios),
      ratios,
      seconds: median(subsets.map(({ seconds }) => seconds)),
      copy_seconds: copySeconds,
      psql_seconds: hasPsql ? median(plain) : null,
      peak_rss_mb: Math.round(Math.max(...subsets.map(({ report }) => report.peak_rss_bytes)) / 1e6),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The source then holds what the target got: by its keys, as nothing was masked in them. */
async function cutDown({ source, target }: BenchServers): Promise<void> {
  for (const table of ['child', 'parent']) {
    const ids = await column(target, `select id from pair.${table}`);
    await run(source, `create table pair.kept_${table} (id bigint)`);
    await run(source, `insert into pair.kept_${table} select unnest($1::bigint[])`, [ids]);
  }
  await run(
    source,
    `alter table pair.child drop constraint child_parent_id_fkey;
     delete from pair.child c where not exists (select from pair.kept_child k where k.id = c.id);
     delete from pair.parent p where not exists (select from pair.kept_parent k where k.id = p.id);
     drop table pair.kept_child, pair.kept_parent`,
  );
  await run(source, 'vacuum (full, freeze, analyze) pair.parent');
  await run(source, 'vacuum (full, freeze, analyze) pair.child');
  await run(source, 'alter table pair.child add foreign key (parent_id) references pair.parent');
}

const configOf = (variant?: Variant): string => `version: 1
source: { url: "env:SOURCE_URL" }
target: { url: "env:TARGET_URL" }
secret: env:ANONYMIZE_SECRET
tables:
  pair.parent:
    keep: [id, note, created_at]
    columns: { name: { strategy: fake, kind: person.fullName }, email: email }
  pair.child: keep
${variant ? `subset: { tables: { pair.parent: ${variant.percent}% }, children: ${variant.children} }\n` : ''}`;

async function run(url: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  await withRows(url, sql, values);
}

async function column(url: string, sql: string): Promise<readonly string[]> {
  return (await withRows(url, sql, [])).map(([id]) => String(id));
}

function withRows(url: string, text: string, values: readonly unknown[]): Promise<unknown[][]> {
  return withSession(url, async client => {
    if (values.length === 0) return (await client.query({ text, rowMode: 'array' })).rows ?? [];
    return (await client.query({ text, values: [...values], rowMode: 'array' })).rows;
  });
}
