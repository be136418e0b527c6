// The plan of a run without the run: everything that sync checks before the first byte, and nothing written.

import { randomUUID } from 'node:crypto';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { unexpected } from './errors.ts';
import { withTransaction } from './pg/connect.ts';
import { withDatabases, workerLimit } from './pg/databases.ts';
import { BEGIN_SNAPSHOT } from './pg/snapshot.ts';
import { checkedPlan } from './plan/checked-plan.ts';
import { type DescribedPlan, describePlan } from './plan/describe-plan.ts';
import { noteSideChannels } from './plan/side-channels.ts';
import { selectSubset } from './subset/select-subset.ts';

export interface PlanOptions {
  /** Where env: references are looked up. */
  readonly env: Environment;
  /** Restricts the plan to these tables (`schema.table`). */
  readonly only?: readonly string[] | undefined;
}

/**
 * Makes and checks the plan.
 * @throws {AnonymizeError} ANON_PLAN_REFUSED or ANON_PREFLIGHT_REFUSED with all findings, or what keeps it from checking
 */
export async function plan(config: LoadedConfig, { env, only }: PlanOptions): Promise<DescribedPlan> {
  const threads = workerLimit(config, undefined);
  try {
    return await withDatabases(config, { env, run: randomUUID(), ...threads }, async databases => {
      const checked = await checkedPlan(config, databases, { ...threads, only });
      const { workers } = checked;
      // Where the structure will come from, if it is not there already.
      const session = config.target.schema === 'copy' ? databases.sourceSession : databases.targetSession;
      const sideChannels = await noteSideChannels(session);
      return await withTransaction(databases.sourceSession, BEGIN_SNAPSHOT, async () => {
        const { plan, selected } = await selectSubset(checked.plan, databases.sourceSession, { config, workers });
        return describePlan({ ...plan, notes: [...plan.notes, ...sideChannels] }, workers, selected);
      });
    });
  } catch (cause) {
    throw unexpected(cause);
  }
}
