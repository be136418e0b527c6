// Until the first byte is written: the plan, the snapshot and its slices, what the run counts with, whether its secret is the
// one of before, and what it spends of privacy.

import { spend } from '../budget/run-budget.ts';
import type { LoadedConfig } from '../config/load.ts';
import { keyCheckValue } from '../crypto/keys.ts';
import { AnonymizeError } from '../errors.ts';
import { Guest } from '../guest/guest.ts';
import type { Databases, OpenSession, WorkerLimit } from '../pg/databases.ts';
import type { RunLock } from '../pg/run-lock.ts';
import { hasLedger, latestKeyCheck } from '../publish/ledger.ts';
import type { Connect } from '../publish/target-session.ts';
import type { RunQuarantine } from '../quarantine/run-quarantine.ts';
import type { SyncEvent } from '../report/events.ts';
import { Tally } from '../report/report.ts';
import { type Copying, planSlices } from '../resume/plan-slices.ts';
import type { EarlierRun } from '../resume/take-up.ts';
import type { Retries } from '../retries/retries.ts';
import type { Workers } from '../workers/pool.ts';
import { RunState } from '../workers/run-state.ts';
import { stopError } from '../workers/stop-error.ts';

/** A run that holds its target. */
export interface Run {
  readonly config: LoadedConfig;
  readonly run: string;
  readonly started: Date;
  readonly databases: Databases;
  /** Lends another session of the source, once: to plan with. */
  readonly lookAtSource: OpenSession;
  readonly threads: WorkerLimit;
  readonly pool: Workers;
  /** Holds the target for this run. */
  readonly lock: RunLock;
  readonly retries: Retries;
  /** What this run goes on from. */
  readonly earlier: EarlierRun | undefined;
  /** Takes rows that the target refuses, where the configuration says so. */
  readonly quarantine: RunQuarantine | undefined;
  /** Restricts the run to these tables. */
  readonly only: readonly string[] | undefined;
  readonly acceptNewSecret: boolean | undefined;
  /** Aborted with the reason when the run has to end by itself. */
  readonly stop: AbortController;
  /** Whatever ends the run. */
  readonly signal: AbortSignal;
  readonly tell: (event: SyncEvent) => void;
}

/** A run that could begin to write now. */
export interface PreparedRun extends Run, Copying {
  readonly state: RunState;
  readonly tally: Tally;
  readonly keyCheck: string | null;
}

/** @throws {AnonymizeError} with nothing written to the target, but what spent privacy needs in the control database */
export async function prepareRun(given: Run): Promise<PreparedRun> {
  const { config, databases, run, earlier, quarantine, stop, signal, tell } = given;
  const { connectTarget, secret } = databases;
  const copying = await planSlices({
    ...given,
    beGuest: (checked, since) =>
      new Guest({ config, databases, checked, run, since, tell: notice => tell({ event: 'notice', ...notice }) }, stop),
    onSelecting: () => tell({ event: 'stage', stage: 'selecting' }),
  });
  const { plan, workers, budget } = copying.checked;
  const state = new RunState({ tables: plan.tables.length });
  const tally = new Tally(plan);
  for (const slice of copying.done) {
    state.add(slice.table, slice.rows, slice.bytes);
    tally.addEarlier(slice);
  }
  if (earlier && quarantine) state.quarantine(await quarantine.sealedBefore(earlier.connect));
  tell({ event: 'planned', run, plan, workers, progress: table => state.progress(table) });
  if (signal.aborted) throw stopError(signal, 'Nothing was written to the target.');
  const keyCheck = secret ? keyCheckValue(secret) : null;
  if (!earlier) {
    await refuseOtherSecret(connectTarget, keyCheck, given);
    if (budget) await spend(databases, budget, run);
  }
  return { ...given, ...copying, state, tally, keyCheck };
}

/** Another secret than before gives other pseudonyms, which is refused unless it is meant. */
async function refuseOtherSecret(
  connectTarget: Connect,
  keyCheck: string | null,
  { acceptNewSecret }: Pick<Run, 'acceptNewSecret'>,
): Promise<void> {
  if (!keyCheck || acceptNewSecret || !(await hasLedger(connectTarget))) return;
  const before = await latestKeyCheck(connectTarget);
  if (before && keyCheck !== before) throw new AnonymizeError('ANON_KEY_CHANGED');
}
