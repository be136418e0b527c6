// The data directory of an embedded server: made by initdb, with a random password for its superuser.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './server-account.ts';
import { SERVER_ENVIRONMENT } from './server-binaries.ts';
import { lastLines, refusal } from './server-refusal.ts';

/** The superuser of every embedded server. */
export const SUPERUSER = 'pgveil';

// initdb takes an empty folder only, so the password joins the cluster afterwards.
const PASSWORD_FILE = 'pgveil.password';

/** Where a cluster is, and what makes it. */
export interface Cluster {
  readonly dataDir: string;
  readonly binaries: string;
  /** A folder for temporary files, which the account can enter. */
  readonly folder: string;
  readonly account: Account | undefined;
}

/** Makes the cluster unless it is there; returns the superuser's password. */
export async function prepareCluster(cluster: Cluster): Promise<string> {
  const passwordFile = join(cluster.dataDir, PASSWORD_FILE);
  const known = await readFile(passwordFile, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const password = randomBytes(18).toString('base64url');
  await initialise(cluster, password);
  await writeFile(passwordFile, password, { mode: 0o600 });
  return password;
}

async function initialise({ dataDir, binaries, folder, account }: Cluster, password: string): Promise<void> {
  const passwordFile = join(folder, PASSWORD_FILE);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await Promise.all([dataDir, passwordFile].map(path => chown(path, account.uid, account.gid)));
  const child = spawn(
    join(binaries, 'bin/initdb'),
    [
      ...['--no-locale', '--encoding=UTF8', '--auth=scram-sha-256', '--no-sync', '--no-instructions'],
      ...[`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, `--pgdata=${dataDir}`],
    ],
    { ...account, cwd: folder, env: SERVER_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const interrupt = () => child.kill('SIGKILL');
  process.prependOnceListener('exit', interrupt); // before its folder is removed
  const [code] = await once(child, 'close').finally(() => process.off('exit', interrupt));
  if (code !== 0) throw refusal(`initdb failed: ${lastLines(output)}`, dataDir);
  await rm(passwordFile);
}
