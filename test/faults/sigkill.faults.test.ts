// Runs that are killed by SIGKILL at random moments, again and again, while others write to the source: in the end the target
// holds what the source held in the run's snapshot. The same with the ledger outside of the rows' transaction must not.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningCli } from './cli.ts';
import {
  findTruth,
  IS_HELD,
  type KilledWorld,
  makeWorld,
  PLANNED,
  startRun,
  type Truth,
  targetSums,
  whileWriting,
} from './killed-world.ts';
import { draws, repeats } from './scale.ts';

/** Kills of one run at most: the later attempts have less to do. */
const KILLS_OF_RUN = 5;

interface Outcome {
  kills: number;
  /** Kills after which the run went on, and those after which it had to start over: it was not held yet. */
  resumed: number;
  restarted: number;
  /** Runs that were compared with their snapshot after they had gone on, and those that differed or were refused. */
  compared: number;
  wrong: number;
}

/** Kills until there were `kills`; every run is then brought to its end, and compared. The control ends when it has found out. */
async function killRuns(world: KilledWorld, kills: number, preload?: string): Promise<Outcome> {
  const draw = draws(`sigkill ${preload === undefined}`);
  const outcome: Outcome = { kills: 0, resumed: 0, restarted: 0, compared: 0, wrong: 0 };
  const isFound = (): boolean => preload !== undefined && outcome.wrong > 0;
  while (outcome.kills < kills && !isFound()) await killOneRun({ world, draw, outcome, kills, preload });
  return outcome;
}

interface Killing {
  readonly world: KilledWorld;
  readonly draw: () => number;
  readonly outcome: Outcome;
  readonly kills: number;
  readonly preload: string | undefined;
}

async function killOneRun(killing: Killing): Promise<void> {
  const { world, draw, outcome, kills, preload } = killing;
  let truth: Truth | undefined;
  let hasGoneOn = false;
  const wanted = Math.min(1 + Math.floor(draw() * KILLS_OF_RUN), kills - outcome.kills);
  for (let killed = 0; ; ) {
    const cli = startRun(world, truth ? ['--resume'] : ['--restart'], preload);
    const isLast = killed >= wanted;
    const ended = isLast
      ? await cli.ended
      : await Promise.race([cli.ended, momentOf(cli, truth !== undefined, killing)]);
    if (ended !== 'kill') {
      await compare({ world, truth, hasGoneOn, outcome, isDone: ended.exitCode === 0, stderr: ended.stderr, preload });
      return;
    }
    cli.process.kill('SIGKILL');
    await cli.ended;
    outcome.kills++;
    killed++;
    const found = await findTruth(world);
    if (truth && found?.run !== truth.run) {
      // It was done, and died before it could say so.
      await compare({ world, truth, hasGoneOn, outcome, isDone: await isDone(world, truth), stderr: 'gone', preload });
      return;
    }
    if (truth) await found?.close();
    else truth = found;
    if (truth) outcome.resumed++;
    else outcome.restarted++;
    hasGoneOn ||= truth !== undefined;
  }
}

/** One kill in eight comes at any moment, the start included; the others when the run is held, or when it has gone on. */
async function momentOf(cli: RunningCli, hasBegun: boolean, { world, draw }: Killing): Promise<'kill'> {
  if (draw() < 1 / 8) await sleep(draw() * 2 * world.usualMs);
  else {
    // A run that ends before it says so is no kill: the race is over then.
    await cli.said(hasBegun ? PLANNED : IS_HELD).catch(() => new Promise(() => {}));
    await sleep(draw() * world.usualMs);
  }
  return 'kill';
}

async function isDone({ target }: KilledWorld, { run }: Truth): Promise<boolean> {
  const rows = await target.query<{ state: string }>('select state from pgveil.run where id = $1', [run]);
  return rows[0]?.state === 'done';
}

interface Comparing extends Pick<Killing, 'world' | 'outcome' | 'preload'> {
  readonly truth: Truth | undefined;
  readonly hasGoneOn: boolean;
  readonly isDone: boolean;
  readonly stderr: string;
}

async function compare({ world, outcome, truth, hasGoneOn, isDone, stderr, preload }: Comparing): Promise<void> {
  if (!isDone && preload === undefined) throw new Error(stderr);
  if (!truth || !hasGoneOn) return;
  outcome.compared++;
  const [expected, found] = [await truth.sums(), await targetSums(world)];
  await truth.close();
  const isEqual = isDone && JSON.stringify(found) === JSON.stringify(expected);
  if (!isEqual) outcome.wrong++;
  if (preload === undefined) expect(found).toEqual(expected);
}

const folder = mkdtempSync(join(tmpdir(), 'pgveil-sigkill-'));
let world: KilledWorld;
beforeAll(async () => {
  world = await makeWorld(folder, repeats(40_000, 120_000));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  // A run that was killed when it was done, before it could say so to its holder, leaves that to end by itself.
  await world.source.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%/holder%'`,
  );
  await world.source.drop();
  await world.target.drop();
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
    const outcome = await whileWriting(world, draws('writers'), () => killRuns(world, repeats(20, 40), preload));
    process.stdout.write(`sigkill, ledger apart: ${JSON.stringify(outcome)}\n`);
    expect(outcome.wrong).toBeGreaterThan(0);
  });
});
