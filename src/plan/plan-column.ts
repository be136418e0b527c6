// Plans one column: binds its rule to a strategy and checks what can be known before a value is seen.

import { columnType } from '../codec/field-types.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogColumn, CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import type { TableFacts } from '../strategy.ts';
import { type BoundStrategy, bindStrategy } from './bind-strategies.ts';
import type { DecidedColumn } from './decide-columns.ts';
import type { PlanInput, WidthRows } from './make-plan.ts';
import type { PlannedColumn } from './plan-types.ts';
import type { ColumnsOfTable } from './resolve-reads.ts';
import { loadStrategy, strategyNames } from './strategies.ts';

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
  const { strategy, options } = rule;
  const place = displayName(named.schema, named.name, column.name);
  const type = columnType(column, input.source.types);
  const { name, type: typeOid, notNull } = column;
  const planned: PlannedColumn = {
    name,
    typeOid,
    type,
    notNull,
    strategy,
    options,
    domain: '',
    reads: [],
    inheritedFrom,
  };
  const definition = await loadStrategy(strategy, input.strategiesFolder);
  if (!definition) {
    const suggestion = suggest(strategy, await strategyNames(input.strategiesFolder));
    return { column: planned, findings: [finding('ANON_PLAN_UNKNOWN_STRATEGY', { place, strategy, suggestion })] };
  }
  const context = {
    place,
    column: name,
    type,
    rows: input.widthRows,
    table: facts,
    columns,
    secret: input.secret,
    vault: input.vault,
  };
  const bound = await bindStrategy(definition, rule, context);
  if (!('instance' in bound)) return { column: planned, findings: bound };
  const { domain, instance, guarantees, reads } = bound;
  return {
    column: {
      ...planned,
      domain: guarantees.keyed ? domain : '',
      reads,
      note: instance.note,
      outputs: instance.outputs,
    },
    bound,
    findings: [
      ...misfits({ place, strategy, column, type }, bound),
      ...lostReference({ place, strategy }, decided, bound),
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
  { place, strategy }: Pick<Spot, 'place' | 'strategy'>,
  { inheritedFrom }: DecidedColumn,
  { guarantees }: BoundStrategy,
): Finding[] {
  if (inheritedFrom === undefined || guarantees.deterministic) return [];
  const detail = `it gives equal values different replacements, so this reference to ${inheritedFrom} would be lost.`;
  const fixHint = 'Use a deterministic strategy for the key, such as hash, or keep it.';
  return [finding('ANON_PLAN_STRATEGY_REFUSED', { place, strategy, detail, fixHint })];
}
