// Who runs an embedded PostgreSQL: PostgreSQL refuses to run as root, so root lends it an account with fewer rights.

import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AnonymizeError } from '../errors.ts';

const run = promisify(execFile);

/** The user and group that a process is started as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

// initdb looks its own user up by getpwuid, so only an account that exists will do.
const CANDIDATES = ['postgres', 'nobody'];

/** The account that PostgreSQL must run as, or undefined where it may run as whoever we are. */
export async function findAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such account here: try the next.
    }
  }
  throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
    detail: `it does not run as root, and there is no account ${CANDIDATES.join(' or ')} to lend it.`,
    fixHint: 'Run the command as an ordinary user, or create one: useradd --system postgres.',
  });
}

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
