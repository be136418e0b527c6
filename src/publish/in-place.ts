// Publishing in place: put aside, load, restore, finish. On any failure the planned tables are emptied again and everything
// that was put aside comes back.

import { AnonymizeError } from '../errors.ts';
import { abandon, leftovers, markComplete } from './abandon.ts';
import { type FinishOptions, finish } from './finish.ts';
import { closeRun } from './ledger.ts';
import { putAside } from './put-aside.ts';
import { restore } from './restore.ts';
import type { Connect, TargetTable } from './target-session.ts';

export interface InPlace extends FinishOptions {
  readonly run: string;
  /** Leaves and ordinary tables to empty. */
  readonly tables: readonly TargetTable[];
  /** Sessions that may work on the target at once. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  /** Told when the next stage begins. */
  readonly onStage: (stage: 'preparing' | 'copying' | 'rebuilding' | 'finishing' | 'undoing') => void;
}

/** What killed runs left undone comes back first: their definitions are this run's to put aside. */
export async function restoreLeftovers(connect: Connect, parallel: number): Promise<void> {
  for (const run of await leftovers(connect)) {
    await abandon(connect, { run, parallel });
    await closeRun(connect, run, 'failed');
  }
}

/**
 * Runs `load` between putting aside and restoring.
 * @throws what stopped it, after the target has its structure back and the planned tables are empty
 */
export async function publishInPlace(connect: Connect, options: InPlace, load: () => Promise<void>): Promise<void> {
  const { run, parallel, signal, onStage } = options;
  onStage('preparing');
  await putAside(connect, options);
  try {
    onStage('copying');
    await load();
    onStage('rebuilding');
    refuseProblems(await restore(connect, { run, parallel, signal }));
    onStage('finishing');
    await finish(connect, options);
    await markComplete(connect, run);
    await closeRun(connect, run, 'done');
  } catch (cause) {
    onStage('undoing');
    await abandon(connect, { run, parallel });
    await closeRun(connect, run, signal.aborted ? 'interrupted' : 'failed');
    throw cause;
  }
}

/** All problems as findings of the first: the target refuses the rows, and why. */
function refuseProblems(problems: readonly AnonymizeError[]): void {
  const [first, ...others] = problems;
  if (!first) return;
  throw others.length === 0 ? first : new AnonymizeError('ANON_TARGET_REFUSED', { count: problems.length }, problems);
}
