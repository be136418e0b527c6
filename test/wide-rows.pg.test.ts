// Rows that are wide go into the target in parts of a slice, so that it need not hold a thousand of them.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, hashTable, type Query, type TableHash, type TestDatabase } from './database.ts';
import { configText, runSync } from './sync.ts';

const ROWS = 24;
const ROW_MB = 10;
/** What the session of a server may take: the part, the rows that are being read, and itself (101 MB; 267 MB for a slice in one part). */
const MOST_MB = 150;

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

const TABLE = `
create table public.scan (id int primary key, title text, content bytea);`;
const FILLED = `
insert into public.scan select n, 'title ' || n, decode(repeat('00ff0a5c', ${(ROW_MB * 1_000_000) / 4}), 'hex')
from generate_series(1, ${ROWS}) n; analyze public.scan`;

const contents = ({ query }: TestDatabase): Promise<TableHash> =>
  hashTable(query, 'public.scan', ['id', 'md5(content)']);

let [source, empty]: TestDatabase[] = [];
let expected: TableHash;
beforeAll(async () => {
  empty = await createDatabase();
  await empty.query(TABLE);
  source = await createDatabase({ template: empty });
  await source.query(FILLED);
  expected = await contents(source);
});
afterAll(() => Promise.all([source!.drop(), empty!.drop()]));

test.each([
  ['kept', 'keep'],
  ['replaced in part', { keep: ['id', 'content'], columns: { title: 'hash' } }],
])('240 MB in 24 rows, %s, take less than 150 MB of memory in the target', async (_, rule) => {
  const target = await createDatabase({ template: empty! });
  try {
    const running = runSync({ source: source!, target }, configText({ 'public.scan': rule }, { parallel: 1 }));
    const most = await mostMemory(target.query, running);
    const run = await running;
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    if (process.platform === 'linux') expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(MOST_MB);
    expect(await contents(target)).toEqual(expected);
  } finally {
    await target.drop();
  }
});
