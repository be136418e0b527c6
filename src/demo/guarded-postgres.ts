// A postmaster under a guard (server-guard.ts): started, watched until it accepts connections, and stopped through it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type GuardedServer, KEEP } from './guarded-server.ts';
import { handOver } from './server-folder.ts';

const READY_WITHIN_MS = 60_000;

/** A postmaster that accepts connections. */
export interface GuardedPostgres {
  readonly guardPid: number;
  readonly pid: number;
  /** Lets the server outlive this process. */
  keep(): Promise<void>;
  /** Ends the server and then its guard. */
  stop(): Promise<void>;
}

/** Starts `server`, which logs to `log`. @returns undefined when it ended instead; the log says why */
export async function startGuarded(server: GuardedServer, log: string): Promise<GuardedPostgres | undefined> {
  const read = () => readFile(join(server.dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const stale = await read(); // a server that was killed leaves its pid file
  const guard = await spawnGuard(server, log);
  const pid = await waitUntilReady(guard, async () => {
    const found = await read();
    return found === stale ? '' : found;
  });
  if (pid !== undefined && guard.pid !== undefined) {
    return { guardPid: guard.pid, pid, keep: () => keepUp(guard), stop: () => end(guard) };
  }
  await end(guard);
  return undefined;
}

async function spawnGuard(server: GuardedServer, log: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL(`./server-guard${extname(import.meta.url)}`, import.meta.url));
  const flags = process.features.typescript ? [] : ['--experimental-strip-types'];
  const logFile = await open(log, 'w');
  // Detached: Ctrl-C in the terminal reaches us only, and we decide when the server stops.
  const guard = spawn(process.execPath, [...flags, script], {
    detached: true,
    stdio: ['ignore', logFile.fd, logFile.fd, 'ipc'],
  });
  await Promise.race([once(guard, 'message'), once(guard, 'exit')]).finally(() => logFile.close());
  // In one go: an exit of ours before this line removes the folder, one after it leaves that to the guard.
  handOver(server.folder);
  if (guard.connected) guard.send(server);
  // Neither keeps a process alive that has nothing else to do.
  guard.unref();
  guard.channel?.unref();
  return guard;
}

/** The postmaster's pid, once line 8 of its pid file says that it accepts connections. */
async function waitUntilReady(guard: ChildProcess, readPidFile: () => Promise<string>): Promise<number | undefined> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && !hasEnded(guard)) {
    const lines = (await readPidFile()).split('\n');
    if (lines[7]?.trim() === 'ready') return Number(lines[0]);
    await sleep(15);
  }
  return undefined;
}

const hasEnded = (guard: ChildProcess): boolean => guard.exitCode !== null || guard.signalCode !== null;

async function keepUp(guard: ChildProcess): Promise<void> {
  guard.send(KEEP);
  guard.disconnect(); // after what was sent
  await once(guard, 'disconnect');
}

async function end(guard: ChildProcess): Promise<void> {
  if (hasEnded(guard)) return;
  guard.ref();
  const ended = once(guard, 'exit');
  guard.kill('SIGTERM');
  await ended;
}
