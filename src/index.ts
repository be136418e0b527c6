// The public API: what the CLI does, as functions. They never print, exit or read the environment.

export { type LoadedConfig, loadConfig, parseConfig } from './config/load.ts';
export { AnonymizeError, type ErrorCode, type Finding } from './errors.ts';
export type { DescribedColumn, DescribedPlan, DescribedTable } from './plan/describe-plan.ts';
export { type PlanOptions, plan } from './plan.ts';
export type { Stage, SyncEvent } from './report/events.ts';
export type { Report, TableReport } from './report/report.ts';
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
