// A process of its own that starts one PostgreSQL server and stops it when told to (SIGTERM) or when whoever started
// the guard is gone, however abruptly: then its standard input ends. It removes the server's temporary folder last.

import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { type GuardedServer, KEEP } from './guarded-server.ts';

// PostgreSQL's fast shutdown writes a checkpoint; after these it is told to drop everything, then killed.
const QUIT_AFTER_MS = 20_000;
const KILL_AFTER_MS = 30_000;

const server = JSON.parse(process.argv[2] ?? '') as GuardedServer;
const { command, args, environment, uid, gid, folder } = server;

const postgres = spawn(command, args, {
  ...(uid === undefined ? {} : { uid }),
  ...(gid === undefined ? {} : { gid }),
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'inherit', 'inherit'],
});

let isAsked = false;
let isKept = false;

function stop(): void {
  if (isAsked) return;
  isAsked = true;
  postgres.kill('SIGINT');
  setTimeout(() => postgres.kill('SIGQUIT'), QUIT_AFTER_MS).unref();
  setTimeout(() => postgres.kill('SIGKILL'), KILL_AFTER_MS).unref();
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('SIGHUP', () => {}); // a closed terminal is no reason to stop; a closed standard input is

process.stdin.on('data', said => {
  isKept ||= said.toString() === KEEP;
});
process.stdin.on('error', stop).on('close', () => {
  if (!isKept) stop();
});

postgres.on('error', () => process.exit(1));
postgres.on('exit', async () => {
  // A server that ended by itself leaves its log: the starter reads it and removes the folder.
  const isLast = isAsked || isKept;
  if (isLast) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(isLast ? 0 : 1);
});
