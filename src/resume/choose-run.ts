// A new run that finds an unfinished one of the same configuration, which could go on: somebody chooses, or the new run starts
// over and says what could have been.

import type { LoadedConfig } from '../config/load.ts';
import { keyCheckValue } from '../crypto/keys.ts';
import type { Databases } from '../pg/databases.ts';
import type { SyncEvent } from '../report/events.ts';
import type { UnfinishedRun } from './held-runs.ts';
import { isHolding } from './hold.ts';

/** What to do about an unfinished run. */
export interface Choosing {
  /** Goes on with the latest unfinished run, or with this one. */
  readonly resume?: boolean | string | undefined;
  /** Starts over without a question. */
  readonly restart?: boolean | undefined;
  /** Asked when neither is said and a run could go on; unless given, the run starts over. */
  readonly onUnfinished?: ((run: ResumableRun) => Promise<'resume' | 'restart'>) | undefined;
}

/** An unfinished run that could go on. */
export interface ResumableRun {
  readonly run: string;
  readonly started: Date;
  /** Slices in the target, and all of them. */
  readonly done: number;
  readonly slices: number;
  /** Of its snapshot. */
  readonly ageMs: number;
}

interface ChooseRun {
  readonly config: LoadedConfig;
  readonly databases: Databases;
  readonly options: Choosing & { readonly onEvent?: ((event: SyncEvent) => void) | undefined };
}

/** @returns the run to go on with, if any */
export async function chooseRun(
  unfinished: readonly UnfinishedRun[],
  { config, databases, options }: ChooseRun,
): Promise<string | undefined> {
  const { secret } = databases;
  const keyCheck = secret ? keyCheckValue(secret) : null;
  const candidate = unfinished.find(run => run.held && run.configSha256 === config.sha256 && run.keyCheck === keyCheck);
  if (!candidate?.held || options.restart || !(await isHolding(databases.connectSource, candidate.run)))
    return undefined;
  const { run, started, held, slicesDone: done } = candidate;
  const found = { run, started, done, slices: held.slices, ageMs: held.ageMs };
  const choice = await options.onUnfinished?.(found);
  if (choice === 'resume') return run;
  if (choice === undefined) options.onEvent?.({ event: 'unfinished', ...found });
  return undefined;
}
