// The trial of a whole plan: what holds the rows of the target is read where it stands, and a sample is tried on it.

import type { LoadedConfig } from '../config/load.ts';
import { refuseIf } from '../errors.ts';
import type { Databases } from '../pg/databases.ts';
import type { CheckedPlan } from '../plan/checked-plan.ts';
import type { Connect } from '../publish/target-session.ts';
import { noteReactions, readConstraints } from './target-constraints.ts';
import { trySample } from './try-sample.ts';

type Tried = Pick<CheckedPlan, 'plan' | 'source' | 'target' | 'references'>;
type Sessions = Pick<Databases, 'sourceSession' | 'targetSession' | 'secret'> & {
  readonly openSource: Connect;
  readonly openTarget: Connect;
};

/**
 * Tries a masked sample on the target's constraints, in transactions that are rolled back. A target that is being built has
 * types and functions but no keys yet: it will get the constraints of the source, so these are tried.
 * @returns what reacts to rows there, as notes
 * @throws {AnonymizeError} ANON_TRIAL_REFUSED with all findings
 */
export async function tryPlan(
  { strategies: strategiesFolder, trialRows: rows, baseDir, quarantine, target: { schema } }: LoadedConfig,
  { plan, source, target, references }: Tried,
  { sourceSession, targetSession, openSource, openTarget, secret }: Sessions,
): Promise<readonly string[]> {
  const constraints = await readConstraints(
    schema === 'copy' ? sourceSession : targetSession,
    plan.tables.map(table => table.into),
  );
  const found = { secret, strategiesFolder, baseDir, references };
  const isQuarantining = quarantine !== undefined;
  const trial = { plan, source, target, constraints, rows, isQuarantining, ...found, openSource, openTarget };
  refuseIf(await trySample(trial), 'ANON_TRIAL_REFUSED');
  return noteReactions(constraints);
}
