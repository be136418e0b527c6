// The public API: what the CLI does, as functions. They never print, exit or read the environment.

export { readSpent, type SpentInEpoch, type SpentInTable } from './budget/spent.ts';
export { type LoadedConfig, loadConfig, parseConfig } from './config/load.ts';
export { type Decrypted, type Decryption, type DecryptOptions, withDecryption } from './decrypt/decrypt.ts';
export { AnonymizeError, type ErrorCode, type Finding } from './errors.ts';
export type { DescribedColumn, DescribedPlan, DescribedTable } from './plan/describe-plan.ts';
export { type PlanOptions, plan } from './plan.ts';
export { type KeyPair, makeKeyPair } from './quarantine/keys.ts';
export { type OpenedRow, type OpenOptions, openQuarantine } from './quarantine/read-quarantine.ts';
export type { Stage, SyncEvent } from './report/events.ts';
export type { Report, TableReport } from './report/report.ts';
export type { Choosing, ResumableRun } from './resume/choose-run.ts';
export { type ListedRun, listRuns, type RunState } from './resume/list-runs.ts';
export { listPrevious, type RollbackOptions, type RolledBack, rollback } from './rollback.ts';
export {
  type Column,
  type ColumnOutput,
  defineStrategy,
  type Guarantees,
  type StrategyContext,
  type StrategyDefinition,
  type StrategyInstance,
  StrategyRefusal,
  UnfitValue,
  z,
} from './strategy.ts';
export { type SyncOptions, sync } from './sync.ts';
export { type Detokenized, type DetokenizeRequest, detokenize } from './vault/detokenize.ts';
export { migrate } from './vault/migrate.ts';
export { type PurgeRequest, purge } from './vault/purge.ts';
export { type RotateRequest, rotate } from './vault/rotate.ts';
export { type Responsible, type Vault, withControl, withVault } from './vault/session.ts';
export { type DomainStats, vaultStats } from './vault/stats.ts';
