// Publishing into an empty target that gets the source's structure: what rows need, the rows, the rest. On any failure the
// target is empty again, unless the run can go on later.

import { unexpected } from '../errors.ts';
import { stopError } from '../workers/stop-error.ts';
import { again } from './again.ts';
import { finishStructure, markStructure } from './built-structure.ts';
import { fillStructure } from './fill-structure.ts';
import { canGoOn, leaveForLater } from './leave.ts';
import { beginLedger, closeRun } from './ledger.ts';
import type { Load, Publishing } from './publication.ts';
import { withStructure } from './structure.ts';
import { dumpingOf, toolboxOf } from './structure-origin.ts';
import { targetTables } from './target-tables.ts';
import { undo } from './undo.ts';
import { expectedRows, verifyUnlogged } from './verify-rows.ts';

/** @throws what stopped it, after the target is empty again, unless it can go on later */
export async function publishIntoEmpty(publishing: Publishing, load: Load): Promise<void> {
  const { databases, checked, earlier, record, signal, onStage } = publishing;
  const { connectTarget: connect } = databases;
  let isBegun = earlier !== undefined;
  onStage('building');
  try {
    await withStructure(toolboxOf(publishing), dumpingOf(publishing), async structure => {
      await beginLedger(connect, record, isBegun);
      if (!isBegun) await markStructure(connect, record.id, targetTables(checked.plan, checked.target));
      isBegun = true;
      await fillStructure(publishing, { structure, into: { settings: databases.target, connect }, load });
      await again(publishing, { what: 'finishing', connect, work: () => complete(publishing) });
    });
  } catch (cause) {
    if (!isBegun) throw cause;
    const error = signal.aborted ? stopError(signal, 'The target is empty again.') : unexpected(cause);
    if (await canGoOn(publishing, error)) throw await leaveForLater(publishing, error, connect);
    onStage('dropping');
    throw await undo(publishing, error);
  }
}

async function complete(publishing: Publishing): Promise<void> {
  const { databases, checked, earlier, tally, retries, record, parallel, signal } = publishing;
  const { connectTarget: connect } = databases;
  if (retries.count > 0 || earlier) {
    const expected = expectedRows(checked, table => tally.rowsOf(table));
    await verifyUnlogged(connect, expected, { parallel, signal });
  }
  await finishStructure(connect, record.id);
  await closeRun(connect, record.id, 'done');
}
