// Publishing in place: put aside, load, restore, finish. On any failure the planned tables are emptied again and everything
// that was put aside comes back.

import { AnonymizeError, unexpected } from '../errors.ts';
import type { Stage } from '../report/events.ts';
import { stopError } from '../workers/stop-error.ts';
import { abandon, leftovers, markComplete } from './abandon.ts';
import { endDeadRuns } from './end-sessions.ts';
import { finish } from './finish.ts';
import { closeRun, ensureLedger, hasLedger, recordRun } from './ledger.ts';
import type { Load, Publishing } from './publication.ts';
import { putAside } from './put-aside.ts';
import { restore } from './restore.ts';
import { refuseEmptied, tableFiles } from './still-there.ts';
import type { Connect } from './target-session.ts';
import { targetTables } from './target-tables.ts';
import { undo } from './undo.ts';

/** What killed runs left undone comes back first: their definitions are this run's to put aside. */
export async function restoreLeftovers(
  connect: Connect,
  { parallel, onStage }: { readonly parallel: number; readonly onStage: (stage: Stage) => void },
): Promise<void> {
  if (!(await hasLedger(connect))) return;
  await endDeadRuns(connect);
  for (const run of await leftovers(connect)) {
    onStage('repairing');
    await abandon(connect, { run, parallel });
  }
}

/**
 * Copies between putting aside and restoring.
 * @throws what stopped it, after the target has its structure back and the planned tables are empty
 */
export async function publishInPlace(publishing: Publishing, load: Load): Promise<void> {
  const { config, databases, checked, record, tally, parallel, signal, onStage } = publishing;
  const { connectTarget: connect, connectSource: source } = databases;
  const tables = targetTables(checked.plan, checked.target);
  const run = record.id;
  onStage('preparing');
  await ensureLedger(connect);
  await recordRun(connect, record);
  const copy = load(databases.target);
  try {
    await putAside(connect, { run, tables });
    const before = await tableFiles(connect, tables);
    onStage('copying');
    await copy();
    await refuseEmptied(connect, { before, plan: checked.plan, copied: tally });
    onStage('rebuilding');
    refuseProblems(await restore(connect, { run, parallel, signal }), 'the planned tables are empty again');
    onStage('finishing');
    await finish(connect, { tables, source, sequences: config.target.sequences, parallel, signal });
    await markComplete(connect, run);
    await closeRun(connect, run, 'done');
  } catch (cause) {
    onStage('undoing');
    throw await undo(publishing, signal.aborted ? stopError(signal, UNDONE) : unexpected(cause));
  }
}

const UNDONE = 'The target has its structure back, and its planned tables are empty.';

/** All problems as findings of the first: the target refuses the rows, and why. */
export function refuseProblems(problems: readonly AnonymizeError[], state: string): void {
  const [first, ...others] = problems;
  if (!first) return;
  if (others.length === 0) throw first;
  const findings = problems.map(({ code, message, fix }) => ({ code, message, fix }));
  throw new AnonymizeError('ANON_TARGET_REFUSED', { count: problems.length, state }, findings);
}
