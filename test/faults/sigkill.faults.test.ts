// Runs that are killed by SIGKILL at random moments, again and again, while others write to the source: in the end the target
// holds what the source held in the run's snapshot. The same with the ledger outside of the rows' transaction must not.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killRuns } from './kill-runs.ts';
import { dropWorld, type KilledWorld, makeWorld, whileWriting } from './killed-world.ts';
import { draws, repeats } from './scale.ts';

/** Of the control, which ends when it has found out: mostly after two to six, once in a while after a dozen. */
const MOST_KILLS = 40;

const folder = mkdtempSync(join(tmpdir(), 'pgveil-sigkill-'));
let world: KilledWorld;
beforeAll(async () => {
  world = await makeWorld(folder, repeats(20_000, 120_000));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  // A run that was killed when it was done, before it could say so to its holder, leaves that to end by itself.
  await dropWorld(world);
});

describe('a run that is killed at random moments, while others write to the source', () => {
  test('has the rows of its snapshot in the end, each once', async () => {
    const outcome = await whileWriting(world, draws('writers'), () => killRuns(world, repeats(4, 200)));
    process.stdout.write(`sigkill: ${JSON.stringify(outcome)}\n`);
    expect(outcome.wrong).toBe(0);
    expect(outcome.compared).toBeGreaterThan(0);
  });

  test('negative control: with the ledger outside of the transaction of the rows, that is found out', async () => {
    const preload = new URL('ledger-apart.ts', import.meta.url).href;
    const outcome = await whileWriting(world, draws('writers'), () => killRuns(world, MOST_KILLS, preload));
    process.stdout.write(`sigkill, ledger apart: ${JSON.stringify(outcome)}\n`);
    expect(outcome.wrong).toBeGreaterThan(0);
  });
});
