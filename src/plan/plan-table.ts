// Plans one table: binds its columns' rules to strategies, compares it with the target, chooses the format.

import { columnType } from '../codec/field-types.ts';
import { type Finding, finding } from '../errors.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { findTable, partitionsOf } from '../pg/find-table.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import type { BoundStrategy } from './bind-strategies.ts';
import { checkUniqueness } from './check-uniqueness.ts';
import { chooseFormat } from './choose-format.ts';
import { compareTarget } from './compare-target.ts';
import type { DecidedColumn } from './decide-columns.ts';
import type { PlanInput, WidthRows } from './make-plan.ts';
import type { MatchedTable } from './match-tables.ts';
import { planColumn } from './plan-column.ts';
import type { PlannedColumn, PlannedTable } from './plan-types.ts';
import { replacementOrder } from './replacement-order.ts';
import type { ColumnsOfTable } from './resolve-reads.ts';
import { tableFacts } from './table-facts.ts';

/** PostgreSQL 14 was the first that reads a range of ctid without reading the whole table. */
const TID_RANGE_MAJOR = 14;
/** Never analysed: about the narrowest rows that a page can hold, so that bounds err on the safe side. */
const ROWS_PER_PAGE = 120;

export interface TablePlan {
  readonly table: PlannedTable;
  readonly findings: readonly Finding[];
}

/** @param rules the decided columns; none for a table that is emptied */
export async function planTable(
  match: MatchedTable,
  rules: ReadonlyMap<string, DecidedColumn>,
  input: PlanInput & WidthRows,
): Promise<TablePlan> {
  const { table } = match;
  const { source, target } = input;
  const findings: Finding[] = [];
  const bound = new Map<string, BoundStrategy>();
  const columns: PlannedColumn[] = [];
  const about = {
    named: match.named,
    rows: rowsOf(table),
    facts: tableFacts(match),
    columns: columnsOf(table, source),
  };
  const required = requiredIn(findTable(target, table) ?? match.root, target);
  for (const one of table.columns) {
    const decided = rules.get(one.name);
    if (!decided) continue;
    const column = { ...one, notNull: one.notNull || required.has(one.name) };
    const planned = await planColumn({ ...about, column, decided }, input);
    findings.push(...planned.findings);
    if (planned.bound && !('keep' in planned.bound.instance)) bound.set(column.name, planned.bound);
    columns.push(planned.column);
  }
  findings.push(...circular(columns, match));
  const into = routeRows(match, bound, target);
  const compared = compareTarget(table, into, target);
  findings.push(...compared.findings, ...checkUniqueness(table, bound, rowsOf(table)));
  // Rows that the root routes meet those of all other partitions there.
  const met = into === table ? rowsOf(table) : rowsUnder(into, source);
  if (compared.table) findings.push(...checkUniqueness(compared.table, bound, met));
  const { entry } = match;
  const choice = chooseFormat(columns, { source, target });
  return {
    findings,
    table: {
      schema: table.schema,
      name: table.name,
      action: entry.rule.kind === 'empty' ? 'empty' : 'copy',
      into: { schema: into.schema, name: into.name },
      where: entry.rule.kind === 'columns' ? entry.rule.where : undefined,
      rows: rowsOf(table),
      bytes: table.bytes,
      pages: table.pages,
      isSliceable: table.isHeap && source.major >= TID_RANGE_MAJOR,
      format: choice.format,
      formatReason: choice.reason,
      facts: about.facts,
      columns,
    },
  };
}

/** Columns that wait for each other's replacements. */
function circular(columns: readonly PlannedColumn[], { named }: MatchedTable): Finding[] {
  return replacementOrder(columns).circles.map(circle => {
    const place = displayName(named.schema, named.name, circle[0] ?? '');
    const { strategy = '' } = columns.find(({ name }) => name === circle[0]) ?? {};
    const through = circle.length > 1 ? ` (by way of ${circle.slice(1).join(', ')})` : '';
    const detail = `it needs its own replacement first${through}.`;
    const fixHint = 'Let one of these columns do without the other.';
    return finding('ANON_PLAN_STRATEGY_REFUSED', { place, strategy, detail, fixHint });
  });
}

/** Columns that are NOT NULL on the target, where they may not be on the source. */
function requiredIn(table: TableName, target: Catalog): ReadonlySet<string> {
  const columns = findTable(target, table)?.columns ?? [];
  return new Set(columns.filter(column => column.notNull).map(column => column.name));
}

/** Rows of a partition go into the target's partition, unless masking may move them: then the root routes them. */
function routeRows(match: MatchedTable, bound: ReadonlyMap<string, BoundStrategy>, target: Catalog): CatalogTable {
  const { table, root } = match;
  if (table === root) return table;
  const keyOfRoot = (column: string | null): boolean => column === null || bound.has(column);
  const isMoved = match.lineage.some(above => above.partitionKey.some(keyOfRoot));
  return isMoved || !findTable(target, table) ? root : table;
}

/** What strategies may read of the table. */
const columnsOf = (table: CatalogTable, { types }: Catalog): ColumnsOfTable =>
  new Map(table.columns.map(column => [column.name, column.isGenerated ? null : columnType(column, types)]));

/** Rows to expect in all partitions of a table. */
function rowsUnder(root: TableName, source: Catalog): number {
  return partitionsOf(source, root).reduce(
    (sum, part) => sum + (part.relkind === 'p' ? rowsUnder(part, source) : rowsOf(part)),
    0,
  );
}

/** Nobody knows how many rows a view has, nor a foreign table that was never analysed: bounds err on the safe side. */
const ROWS_OF_VIEW = 1_000_000;

/** Rows to expect in a table. */
export function rowsOf(table: CatalogTable): number {
  if (table.relkind !== 'r' && table.relkind !== 'p') return table.rows > 0 ? Math.round(table.rows) : ROWS_OF_VIEW;
  return table.rows > 0 ? Math.round(table.rows) : table.pages * ROWS_PER_PAGE;
}
