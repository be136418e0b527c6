// Publishing into an empty target that gets the source's structure: what rows need, the rows, the rest. On any failure the
// target is empty again.

import { unexpected } from '../errors.ts';
import { stopError } from '../workers/stop-error.ts';
import { again } from './again.ts';
import { finishStructure, markStructure } from './built-structure.ts';
import { fillStructure } from './fill-structure.ts';
import { beginLedger, closeRun } from './ledger.ts';
import type { Load, Publishing } from './publication.ts';
import { withStructure } from './structure.ts';
import { dumpingOf, toolboxOf } from './structure-origin.ts';
import { targetTables } from './target-tables.ts';
import { undo } from './undo.ts';
import { expectedRows, verifyUnlogged } from './verify-rows.ts';

/** @throws what stopped it, after the target is empty again */
export async function publishIntoEmpty(publishing: Publishing, load: Load): Promise<void> {
  const { databases, checked, tally, retries, record, parallel, signal, onStage } = publishing;
  const into = { settings: databases.target, connect: databases.connectTarget };
  const { connect } = into;
  onStage('building');
  await withStructure(toolboxOf(publishing), dumpingOf(publishing), async structure => {
    await beginLedger(connect, record);
    await markStructure(connect, record.id, targetTables(checked.plan, checked.target));
    try {
      await fillStructure(publishing, { structure, into, load });
      const work = async (): Promise<void> => {
        const expected = () => expectedRows(checked, table => tally.rowsOf(table));
        if (retries.count > 0) await verifyUnlogged(connect, expected(), { parallel, signal });
        await finishStructure(connect, record.id);
        await closeRun(connect, record.id, 'done');
      };
      await again(publishing, { what: 'finishing', connect, work });
    } catch (cause) {
      onStage('dropping');
      throw await undo(
        publishing,
        signal.aborted ? stopError(signal, 'The target is empty again.') : unexpected(cause),
      );
    }
  });
}
