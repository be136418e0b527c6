// The temporary folder of an embedded server: one that its account can enter, on a disk with room.

import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AnonymizeError } from '../errors.ts';
import type { Account } from './server-account.ts';

const run = promisify(execFile);

/** A new folder for temporary files that belongs to `account` and that it can reach. The caller removes it. */
export async function makeFolder(account: Account | undefined): Promise<string> {
  // TMPDIR of root may be private to root; the shared folders are not.
  const roots = account ? [tmpdir(), '/tmp', '/var/tmp'] : [tmpdir()];
  for (const root of roots) {
    const folder = await mkdtemp(join(root, 'pgveil-server-')).catch(() => undefined);
    if (!folder) continue;
    if (!account) return folder;
    await chown(folder, account.uid, account.gid);
    if (await canUse(folder, account)) return folder;
    await rm(folder, { recursive: true });
  }
  throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
    detail: `no folder for temporary files can be used (tried ${roots.join(', ')}).`,
    fixHint: 'Make room there, or set TMPDIR to a folder that everybody can enter, with space for 1 GB.',
  });
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
