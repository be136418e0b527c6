// How a target gets its new rows, behind one seam: in place, into an empty database that gets its structure first, or by a
// swap of two databases.

import type { ConnectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { refuseIf } from '../errors.ts';
import { presentLedgerRights } from '../pg/check-rights.ts';
import type { Databases } from '../pg/databases.ts';
import type { RunLock } from '../pg/run-lock.ts';
import type { CheckedPlan } from '../plan/checked-plan.ts';
import type { Stage } from '../report/events.ts';
import type { Tally } from '../report/report.ts';
import { type UnfinishedRun, unfinishedRuns } from '../resume/held-runs.ts';
import type { Hold } from '../resume/hold.ts';
import type { EarlierRun } from '../resume/take-up.ts';
import type { Retries } from '../retries/retries.ts';
import { publishInPlace, restoreLeftovers } from './in-place.ts';
import { publishIntoEmpty } from './into-empty.ts';
import { findLedger, type RunRecord } from './ledger.ts';
import { askLedgers } from './ledgers.ts';
import { dropUnfinished, publishBySwap } from './swap/publish-by-swap.ts';

/** What publishing works with. */
export interface Publishing {
  readonly config: LoadedConfig;
  readonly databases: Databases;
  readonly checked: CheckedPlan;
  readonly record: RunRecord;
  /** What this run goes on with. */
  readonly earlier: EarlierRun | undefined;
  readonly hold: Hold;
  /** What has been copied. */
  readonly tally: Tally;
  /** Sessions that may work on the target at once, when the workers have closed theirs. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  /** Told when the next stage begins. */
  readonly onStage: (stage: Stage) => void;
  /** Holds the target for this run. */
  readonly lock: RunLock;
  readonly retries: Retries;
}

/**
 * Readies the copying into a database that can be connected to already; what it returns copies, once the tables are ready.
 * Workers connect and load their strategies in between.
 */
export type Load = (into: ConnectionSettings) => () => Promise<void>;

/** What became of the target. */
export interface Published {
  /** The database that was the target before, where it is kept. */
  readonly previous?: string | undefined;
}

/**
 * Publishes what `load` copies, as the configuration says.
 * @throws what stopped it, after the target was put right
 */
export async function publish(publishing: Publishing, load: Load): Promise<Published> {
  const { publish: way, schema } = publishing.config.target;
  if (way === 'swap') return await publishBySwap(publishing, load);
  await (schema === 'copy' ? publishIntoEmpty : publishInPlace)(publishing, load);
  return {};
}

/** The unfinished runs that the target, and databases beside it, know of. */
export async function lookAtLedger(config: LoadedConfig, databases: Databases): Promise<readonly UnfinishedRun[]> {
  const isElsewhere = config.target.publish === 'swap';
  refuseIf(await presentLedgerRights(databases.targetSession, { isElsewhere }), 'ANON_PREFLIGHT_REFUSED');
  return await askLedgers(config, databases, async (connect, beside) =>
    (await findLedger(connect)) ? await unfinishedRuns(connect, beside) : [],
  );
}

/** Before the plan, which must see the target as it is when no run has left anything: puts right what killed runs left. */
export async function putRight(
  config: LoadedConfig,
  databases: Databases,
  options: Pick<Publishing, 'parallel' | 'onStage'> & { readonly unfinished: readonly UnfinishedRun[] },
): Promise<void> {
  await restoreLeftovers(databases, options);
  if (config.target.publish === 'swap') await dropUnfinished(databases, () => options.onStage('repairing'));
}
