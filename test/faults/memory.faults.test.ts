// Memory does not grow with the table, nor with a value more than it must, nor because the target is slow. Only in the long
// form: the tables take minutes to make.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.ts';
import { configText, createPair, dropPair, runSync } from '../sync.ts';
import { type Gate, withProxy } from './proxy.ts';
import { writeRecord } from './record.ts';
import { repeats } from './scale.ts';
import { CONFIG, useWorld } from './world.ts';

const MB = 1_000_000;
const isLong = repeats(0, 1) === 1;
const measured: Record<string, object> = {};
afterAll(() => {
  if (isLong) writeRecord('memory', measured);
});

/** Syncs one table in a process of its own. @returns what its report says */
async function syncTable(sql: string, rows: string, tables: object, settings: object): Promise<Report> {
  const pair = await createPair(sql);
  try {
    await pair.source.query(rows);
    const run = await runSync(pair, configText(tables, settings));
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    return JSON.parse(run.report ?? '') as Report;
  } finally {
    await dropPair(pair);
  }
}

describe.skipIf(!isLong)('peak memory', () => {
  test('of 10,000,000 narrow rows is at most 300 MB', async () => {
    const sql = 'create table public.narrow (id bigint primary key, name text, n int)';
    const rows = `insert into public.narrow select n, 'name ' || n, n % 1000 from generate_series(1, 10000000) n; analyze`;
    const tables = { 'public.narrow': { keep: ['id', 'n'], columns: { name: 'hash' } } };
    const report = await syncTable(sql, rows, tables, {});
    measured.narrow = { rows: report.rows, seconds: report.seconds, peak_rss_mb: report.peak_rss_bytes / MB };
    expect(report.rows).toBe(10_000_000);
    expect(report.peak_rss_bytes).toBeLessThanOrEqual(300 * MB);
  });

  test('of 2,000 values of 10 MB and one of 400 MB is at most three times the largest, and 300 MB', async () => {
    // Compressed in the tables, whole on the way.
    const sql = 'create table public.scan (id int primary key, title text, content bytea)';
    const rows = `
      insert into public.scan select n, 'title ' || n, decode(repeat('00ff0a5c', 2500000), 'hex') from generate_series(1, 1000) n;
      insert into public.scan values (1001, 'largest', decode(repeat('00ff0a5c', 100000000), 'hex'));
      insert into public.scan select 1001 + n, 'title ' || n, decode(repeat('00ff0a5c', 2500000), 'hex') from generate_series(1, 1000) n`;
    const tables = { 'public.scan': { keep: ['id', 'content'], columns: { title: 'hash' } } };
    const report = await syncTable(sql, rows, tables, { memory: '1500MB', parallel: 2 });
    const { rows: copied, bytes, seconds, peak_rss_bytes: peak } = report;
    measured.large = { rows: copied, bytes, seconds, peak_rss_mb: peak / MB };
    expect(copied).toBe(2_001);
    expect(bytes).toBeGreaterThan(20_400 * MB);
    expect(peak).toBeLessThanOrEqual((3 * 400 + 300) * MB);
  });
});

const withPair = useWorld();

const BYTES_PER_SECOND = 10_000;
/** What is said before the rows goes through at full speed. */
const FREE_BYTES = 100_000;
const slowly: Gate = (chunk, total) =>
  total < FREE_BYTES ? undefined : sleep((1000 * chunk.length) / BYTES_PER_SECOND);

const WARM_UP_S = 10;
const WATCHED_S = 60;

/** Megabytes that a process holds. */
function rssOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kilobytes) * 1024) / MB;
}

test.skipIf(!isLong)('memory stays flat within 32 MB while the target takes 10 KB a second', async () => {
  const source = `insert into app.event select 100000 + n, repeat(md5(n::text), 8) from generate_series(1, 300000) n`;
  await withPair({ source }, async pair => {
    await withProxy(pair.target.url, { toServer: slowly }, async ({ url, cut }) => {
      // It is killed in the end, and nobody is to go on with it.
      const config = { ...CONFIG, source: { ...CONFIG.source, snapshot: { hold_for: '0s' } } };
      const cli = pair.start({ config, env: { TARGET_URL: url } });
      await cli.said('copying');
      const samples: number[] = [];
      for (let second = 0; second < WARM_UP_S + WATCHED_S; second++) {
        await sleep(1_000);
        if (second >= WARM_UP_S) samples.push(rssOf(cli.process.pid ?? 0));
      }
      cli.process.kill('SIGKILL');
      await cli.ended;
      cut();
      const [least, most] = [Math.min(...samples), Math.max(...samples)];
      measured.slow_target = { seconds: samples.length, least_rss_mb: least, most_rss_mb: most };
      expect(samples).toHaveLength(WATCHED_S);
      expect(most - least).toBeLessThanOrEqual(32);
    });
  });
});
