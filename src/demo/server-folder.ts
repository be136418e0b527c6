// The temporary folder of an embedded server: one that its account can enter, on a disk with room.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { chown, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AnonymizeError } from '../errors.ts';
import type { Account } from './server-account.ts';

const run = promisify(execFile);

// A process of PostgreSQL that is about to end may still write into its folder.
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const;

/** Folders that go when this process exits. */
const ours = new Set<string>();
process.on('exit', () => {
  for (const folder of ours) removeSync(folder);
});

/** Leaves the removal of a folder to somebody else. */
export function handOver(folder: string): void {
  ours.delete(folder);
}

/** Removes a folder with all that is in it. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, REMOVE);

// On exit nothing asynchronous ends any more, but a copy of the binaries may go on in a thread: so look again.
function removeSync(folder: string): void {
  for (let attempt = 1; attempt <= REMOVE.maxRetries && existsSync(folder); attempt++) {
    try {
      rmSync(folder, REMOVE);
    } catch {
      // The next attempt.
    }
    if (existsSync(folder)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVE.retryDelay);
  }
}

/** A new folder for temporary files that belongs to `account` and that it can reach. It goes on exit unless handed over. */
export async function makeFolder(account: Account | undefined): Promise<string> {
  // TMPDIR of root may be private to root; the shared folders are not.
  const roots = account ? [tmpdir(), '/tmp', '/var/tmp'] : [tmpdir()];
  for (const root of roots) {
    const folder = tryMake(root);
    if (!folder) continue;
    if (!account) return folder;
    await chown(folder, account.uid, account.gid);
    if (await canUse(folder, account)) return folder;
    await removeFolder(folder);
    handOver(folder);
  }
  throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
    detail: `no folder for temporary files can be used (tried ${roots.join(', ')}).`,
    fixHint: 'Make room there, or set TMPDIR to a folder that everybody can enter, with space for 1 GB.',
  });
}

// Synchronous: no signal comes between making a folder and remembering it.
function tryMake(root: string): string | undefined {
  try {
    const folder = mkdtempSync(join(root, 'pgveil-server-'));
    ours.add(folder);
    return folder;
  } catch {
    return undefined;
  }
}

async function canUse(folder: string, account: Account): Promise<boolean> {
  const script = 'test -x "$1" && test -w "$1"';
  try {
    await run('/bin/sh', ['-c', script, 'sh', folder], { ...account, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** Refuses a folder on a disk with fewer than `needed` bytes free. */
export async function checkRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch(() => statfs(dirname(folder)));
  const free = bavail * bsize;
  if (free >= needed) return;
  const megabytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MB`;
  throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
    detail: `${folder} has ${megabytes(free)} free, and ${megabytes(needed)} are needed.`,
    fixHint: 'Make room there, or set TMPDIR to a folder with more.',
  });
}
