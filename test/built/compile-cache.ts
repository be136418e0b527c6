// What Node has compiled once in a run of the tests, every later process and thread of the run takes from here: commands, workers of
// syncs, demos. It halves the CPU time that a command takes to start. The folder goes when the tests are over.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Vitest calls it before the processes of the tests start, which inherit the variable. */
export default function setup(): (() => void) | undefined {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-compiled-'));
  process.env.NODE_COMPILE_CACHE = folder;
  return () => {
    delete process.env.NODE_COMPILE_CACHE;
    rmSync(folder, { recursive: true, force: true });
  };
}
