// What the workers are given: one task for each large slice of the plan, and for some small tables together.

import type { ConnectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import type { Databases } from '../pg/databases.ts';
import type { TableName } from '../pg/identifiers.ts';
import { groupSlices, isWhole, type Selected, type Slice } from '../plan/cut-slices.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { loadedAlone } from '../publish/target-tables.ts';
import type { QuarantineSettings } from '../quarantine/run-quarantine.ts';
import { memoryShares } from './memory-shares.ts';
import type { PlannedSlice, RunSettings, SliceTask } from './messages.ts';
import type { RunState } from './run-state.ts';
import { shareSettings } from './shared-settings.ts';

export interface TaskContext {
  readonly config: LoadedConfig;
  readonly databases: Databases;
  /** The database that the rows go into. */
  readonly into: ConnectionSettings;
  readonly references: ReadonlyMap<string, string>;
  readonly run: string;
  readonly snapshot: string;
  readonly workers: number;
  readonly state: RunState;
  /** See selectSubset. */
  readonly selected: Selected;
  /** Those that are to be copied. */
  readonly slices: readonly Slice[];
  readonly quarantine: QuarantineSettings | undefined;
}

/** The tasks of a run, those of the largest tables first. */
export function sliceTasks(
  plan: Plan,
  { source, target }: { readonly source: Catalog; readonly target: Catalog },
  { config, databases, references, into, run, snapshot, workers, state, selected, slices, quarantine }: TaskContext,
): SliceTask[] {
  const hasVault = plan.vaultDomains.length > 0;
  const settings: RunSettings = {
    run,
    source: databases.source,
    target: into,
    control: hasVault ? databases.control : undefined,
    read: config.source.read,
    snapshot,
    locks: config.source.onBlockedDdl === 'continue' ? plan.tables.filter(isCopied).map(nameOf) : undefined,
    secret: databases.secret,
    widthRows: plan.widthRows,
    keys: plan.keys,
    strategiesFolder: config.strategies,
    baseDir: config.baseDir,
    references,
    ...memoryShares(config.memoryBytes - heldBytes(selected), { workers, hasVault }),
    types: source.types,
    quarantine,
    stallAfterMs: config.retries.stallAfterMs,
  };
  const shared = { settings: shareSettings(settings), state: state.buffer };
  const alone = loadedAlone(plan, target);
  const planned = (slice: Slice, _: number, { length }: readonly Slice[]): PlannedSlice => {
    const table = plan.tables[slice.table]!; // cut from this plan
    // To empty it once more would cost a small table more than it gains.
    return { table, slice, isAlone: length === 1 && isWhole(slice) && alone.has(table) };
  };
  const groups = groupSlices(plan, slices, workers);
  return groups.map(group => ({ ...shared, slices: group.map(planned) }));
}

const isCopied = ({ action }: PlannedTable): boolean => action === 'copy';
const nameOf = ({ schema, name }: PlannedTable): TableName => ({ schema, name });

const heldBytes = (selected: Selected): number => [...selected.values()].reduce((sum, { bytes }) => sum + bytes, 0);
