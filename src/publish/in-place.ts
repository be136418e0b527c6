// Publishing in place: put aside, load, restore, finish. On any failure the planned tables are emptied again and everything
// that was put aside comes back.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError, type Finding, finding, unexpected } from '../errors.ts';
import type { Stage } from '../report/events.ts';
import { stopError } from '../workers/stop-error.ts';
import { abandon, leftovers, markComplete } from './abandon.ts';
import { endDeadRuns, endWorkers } from './end-sessions.ts';
import { type FinishOptions, finish } from './finish.ts';
import { closeRun, hasLedger } from './ledger.ts';
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
  readonly onStage: (stage: Stage) => void;
  /** Runs `work` while the target is held for this run, also when it was lost meanwhile. */
  readonly underLock: (work: () => Promise<void>) => Promise<void>;
}

/** What killed runs left undone comes back first: their definitions are this run's to put aside. */
export async function restoreLeftovers(
  connect: Connect,
  { parallel, onStage }: Pick<InPlace, 'parallel' | 'onStage'>,
): Promise<void> {
  if (!(await hasLedger(connect))) return;
  await endDeadRuns(connect);
  for (const run of await leftovers(connect)) {
    onStage('repairing');
    await abandon(connect, { run, parallel });
  }
}

/**
 * Runs `load` between putting aside and restoring.
 * @throws what stopped it, after the target has its structure back and the planned tables are empty
 */
export async function publishInPlace(connect: Connect, options: InPlace, load: () => Promise<void>): Promise<void> {
  const { run, parallel, signal, onStage } = options;
  try {
    await putAside(connect, options);
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
    throw await undo(connect, options, signal.aborted ? stopError(signal, UNDONE) : unexpected(cause));
  }
}

const UNDONE = 'The target has its structure back, and its planned tables are empty.';

/** A server that restarts, or a network that comes back, is worth waiting for; a second Ctrl-C ends the wait. */
const UNDO_AGAIN_FOR_MS = 5_000;
const UNDO_AGAIN_AFTER_MS = 250;
const MAY_PASS: ReadonlySet<string> = new Set(['ANON_CONNECTION_LOST', 'ANON_SERVER_SHUTDOWN', 'ANON_UNREACHABLE']);

/** @returns the error that stopped the run, with what could not be undone */
async function undo(connect: Connect, options: InPlace, cause: AnonymizeError): Promise<AnonymizeError> {
  const deadline = Date.now() + UNDO_AGAIN_FOR_MS;
  for (;;) {
    try {
      return cause.with(await undoOnce(connect, options, cause));
    } catch (failure) {
      const { code, message: reason } = unexpected(failure);
      if (Date.now() > deadline || !MAY_PASS.has(code)) {
        return cause.with([finding('ANON_TARGET_NOT_RESTORED', { reason })]);
      }
      await sleep(UNDO_AGAIN_AFTER_MS);
    }
  }
}

async function undoOnce(
  connect: Connect,
  { run, parallel, underLock }: InPlace,
  { code }: AnonymizeError,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await underLock(async () => {
    await endWorkers(connect, run);
    const left = await abandon(connect, { run, parallel });
    findings.push(...left.map(problem => finding(problem.code, problem.facts)));
    await closeRun(connect, run, code === 'ANON_INTERRUPTED' ? 'interrupted' : 'failed');
  });
  return findings;
}

/** All problems as findings of the first: the target refuses the rows, and why. */
function refuseProblems(problems: readonly AnonymizeError[]): void {
  const [first, ...others] = problems;
  if (!first) return;
  if (others.length === 0) throw first;
  const findings = problems.map(({ code, message, fix }) => ({ code, message, fix }));
  throw new AnonymizeError('ANON_TARGET_REFUSED', { count: problems.length }, findings);
}
