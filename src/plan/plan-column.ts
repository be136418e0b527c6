// Plans one column: binds its rule to a strategy and checks what can be known before a value is seen.

import { columnType } from '../codec/field-types.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogColumn, CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import type { TableFacts } from '../strategy.ts';
import { bindRule } from './bind-rule.ts';
import type { BoundStrategy } from './bind-strategies.ts';
import type { DecidedColumn } from './decide-columns.ts';
import type { PlanInput, WidthRows } from './make-plan.ts';
import type { PlannedColumn } from './plan-types.ts';
import type { ColumnsOfTable } from './resolve-reads.ts';
import { ruleName } from './rules.ts';

export interface ColumnPlan {
  readonly column: PlannedColumn;
  /** Undefined when a finding stands against it. */
  readonly bound?: BoundStrategy;
  readonly findings: readonly Finding[];
}

export interface DecidedPlace {
  /** The table that findings name. */
  readonly named: CatalogTable;
  readonly column: CatalogColumn;
  readonly decided: DecidedColumn;
  readonly facts: TableFacts;
  readonly columns: ColumnsOfTable;
}

/** Binds one column. */
export async function planColumn(
  { named, column, decided, facts, columns }: DecidedPlace,
  input: PlanInput & WidthRows,
): Promise<ColumnPlan> {
  const { rule, inheritedFrom } = decided;
  const strategy = ruleName(rule);
  const place = displayName(named.schema, named.name, column.name);
  const type = columnType(column, input.source.types);
  const { name, type: typeOid, notNull } = column;
  const planned: PlannedColumn = {
    name,
    typeOid,
    type,
    notNull,
    strategy,
    options: rule.options,
    rule,
    domain: '',
    reads: [],
    readsReplaced: [],
    replacesNulls: false,
    inheritedFrom,
  };
  const prepared = new Map<string, unknown>();
  const context = {
    place,
    column: name,
    type,
    // A reference that is NULL stays it: no row of the key is replaced by what NULL becomes.
    notNull: notNull || inheritedFrom !== undefined,
    rows: input.widthRows,
    table: facts,
    columns,
    keys: input.keys,
    secret: input.secret,
    vault: input.vault,
    strategiesFolder: input.strategiesFolder,
    outside: input.outside,
    prepared,
  };
  const bound = await bindRule(rule, context);
  if (!('instance' in bound)) return { column: planned, findings: bound };
  const { domain, instance, guarantees, reads, readsReplaced, replacesNulls = false, known } = bound;
  return {
    column: {
      ...planned,
      domain: guarantees.keyed ? domain : '',
      // Of cases that all keep, nothing is left to do.
      strategy: 'keep' in instance ? 'keep' : strategy,
      reads,
      readsReplaced,
      replacesNulls,
      note: instance.note,
      longest: instance.maxLength,
      outputs: known ?? instance.outputs,
      ...(prepared.size > 0 && { prepared }),
      spends: bound.spends,
    },
    bound,
    findings: [
      ...misfits({ place, strategy, column, type }, bound),
      ...lostReference({ place, strategy, column }, decided, bound),
    ],
  };
}

interface Spot {
  readonly place: string;
  readonly strategy: string;
  readonly column: CatalogColumn;
  readonly type: PlannedColumn['type'];
}

/** What the column cannot take, whatever the values are. */
function misfits({ place, strategy, column, type }: Spot, { guarantees, instance }: BoundStrategy): Finding[] {
  const findings: Finding[] = [];
  if (column.notNull && guarantees.yieldsNull) findings.push(finding('ANON_PLAN_NOT_NULL', { place, strategy }));
  const length = instance.maxLength;
  if (length !== undefined && type.maxLength !== undefined && length > type.maxLength) {
    findings.push(finding('ANON_PLAN_TOO_LONG', { place, strategy, length, type: type.name }));
  }
  return findings;
}

/** A reference keeps its row only where equal values get equal replacements. */
function lostReference(
  { place, strategy, column }: Omit<Spot, 'type'>,
  { inheritedFrom, referencedBy }: DecidedColumn,
  { guarantees, reads, readsReplaced, instance }: BoundStrategy,
): Finding[] {
  if ((inheritedFrom ?? referencedBy) === undefined || 'keep' in instance) return [];
  const isOfValue = [...reads, ...readsReplaced].every(name => name === column.name);
  if (guarantees.deterministic && isOfValue) return [];
  const lost =
    inheritedFrom === undefined ? `the reference of ${referencedBy} to it` : `this reference to ${inheritedFrom}`;
  const detail = guarantees.deterministic
    ? `it depends on other columns of its row, so ${lost} would be lost.`
    : `it gives equal values different replacements, so ${lost} would be lost.`;
  const fixHint = 'Use a strategy for the key that depends on its value alone, such as hash, or keep it.';
  return [finding('ANON_PLAN_STRATEGY_REFUSED', { place, strategy, detail, fixHint })];
}
