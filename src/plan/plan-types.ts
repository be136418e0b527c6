// A plan: config × catalog × strategies. Plain data; workers get it by structured clone and `anonymize plan --json` prints it.

import type { Format } from '../codec/codec.ts';
import type { Spending } from '../compose/spending.ts';
import type { ColumnRule } from '../config/rule-schema.ts';
import type { TableName } from '../pg/identifiers.ts';
import type { ColumnType, TableFacts } from '../strategy.ts';
import type { SubsetPlan } from './plan-subset.ts';

export interface PlannedColumn {
  readonly name: string;
  /** OID of the type in the source's catalogue. */
  readonly typeOid: number;
  readonly type: ColumnType;
  readonly notNull: boolean;
  /** `keep` passes the bytes on. Of a composed rule, the names of all its strategies. */
  readonly strategy: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly domain: string;
  /** Columns of the table that the strategy reads beside its own. */
  readonly reads: readonly string[];
  /** Those whose replacements it reads. */
  readonly readsReplaced: readonly string[];
  /** NULLs are replaced, too. */
  readonly replacesNulls: boolean;
  /** All of the rule. */
  readonly rule: Rule;
  /** `schema.table.column` of the key whose rule a foreign key column takes. */
  readonly inheritedFrom?: string | undefined;
  /** See StrategyInstance.prepared; by where in the rule its strategy stands. */
  readonly prepared?: Map<string, unknown> | undefined;
  /** Characters of the longest output, where the strategy knows. */
  readonly longest?: number | undefined;
  /** All there can be, where they are few. */
  readonly outputs?: readonly (string | null)[] | undefined;
  /** What it spends of a row's privacy. */
  readonly spends?: readonly Spending[] | undefined;
  /** What the strategy says about itself on this column. */
  readonly note?: string | undefined;
}

export interface PlannedTable extends TableName {
  readonly action: 'copy' | 'empty';
  /** Where its rows go: itself, or the root of its partitions when rows may change partitions. */
  readonly into: TableName;
  readonly where?: string | undefined;
  /** Rows and bytes as the source's statistics and disk say. */
  readonly rows: number;
  readonly bytes: number;
  readonly pages: number;
  /** Of a table of which a subset is copied, once that is known: how many rows of it. */
  readonly subset?: { readonly rows: number } | undefined;
  readonly isSliceable: boolean;
  readonly format: Format;
  readonly formatReason: string;
  /** What strategies may know of it. */
  readonly facts: TableFacts;
  readonly columns: readonly PlannedColumn[];
}

export interface Plan {
  readonly tables: readonly PlannedTable[];
  readonly skipped: readonly string[];
  /** Rows of the largest table: widths follow it, so that one domain has the same width in every table. */
  readonly widthRows: number;
  /** Domains whose tokens are kept in the vault. */
  readonly vaultDomains: readonly string[];
  /** Which rows are copied, where not all are. */
  readonly subset?: SubsetPlan | undefined;
  /** The rules of keys that documents reference, by `schema.table.column`. */
  readonly keys: KeyRules;
  /** What is allowed but worth knowing. */
  readonly notes: readonly string[];
}

/** Rules by the `schema.table.column` that has them. */
export type KeyRules = ReadonlyMap<string, Rule>;

/** One column's rule as the configuration gives it. */
export type Rule = ColumnRule;

export const KEEP: Rule = { strategy: 'keep', options: {} };

/** Its bytes go through as they are. */
export const isKept = ({ strategy }: Pick<PlannedColumn, 'strategy'>): boolean => strategy === 'keep';

/** Bytes of a table that are copied, as far as its size tells. */
export function bytesToRead({ bytes, rows, subset }: PlannedTable): number {
  return subset ? bytes * Math.min(1, subset.rows / Math.max(1, rows)) : bytes;
}
