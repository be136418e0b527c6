// What a run copies: its plan, checked against both databases, on one snapshot of the source, cut into slices. A run that goes
// on with an earlier one comes to the same, or is refused.

import type { LoadedConfig } from '../config/load.ts';
import type { Guest } from '../guest/guest.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Client } from '../pg/connect.ts';
import type { Databases, OpenSession, WorkerLimit } from '../pg/databases.ts';
import { tableKey } from '../pg/table-key.ts';
import { type CheckedPlan, checkedPlan } from '../plan/checked-plan.ts';
import { cutSlices, type Selected, type Slice } from '../plan/cut-slices.ts';
import { holdSource, lockedTables } from '../plan/hold-source.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { Connect } from '../publish/target-session.ts';
import { selectSubset } from '../subset/select-subset.ts';
import { readBuiltShapes } from './built-shapes.ts';
import { checkRows } from './check-rows.ts';
import { fingerprintOf, type Hash, hashOf } from './fingerprint.ts';
import { type HeldFacts, statisticsOf, withStatistics } from './held-runs.ts';
import {
  type EarlierRun,
  importHeld,
  isBuilt,
  refuseAltered,
  refuseOtherPlan,
  refuseOtherShapes,
  refuseRebuilt,
  type SlicesDone,
} from './take-up.ts';

export interface PlanSlices {
  readonly config: LoadedConfig;
  readonly databases: Databases;
  /** Lends another session of the source, once: to plan with. */
  readonly lookAtSource: OpenSession;
  readonly threads: WorkerLimit;
  readonly only: readonly string[] | undefined;
  readonly run: string;
  readonly earlier: EarlierRun | undefined;
  readonly signal: AbortSignal;
  /** Begins to look after the servers. @param since when the snapshot was taken */
  readonly beGuest: (checked: CheckedPlan, since: Date) => Guest;
  /** Told before the rows of a subset are looked for. */
  readonly onSelecting: () => void;
}

export interface Copying {
  /** With the number of rows that a subset has of each table. */
  readonly checked: CheckedPlan;
  /** Exported by the source session. */
  readonly snapshot: string;
  readonly selected: Selected;
  readonly guest: Guest;
  /** Those that are to be copied. */
  readonly slices: readonly Slice[];
  /** Those that the target has from before. */
  readonly done: readonly { readonly table: number; readonly rows: number; readonly bytes: number }[];
  /** What the run could go on from, should it stop. */
  readonly facts: (ledger: Connect) => Promise<HeldFacts>;
}

/** Plans, takes the snapshot (or goes on with the earlier one), and cuts. */
export async function planSlices(given: PlanSlices): Promise<Copying> {
  const { config, databases, run, earlier, signal, lookAtSource, beGuest, onSelecting } = given;
  const { sourceSession, secret } = databases;
  const { planned, snapshot } = await lookAtSource(client => planAndHold(given, client));
  const since = new Date(Date.now() - (earlier?.held.ageMs ?? 0));
  const guest = beGuest(planned, since);
  if (planned.plan.subset) onSelecting();
  const selecting = { config, workers: planned.workers, signal };
  const { plan, selected } = await guest.whileSelecting(() => selectSubset(planned.plan, sourceSession, selecting));
  const checked = { ...planned, plan };
  const workers = earlier?.held.workers ?? planned.workers;
  const all = cutSlices(plan, workers, selected);
  const hash = hashOf(run, secret);
  const fingerprint = () => fingerprintOf({ ...checked, hash, config, slices: all });
  const facts = async (ledger: Connect): Promise<HeldFacts> => ({
    ageMs: Date.now() - since.getTime(),
    workers,
    slices: all.length,
    facts: {
      ...fingerprint(),
      ...(isBuilt(config) && { built: await ledger(client => readBuiltShapes(client, plan, hash)) }),
    },
    statistics: statisticsOf(planned.source),
  });
  if (earlier) refuseOtherPlan(earlier, fingerprint());
  const done: SlicesDone = earlier ? await whatIsThere(earlier, plan, hash) : new Map();
  const rowsOf = ({ table, number }: Slice) => done.get(tableKey(plan.tables[table]!))?.get(number); // cut from this plan
  return {
    checked,
    snapshot,
    selected,
    guest,
    facts,
    slices: all.filter(slice => rowsOf(slice) === undefined),
    done: all.flatMap(slice => {
      const rows = rowsOf(slice);
      return rows ? [{ table: slice.table, ...rows }] : [];
    }),
  };
}

/** Plans in a session that sees the source as it is, also when another one has the run's snapshot. */
async function planAndHold(
  { config, databases, threads, only, earlier }: PlanSlices,
  looking: Client,
): Promise<{ readonly planned: CheckedPlan; readonly snapshot: string }> {
  const { sourceSession, secret } = databases;
  const planned = await checkedPlan(
    config,
    { ...databases, sourceSession: looking, openSource: work => work(looking) },
    { ...threads, only, earlier: earlier && asPlanned(earlier, secret) },
  );
  if (!earlier) return { planned, snapshot: await holdSource(planned, { session: sourceSession, looking }) };
  const snapshot = await importHeld(databases, earlier, lockedTables(planned.plan));
  // What was compared before may have been altered until it was locked.
  refuseAltered(earlier, secret, await readCatalog(looking));
  return { planned, snapshot };
}

function whatIsThere(earlier: EarlierRun, plan: Plan, hash: Hash): Promise<SlicesDone> {
  return earlier.connect(async client => {
    await refuseRebuilt(earlier, () => readBuiltShapes(client, plan, hash));
    return await checkRows(work => work(client), earlier, plan);
  });
}

const asPlanned = (earlier: EarlierRun, secret: Uint8Array | undefined) => ({
  asPlanned(catalogs: Pick<CheckedPlan, 'source' | 'target'>) {
    refuseOtherShapes(earlier, secret, catalogs);
    return withStatistics(catalogs.source, earlier.held.statistics);
  },
});
