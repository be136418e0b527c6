// Where pg_dump and pg_restore are, and whether they are new enough. pg_dump refuses a server that is newer than itself.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../../config/references.ts';
import { AnonymizeError } from '../../errors.ts';

const run = promisify(execFile);

export interface PgTools {
  /** Paths. */
  readonly pgDump: string;
  readonly pgRestore: string;
}

export interface Wanted {
  /** `target.pg_bin`; the folders of PATH unless given. */
  readonly folder: string | undefined;
  /** The newest of the servers that they work with. */
  readonly major: number;
  /** PATH is in it. */
  readonly env: Environment;
}

/** @throws {AnonymizeError} ANON_PG_TOOLS */
export async function findTools(wanted: Wanted): Promise<PgTools> {
  const pgDump = await findTool('pg_dump', wanted);
  return { pgDump, pgRestore: await findTool('pg_restore', wanted) };
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

async function findTool(name: string, { folder, major, env }: Wanted): Promise<string> {
  const refuse = (detail: string): never => {
    throw new AnonymizeError('ANON_PG_TOOLS', { detail, wanted: major });
  };
  const folders = folder === undefined ? (env.PATH ?? '').split(delimiter).filter(part => part !== '') : [folder];
  const file = await firstRunnable(folders.map(one => join(one, `${name}${SUFFIX}`)));
  if (file === undefined) return refuse(`${name} is not ${folder === undefined ? 'on PATH' : `in ${folder}`}`);
  const found = await majorOf(file);
  if (found === undefined) return refuse(`${file} does not run here`);
  return found < major ? refuse(`${file} is that of PostgreSQL ${found}`) : file;
}

async function firstRunnable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isRunnable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isRunnable) return file;
  }
  return undefined;
}

async function majorOf(file: string): Promise<number | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { env: { LC_ALL: 'C' } });
    const [, major] = / (\d+)/.exec(stdout) ?? [];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined; // the caller says so
  }
}
