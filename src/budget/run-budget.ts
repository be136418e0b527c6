// The budget of one run: asked about before it begins, and spent before its first row moves.

import type { LoadedConfig } from '../config/load.ts';
import type { Finding } from '../errors.ts';
import { withPool } from '../pg/connect.ts';
import type { Databases } from '../pg/databases.ts';
import type { Plan } from '../plan/plan-types.ts';
import { askedSpending } from './asked-spending.ts';
import { sourceIdentity } from './source-identity.ts';
import { type BudgetRequest, checkBudget, spendBudget } from './spend.ts';

/** What a plan asks for; undefined where it spends nothing, or nothing remembers it. */
export async function budgetRequest(
  { budget }: LoadedConfig,
  { sourceSession, control }: Databases,
  plan: Plan,
): Promise<BudgetRequest | undefined> {
  const asked = askedSpending(plan);
  if (asked.length === 0 || !control) return undefined;
  return { source: await sourceIdentity(sourceSession, budget?.database), asked, ceiling: budget?.ceiling };
}

const POOL = { side: 'control', max: 1, applicationName: 'anonymize/budget' } as const;

/** What the ceiling refuses. */
export function overBudget({ control, stallAfterMs }: Databases, request: BudgetRequest): Promise<Finding[]> {
  return withPool(control!, { ...POOL, stallAfterMs }, pool => checkBudget(pool, request)); // there is a request
}

/** Spends it. @throws {AnonymizeError} see `spendBudget` */
export function spend({ control, stallAfterMs }: Databases, request: BudgetRequest, run: string): Promise<void> {
  return withPool(control!, { ...POOL, stallAfterMs }, pool => spendBudget(pool, request, run)); // there is a request
}
