// Plans one column: binds its rule to a strategy and checks what can be known before a value is seen.

import { columnType } from '../codec/field-types.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogColumn, CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { type BoundStrategy, bindStrategy } from './bind-strategies.ts';
import type { DecidedColumn } from './decide-columns.ts';
import type { PlanInput, WidthRows } from './make-plan.ts';
import type { PlannedColumn } from './plan-types.ts';
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
}

/** Binds one column. */
export async function planColumn(
  { named, column, decided }: DecidedPlace,
  input: PlanInput & WidthRows,
): Promise<ColumnPlan> {
  const { rule, inheritedFrom } = decided;
  const { strategy, options } = rule;
  const place = displayName(named.schema, named.name, column.name);
  const type = columnType(column, input.source.types);
  const { name, type: typeOid, notNull } = column;
  const planned: PlannedColumn = { name, typeOid, type, notNull, strategy, options, domain: '', inheritedFrom };
  const definition = await loadStrategy(strategy, input.strategiesFolder);
  if (!definition) {
    const suggestion = suggest(strategy, await strategyNames(input.strategiesFolder));
    return { column: planned, findings: [finding('ANON_PLAN_UNKNOWN_STRATEGY', { place, strategy, suggestion })] };
  }
  const bound = await bindStrategy(definition, rule, { place, type, rows: input.widthRows, secret: input.secret });
  if (!('instance' in bound)) return { column: planned, findings: bound };
  const { domain, instance, guarantees } = bound;
  return {
    column: {
      ...planned,
      domain: guarantees.keyed ? domain : '',
      note: instance.note,
      outputs: instance.outputs,
      prepared: instance.prepared,
    },
    bound,
    findings: misfits({ place, strategy, column, type }, bound),
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
