// A server whose database is on a disk that gets full: a tmpfs of its own where the tests may mount one, else a limit on the
// size of files.

import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import { findAccount } from '../../src/demo/server-account.ts';
import { query } from './one-query.ts';

const account = await findAccount();

/** A database, with sessions that are closed at once. */
export interface Shop {
  readonly url: string;
  run<Row>(sql: string): Promise<Row[]>;
}

/** A database on a disk of its own. */
export interface SmallDisk extends Shop {
  /** Bytes of the disk that are in use. */
  used(): number;
  /** Takes all that is free, down to the last page. */
  fill(): void;
}

/** Only root may mount. */
export const canMount: boolean = account !== undefined && tryMount();

export const CANNOT_MOUNT = 'a tmpfs can only be mounted by root';

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-mount-'));
  try {
    mount(folder, 1);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false; // a container without the right to mount
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, megabytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
}

/** Runs `callback` with a server for small disks. */
export async function withDiskServer<Result>(callback: (server: EmbeddedServer) => Promise<Result>): Promise<Result> {
  const server = await startServer({ settings: { fsync: 'off', autovacuum: 'off', max_wal_size: '4GB' } });
  try {
    return await callback(server);
  } finally {
    await server.stop();
  }
}

/** Runs `callback` with a database in a tablespace on a tmpfs of this size, in which `sql` has been run. */
export async function withSmallDisk<Result>(
  server: EmbeddedServer,
  { megabytes, sql }: { readonly megabytes: number; readonly sql: string },
  callback: (disk: SmallDisk) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-disk-'));
  chmodSync(folder, 0o755); // the server runs as another user
  const place = join(folder, 'disk');
  mkdirSync(place);
  mount(place, megabytes);
  const space = join(place, 'space');
  mkdirSync(space);
  if (account) chownSync(space, account.uid, account.gid);
  const admin = (text: string) => query(server.url('postgres'), text);
  try {
    await admin(`create tablespace small location '${space}'`);
    return await callback({
      ...(await makeShop(server, sql, 'tablespace small')),
      used: () => usedOf(place),
      fill: () => fillUp(join(place, 'filler')),
    });
  } finally {
    await admin('drop database if exists shop with (force)');
    await admin('drop tablespace if exists small');
    execFileSync('umount', [place]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a database in which `sql` has been run. */
export async function makeShop(server: EmbeddedServer, sql: string, where = ''): Promise<Shop> {
  await query(server.url('postgres'), `create database shop template template0 ${where}`);
  const url = server.url('shop');
  const run = <Row>(text: string) => query<Row>(url, text);
  await run(sql);
  return { url, run };
}

export const canLimit: boolean = spawnSync('prlimit', ['--version']).status === 0;

export const CANNOT_LIMIT = 'there is no prlimit';

/** From now on, no file of the server's new sessions gets larger than this. */
export async function limitFiles({ pid }: EmbeddedServer, bytes: number): Promise<void> {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { ...account });
}

function fillUp(file: string): void {
  for (const bytes of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch {
      // No room for so much.
    }
  }
}

function usedOf(place: string): number {
  const { bsize, blocks, bfree } = statfsSync(place);
  return (blocks - bfree) * bsize;
}
