// A process of its own that starts one PostgreSQL server and stops it when told to (SIGTERM) or when whoever started
// the guard is gone, however abruptly: then it is disconnected. It removes the server's temporary folder last.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, rm } from 'node:fs/promises';
import { type ClusterMaking, type Command, type GuardedServer, KEEP, READY } from './guarded-server.ts';

// PostgreSQL's fast shutdown writes a checkpoint; after these it is told to drop everything, then killed.
const QUIT_AFTER_MS = 20_000;
const KILL_AFTER_MS = 30_000;

let isAsked = false;
let isKept = false;
let running: ChildProcess | undefined;

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('SIGHUP', () => {}); // a closed terminal is no reason to stop; a starter that is gone is
process.on('disconnect', () => {
  if (!isKept) stop();
});
process.once('message', (server: GuardedServer) => {
  process.on('message', said => {
    isKept ||= said === KEEP;
  });
  guard(server);
});
process.send?.(READY);

async function guard(server: GuardedServer): Promise<void> {
  const isMade = server.initdb === undefined || (await makeCluster(server.initdb, server));
  if (isMade && !isAsked) {
    running = start(server.postgres, server);
    await ended(running);
  }
  // A server that ended by itself leaves its log: the starter reads it and removes the folder.
  const isLast = isAsked || isKept;
  if (isLast) await rm(server.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(isLast ? 0 : 1);
}

// initdb is not interrupted: it takes half a second, and cut off it would leave shared memory behind.
function stop(): void {
  if (isAsked) return;
  isAsked = true;
  running?.kill('SIGINT');
  setTimeout(() => running?.kill('SIGQUIT'), QUIT_AFTER_MS).unref();
  setTimeout(() => running?.kill('SIGKILL'), KILL_AFTER_MS).unref();
}

async function makeCluster(making: ClusterMaking, server: GuardedServer): Promise<boolean> {
  if ((await ended(start(making, server))) !== 0) return false;
  await copyFile(...making.password); // not moved: the data directory may be on another disk
  return true;
}

function start({ path, args }: Command, { uid, gid, folder, environment }: GuardedServer): ChildProcess {
  return spawn(path, args, {
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = await once(child, 'exit');
    return code;
  } catch {
    return null; // it could not be started
  }
}
