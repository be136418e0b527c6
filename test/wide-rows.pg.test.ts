// Rows that are wide go into the target in parts of a slice, so that it need not hold a thousand of them.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Query } from './database.ts';
import { hashTable } from './database.ts';
import { configText, createPair, dropPair, runSync } from './sync.ts';

const ROWS = 40;
const ROW_MB = 10;
/** What the session of a server may take: the part, the rows that are being read, and itself. */
const MOST_MB = 300;

const WORKERS = `select pid from pg_stat_activity where application_name like '%/worker' and datname = current_database()`;

/** Megabytes that a process has for itself; 0 where that cannot be asked, or it has ended. */
function memoryOf(pid: number): number {
  try {
    const [, kilobytes = 0] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1000;
  } catch {
    return 0;
  }
}

/** The most that a session of a worker takes until `over`. */
async function mostMemory(query: Query, over: Promise<unknown>): Promise<number> {
  let [most, isOver] = [0, false];
  const end = over.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const workers = await query<{ pid: number }>(WORKERS);
    most = Math.max(most, ...workers.map(({ pid }) => memoryOf(pid)));
    await Promise.race([sleep(20), end]);
  }
  return most;
}

test.each([
  ['kept', 'keep'],
  ['replaced in part', { keep: ['id', 'content'], columns: { title: 'hash' } }],
])('400 MB in 40 rows, %s, take less than 300 MB of memory in the target', async (_, rule) => {
  const pair = await createPair('create table public.scan (id int primary key, title text, content bytea)');
  try {
    await pair.source.query(`
      insert into public.scan select n, 'title ' || n, decode(repeat('00ff0a5c', ${(ROW_MB * 1_000_000) / 4}), 'hex')
      from generate_series(1, ${ROWS}) n; analyze public.scan`);
    const running = runSync(pair, configText({ 'public.scan': rule }, { parallel: 1 }));
    const most = await mostMemory(pair.target.query, running);
    const run = await running;
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    if (process.platform === 'linux') expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(MOST_MB);
    const columns = ['id', 'md5(content)'];
    expect(await hashTable(pair.target.query, 'public.scan', columns)).toEqual(
      await hashTable(pair.source.query, 'public.scan', columns),
    );
  } finally {
    await dropPair(pair);
  }
});
