import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from '../src/demo/embedded-server.ts';
import { packagedBinaries } from '../src/demo/server-binaries.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgveil-test-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

async function select(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: 'array' }).finally(() => client.end());
  return rows[0]?.[0];
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(claim: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!claim() && Date.now() < deadline) await sleep(20);
  expect(claim()).toBe(true);
}

interface Elsewhere {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly dataDir: string;
  readonly stopCommand: string;
}

/** A Node process that starts a server, says where it is, and then waits. */
async function startElsewhere(then = ''): Promise<Elsewhere> {
  const path = fileURLToPath(new URL('../src/demo/embedded-server.ts', import.meta.url));
  const script = `
    const { startServer } = await import(${JSON.stringify(path)});
    const { pid, dataDir, stopCommand, keep } = await startServer();
    ${then}
    process.stdout.write(JSON.stringify({ pid, dataDir, stopCommand }));
    process.stdin.resume().on('end', () => process.exit(0));
    process.on('SIGUSR2', () => process.stdin.destroy());`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  return { child, ...JSON.parse(said) };
}

test('settings reach the server, it listens on the loopback address only, and stop removes its files', async () => {
  const server = await startServer({ settings: { work_mem: '5MB' } });
  expect(await select(server.url('postgres'), 'show work_mem')).toBe('5MB');
  expect(await select(server.url('template1'), 'show listen_addresses')).toBe('127.0.0.1');
  await server.stop();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  expect(existsSync(server.dataDir)).toBe(false);
});

test('a given data directory stays, also after a crash, with its rows and its password', async () => {
  const dataDir = join(folder, 'cluster');
  const first = await startServer({ dataDir });
  await select(first.url('postgres'), 'create table t as select 7 as a');
  process.kill(first.pid, 'SIGKILL');
  await until(() => !isAlive(first.pid));
  const second = await startServer({ dataDir, port: first.port });
  await first.stop();
  expect(await select(second.url('postgres'), 'select a from t')).toBe(7);
  await second.stop();
  expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
});

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('the server stops when its starter ends by %s', async signal => {
  const { child, pid, dataDir } = await startElsewhere();
  child.kill(signal);
  await until(() => !isAlive(pid));
  await until(() => !existsSync(join(dataDir, '..')));
});

test('the server stops when its starter exits', async () => {
  const { child, pid, dataDir } = await startElsewhere();
  child.stdin?.end();
  await until(() => !isAlive(pid));
  await until(() => !existsSync(join(dataDir, '..')));
});

test('a server that nobody stops does not keep its starter alive', async () => {
  const { child, pid } = await startElsewhere();
  child.kill('SIGUSR2'); // see the script: nothing left to do
  await once(child, 'exit');
  await until(() => !isAlive(pid));
});

test('a kept server outlives its starter until its stop command', async () => {
  const { child, pid, dataDir, stopCommand } = await startElsewhere('await keep();');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await sleep(300);
  expect(isAlive(pid)).toBe(true);
  await once(spawn('/bin/sh', ['-c', stopCommand]), 'exit');
  await until(() => !isAlive(pid));
  await until(() => !existsSync(join(dataDir, '..')));
});

test('a port that is taken is refused, saying so', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await expect(startServer({ port })).rejects.toThrow(`port ${port} is taken`);
  other.close();
});

test('a disk without room is refused before anything is written', async () => {
  const dataDir = join(folder, 'huge');
  await expect(startServer({ dataDir, room: 2 ** 60 })).rejects.toThrow(/free, and .* are needed/);
  expect(existsSync(dataDir)).toBe(false);
});

test('a setting that PostgreSQL does not know is refused with its own words', async () => {
  await expect(startServer({ settings: { no_such_setting: 'on' } })).rejects.toThrow(/no_such_setting/);
});

test('a data directory that holds something else is refused and left as it is', async () => {
  const dataDir = join(folder, 'not-a-cluster');
  await mkdir(join(dataDir, 'precious'), { recursive: true });
  await expect(startServer({ dataDir })).rejects.toThrow(/not empty/);
  expect(existsSync(join(dataDir, 'precious'))).toBe(true);
});

test('a folder without binaries is refused', async () => {
  await expect(startServer({ binaries: folder })).rejects.toMatchObject({ code: 'ANON_EMBEDDED_POSTGRES' });
});

// Only root lends PostgreSQL another account, which cannot enter this folder.
test.runIf(process.getuid?.() === 0)('binaries that the lent account cannot reach are copied', async () => {
  const hidden = join(folder, 'home');
  await mkdir(hidden, { mode: 0o700 });
  await cp(packagedBinaries(), join(hidden, 'native'), { recursive: true, verbatimSymlinks: true });
  const server = await startServer({ binaries: join(hidden, 'native') });
  expect(await select(server.url('postgres'), 'select 1')).toBe(1);
  await server.stop();
});

test('an install without scripts, which lacks the links between libraries, is repaired in a copy', async () => {
  const native = join(folder, 'unlinked', 'native');
  const isLink = async (path: string) => (await lstat(path)).isSymbolicLink();
  await cp(packagedBinaries(), native, { recursive: true, filter: async path => !(await isLink(path)) });
  const server = await startServer({ binaries: native });
  expect(await select(server.url('postgres'), 'select 1')).toBe(1);
  await server.stop();
});
