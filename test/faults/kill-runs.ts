// Kills runs of a world by SIGKILL at random moments, lets them go on, and compares what comes of it with their snapshot.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { catalogState } from '../publish/catalog-state.ts';
import type { RunningCli } from './cli.ts';
import {
  findTruth,
  IS_HELD,
  isDone,
  type KilledWorld,
  makeReady,
  PLANNED,
  startRun,
  type Truth,
  targetSums,
} from './killed-world.ts';
import { draws } from './scale.ts';

/** Kills of one run at most: the later attempts have less to do. */
const KILLS_OF_RUN = 5;

/** What came of it. */
export interface Outcome {
  kills: number;
  /** Kills after which the run went on, and those after which it had to start over: it was not held yet. */
  resumed: number;
  restarted: number;
  /** Runs that were compared with their snapshot after they had gone on, and those that differed or were refused. */
  compared: number;
  wrong: number;
}

/** Kills until there were `kills`; every run is then brought to its end, and compared. The control ends when it has found out. */
export async function killRuns(world: KilledWorld, kills: number, preload?: string): Promise<Outcome> {
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
    if (!truth) await makeReady(world);
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
  if (preload !== undefined) return;
  expect(found).toEqual(expected);
  expect(await catalogState(world.target.query)).toEqual(world.structure);
}
