// anonymize plan: what sync would do, for people or as JSON; with findings it fails as sync would.

import { loadConfig } from '../config/load.ts';
import { plan } from '../plan.ts';
import { renderPlan } from '../report/plan-text.ts';
import type { Terminal } from './terminal.ts';

export interface PlanCommandOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly table?: readonly string[];
}

/** @throws {AnonymizeError} ANON_PLAN_REFUSED and what else stops a run before the first byte */
export async function planCommand(options: PlanCommandOptions, terminal: Terminal): Promise<void> {
  const config = loadConfig(options.config);
  const planned = await plan(config, { env: terminal.env, only: options.table });
  terminal.out(options.json ? `${JSON.stringify(planned, null, 2)}\n` : renderPlan(planned));
}
