// Who runs an embedded PostgreSQL: PostgreSQL refuses to run as root, so root lends it an account with fewer rights.

import { execFile } from 'node:child_process';
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
