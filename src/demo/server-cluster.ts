// The data directory of an embedded server: made by initdb, with a random password for its superuser.

import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterMaking } from './guarded-server.ts';
import type { Account } from './server-account.ts';

/** The superuser of every embedded server. */
export const SUPERUSER = 'postgres';

const PASSWORD_FILE = 'pgveil.password';

/** Where a cluster is, and what makes it. */
export interface Cluster {
  readonly dataDir: string;
  readonly binaries: string;
  /** A folder for temporary files, which the account can enter. */
  readonly folder: string;
  readonly account: Account | undefined;
}

/** The superuser's password, and how the cluster is made where it is not there yet. */
export interface PreparedCluster {
  readonly password: string;
  readonly initdb?: ClusterMaking;
}

/** Makes the folder of a cluster and says what else is needed. */
export async function prepareCluster({ dataDir, binaries, folder, account }: Cluster): Promise<PreparedCluster> {
  const keptFile = join(dataDir, PASSWORD_FILE);
  const known = await readFile(keptFile, 'utf8').catch(() => undefined);
  if (known !== undefined) return { password: known };

  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, PASSWORD_FILE);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await Promise.all([dataDir, passwordFile].map(path => chown(path, account.uid, account.gid)));
  const args = [
    ...['--no-locale', '--encoding=UTF8', '--auth=scram-sha-256', '--no-sync', '--no-instructions'],
    ...[`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, `--pgdata=${dataDir}`],
  ];
  return { password, initdb: { path: join(binaries, 'bin/initdb'), args, password: [passwordFile, keptFile] } };
}
