// A process of its own that starts one PostgreSQL server and stops it when told to (SIGTERM) or when whoever started
// the guard is gone, however abruptly: then its standard input ends. It removes the server's temporary folder last.

import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';

/** What a guard needs to know; its only argument, as JSON. */
export interface GuardedServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Temporary files of this server: its working directory, removed in the end. */
  readonly folder: string;
  /** Outlive the process that started the guard. */
  readonly keep: boolean;
}

// PostgreSQL's fast shutdown writes a checkpoint; after these it is told to drop everything, then killed.
const QUIT_AFTER_MS = 20_000;
const KILL_AFTER_MS = 30_000;

const server = JSON.parse(process.argv[2] ?? '') as GuardedServer;
const { command, args, environment, folder, keep, ...account } = server;

const postgres = spawn(command, args, {
  ...account,
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'inherit', 'inherit'],
});

let asked = false;
function stop(): void {
  if (asked) return;
  asked = true;
  postgres.kill('SIGINT');
  setTimeout(() => postgres.kill('SIGQUIT'), QUIT_AFTER_MS).unref();
  setTimeout(() => postgres.kill('SIGKILL'), KILL_AFTER_MS).unref();
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('SIGHUP', () => {}); // a closed terminal is no reason to stop; a closed standard input is
if (!keep) process.stdin.on('close', stop).on('error', stop).resume();

postgres.on('error', () => process.exit(1));
postgres.on('exit', async () => {
  // A server that ended by itself leaves its log: the starter reads it and removes the folder.
  const clean = asked || keep;
  if (clean) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(clean ? 0 : 1);
});
