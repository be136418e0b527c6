// Publishing in place: put aside, load, restore, finish. On any failure the planned tables are emptied again and everything
// that was put aside comes back.

import { AnonymizeError, unexpected } from '../errors.ts';
import type { Databases } from '../pg/databases.ts';
import type { UnfinishedRun } from '../resume/held-runs.ts';
import { endHolders } from '../resume/hold.ts';
import { stopError } from '../workers/stop-error.ts';
import { abandon, leftovers, markComplete } from './abandon.ts';
import { again } from './again.ts';
import { endDeadRuns } from './end-sessions.ts';
import { finish } from './finish.ts';
import { canGoOn, leaveForLater } from './leave.ts';
import { beginLedger, closeRun, hasLedger } from './ledger.ts';
import type { Load, Publishing } from './publication.ts';
import { putAside, wasPutAside } from './put-aside.ts';
import { restore } from './restore.ts';
import { refuseEmptied, tableFiles } from './still-there.ts';
import type { TargetTable } from './target-session.ts';
import { targetTables } from './target-tables.ts';
import { undo } from './undo.ts';
import { expectedRows, verifyUnlogged } from './verify-rows.ts';

/** What killed runs left undone comes back first: their definitions are this run's to put aside. */
export async function restoreLeftovers(
  databases: Pick<Databases, 'connectTarget' | 'connectSource'>,
  {
    unfinished,
    parallel,
    onStage,
  }: Pick<Publishing, 'parallel' | 'onStage'> & { readonly unfinished: readonly UnfinishedRun[] },
): Promise<void> {
  const { connectTarget: connect } = databases;
  const held = unfinished.filter(run => run.held).map(({ run }) => run);
  if (held.length > 0) await endHolders(databases.connectSource, held);
  if (!(await hasLedger(connect))) return;
  await endDeadRuns(
    connect,
    unfinished.map(({ run }) => run),
  );
  for (const run of await leftovers(connect)) {
    onStage('repairing');
    await abandon(connect, { run, parallel });
  }
}

/**
 * Copies between putting aside and restoring. Goes on where an earlier attempt has stopped: what it put aside, copied and brought
 * back is in the ledger, and what follows may be done twice.
 * @throws what stopped it, after the target has its structure back and the planned tables are empty, unless it can go on later
 */
export async function publishInPlace(publishing: Publishing, load: Load): Promise<void> {
  const { databases, checked, earlier, tally, record, hold, signal, onStage } = publishing;
  const { connectTarget: connect } = databases;
  const tables = targetTables(checked.plan, checked.target);
  const run = record.id;
  const isBegun = earlier !== undefined;
  onStage('preparing');
  await again(publishing, { what: 'preparing', connect, work: () => beginLedger(connect, record, isBegun) });
  hold.ledgerIs(work => work(databases.targetSession));
  const copy = load(databases.target);
  try {
    const aside = { run, tables };
    const isDone = () => wasPutAside(connect, aside);
    if (!earlier?.isPutAside)
      await again(publishing, { what: 'preparing', connect, work: () => putAside(connect, aside), isDone });
    const before = await tableFiles(connect, tables);
    onStage('copying');
    await copy();
    await refuseEmptied(connect, { before, plan: checked.plan, copied: tally });
    await again(publishing, { what: 'rebuilding', connect, work: () => rebuild(publishing, tables) });
  } catch (cause) {
    const error = signal.aborted ? stopError(signal, UNDONE) : unexpected(cause);
    if (await canGoOn(publishing, error)) throw await leaveForLater(publishing, error, connect);
    onStage('undoing');
    throw await undo(publishing, error);
  }
}

/** Repeated from its beginning: what a crash of the server has lost of it, the ledger has lost with it. */
async function rebuild(publishing: Publishing, tables: readonly TargetTable[]): Promise<void> {
  const { config, databases, checked, tally, retries, record, earlier, parallel, signal, onStage } = publishing;
  const { connectTarget: connect, connectSource: source } = databases;
  const run = record.id;
  const options = { parallel, signal };
  onStage('rebuilding');
  refuseProblems(await restore(connect, { run, ...options }), 'the planned tables are empty again');
  onStage('finishing');
  await finish(connect, { tables, source, sequences: config.target.sequences, ...options });
  if (retries.count > 0 || earlier)
    await verifyUnlogged(
      connect,
      expectedRows(checked, table => tally.rowsOf(table)),
      options,
    );
  await markComplete(connect, run);
  await closeRun(connect, run, 'done');
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
