import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownFile } from '../../src/own-files.ts';

/** Answers with what was under way when it was loaded. */
const WORKER = 'const { stack } = new Error(); export default async () => stack;';
const REQUIRED = /at Module\.require /;
const THREAD = fileURLToPath(ownFile('src/workers/thread.cjs'));

let folder: string;
let worker: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgveil-thread-'));
  worker = join(folder, 'worker.mjs');
  writeFileSync(worker, WORKER);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inThread(
  { filename, workerData }: { readonly filename: string; readonly workerData?: string },
  work: (run: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const pool = new Piscina({ filename, workerData, minThreads: 1, maxThreads: 1, atomics: 'disabled' });
  try {
    await work(() => pool.run(undefined));
  } finally {
    await pool.destroy();
  }
}

// Node aborts the process where that is interrupted (docs/decisions/0027-threads-import.md).
test('a thread imports its worker, which piscina would require', async () => {
  await inThread({ filename: worker }, async run => expect(await run()).toMatch(REQUIRED));
  await inThread({ filename: THREAD, workerData: pathToFileURL(worker).href }, async run =>
    expect(await run()).not.toMatch(REQUIRED),
  );
});

test('a worker that cannot be loaded is told by each of its tasks', async () => {
  const missing = pathToFileURL(join(folder, 'missing.mjs')).href;
  await inThread({ filename: THREAD, workerData: missing }, async run => {
    for (let task = 0; task < 2; task++) await expect(run()).rejects.toThrow('Cannot find module');
  });
});
