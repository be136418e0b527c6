// A plan as users see it: `anonymize plan --json`. A contract: changes are additions.

import { tableKey } from '../pg/table-key.ts';
import type { PrivacyCost } from '../strategy.ts';
import { cutSlices, type Selected } from './cut-slices.ts';
import type { Plan, PlannedColumn, PlannedTable, Rule } from './plan-types.ts';
import { bareRule, isPlain } from './rules.ts';

export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly strategy: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** All of a rule that is more than one strategy with its options. */
  readonly rule?: Rule;
  /** Of a keyed strategy. */
  readonly domain?: string;
  /** The key whose rule this foreign key column takes. */
  readonly inherited_from?: string;
  /** What it spends of a row's privacy (local differential privacy), for each epoch. */
  readonly spends?: readonly PrivacyCost[];
  readonly note?: string;
}

export interface DescribedTable {
  readonly name: string;
  readonly action: 'copy' | 'empty';
  /** Where the rows go, when it is not the table of that name. */
  readonly into?: string;
  readonly where?: string;
  /** Estimates of the source. */
  readonly rows: number;
  readonly bytes: number;
  /** Of a subset: the rows that will be copied, counted. */
  readonly subset_rows?: number;
  readonly format: 'binary' | 'text';
  readonly format_reason: string;
  readonly slices: number;
  readonly columns: readonly DescribedColumn[];
}

export interface DescribedPlan {
  readonly tables: readonly DescribedTable[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
  readonly workers: number;
}

/** @param workers as sync would use; `selected` is the rows of its subset */
export function describePlan(plan: Plan, workers: number, selected?: Selected): DescribedPlan {
  const slices = plan.tables.map(() => 0);
  for (const { table } of cutSlices(plan, workers, selected)) slices[table]!++; // cut from this plan
  return {
    tables: plan.tables.map((table, number) => describeTable(table, slices[number]!)),
    skipped: plan.skipped,
    notes: plan.notes,
    workers,
  };
}

function describeTable(table: PlannedTable, slices: number): DescribedTable {
  const { action, into, where, rows, bytes, subset, format, formatReason } = table;
  const name = tableKey(table);
  const target = tableKey(into);
  return {
    name,
    action,
    ...(target !== name && { into: target }),
    ...(where !== undefined && { where }),
    rows,
    bytes,
    ...(subset && { subset_rows: subset.rows }),
    format,
    format_reason: formatReason,
    slices,
    columns: table.columns.map(describeColumn),
  };
}

function describeColumn({
  name,
  type,
  strategy,
  options,
  rule,
  domain,
  inheritedFrom,
  spends = [],
  note,
}: PlannedColumn): DescribedColumn {
  return {
    name,
    type: type.name,
    strategy,
    options,
    ...(!isPlain(rule) && { rule: bareRule(rule) }),
    ...(domain !== '' && { domain }),
    ...(inheritedFrom !== undefined && { inherited_from: inheritedFrom }),
    ...(spends.length > 0 && { spends: spends.map(({ draw: _, ...cost }) => cost) }),
    ...(note !== undefined && { note }),
  };
}
