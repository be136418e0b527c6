// A folder in memory for the temporary files of a run of the tests, the servers' data among them, where the machine has room:
// a tenth of the CPU time goes into the disk's file system otherwise, though nothing there is to last.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const MEMORY_FOLDER = '/dev/shm';
/** Of these, a whole run takes 1.1 GB at most. */
const ROOM_BYTES = 2 * 1024 ** 3;

/**
 * From now on, temporary files of this process and of those that it starts are in memory, where it can take them.
 * PGVEIL_TESTS_IN_MEMORY=no leaves them where they were.
 */
export function keepInMemory(): void {
  if (process.env.PGVEIL_TESTS_IN_MEMORY !== undefined || !hasRoom()) return;
  const folder = tryMake();
  if (folder === undefined) return;
  process.env.PGVEIL_TESTS_IN_MEMORY = folder;
  process.env.TMPDIR = folder;
}

// Free room of a tmpfs is a limit, not memory that is there, and a container may have less than the machine.
function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return Math.min(bavail * bsize, process.availableMemory()) >= ROOM_BYTES;
  } catch {
    return false; // no such folder, as on macOS
  }
}

function tryMake(): string | undefined {
  try {
    const folder = mkdtempSync(join(MEMORY_FOLDER, 'pgveil-tests-'));
    // Not when a project is over: a server of another one may still run.
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o711); // PostgreSQL may run as another user
    const program = join(folder, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    execFileSync(program); // a container's is often mounted noexec, and tests start programs that they have written
    rmSync(program);
    return folder;
  } catch {
    return undefined;
  }
}
