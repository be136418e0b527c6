// A database that is built: the structure that rows need, the rows, the rest of the structure, and what follows the rows.

import { tryPlan } from '../trial/try-plan.ts';
import { again } from './again.ts';
import { markLoaded } from './built-structure.ts';
import { carrySequences } from './carry-over.ts';
import { finish } from './finish.ts';
import { refuseProblems } from './in-place.ts';
import { populatedViews } from './materialized-views.ts';
import type { Load, Publishing } from './publication.ts';
import type { Place, Structure } from './structure.ts';
import { originOf } from './structure-origin.ts';
import { targetTables } from './target-tables.ts';

export interface Filling {
  readonly structure: Structure;
  readonly into: Place;
  readonly load: Load;
  /** Rows that come from elsewhere than the source, before indexes and triggers. */
  readonly addRows?: () => Promise<void>;
}

/**
 * Builds and fills a database, or goes on with one whose tables an earlier attempt has built.
 * @throws when the database refuses a definition, or rows a constraint
 */
export async function fillStructure(
  publishing: Publishing,
  { structure, into, load, addRows }: Filling,
): Promise<void> {
  const { config, databases, checked, earlier, hold, lock, record, parallel, signal, onStage } = publishing;
  const { connect, settings } = into;
  if (!earlier) {
    await structure.beforeRows(into);
    if (config.target.schema === 'copy') await tryPlan(config, checked, { ...databases, openTarget: connect });
  }
  // Not before: nobody can go on with a part of the structure.
  hold.ledgerIs(connect);
  const copy = load(settings);
  onStage('copying');
  await copy();
  // Slices cannot be copied twice, but these rows can: whoever was frozen may find that another has copied all slices meanwhile.
  await lock.held();
  if (!earlier?.isLoaded) {
    await addRows?.();
    await markLoaded(connect, record.id);
  }
  onStage('rebuilding');
  const isBegun = earlier?.isLoaded === true;
  refuseProblems(await structure.afterRows(into, { jobs: parallel, isBegun }), 'nothing of the run has stayed');
  onStage('finishing');
  signal.throwIfAborted();
  await carrySequences(connect, publishing);
  const tables = checked.target.tables.filter(({ relkind }) => relkind === 'r');
  const views = await originOf(publishing)(populatedViews);
  const finishing = {
    tables: targetTables(checked.plan, checked.target),
    source: databases.connectSource,
    sequences: config.target.sequences,
    parallel,
    signal,
    built: { tables, views },
  };
  await again(publishing, { what: 'finishing', connect, work: () => finish(connect, finishing) });
}
