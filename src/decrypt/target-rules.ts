// The rules of one table of the target, as the configuration decides them: from the target's catalogue alone, so that who
// decrypts needs no way to the source. The plan has made sure that names and types are the same there.

import { columnType } from '../codec/field-types.ts';
import type { LoadedConfig } from '../config/load.ts';
import { suggest } from '../config/suggest.ts';
import { AnonymizeError } from '../errors.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { WayBackContext } from '../plan/bind-way-back.ts';
import { type DecidedColumn, type Decisions, decideColumns } from '../plan/decide-columns.ts';
import { type MatchedTable, matchTables } from '../plan/match-tables.ts';
import { NOTHING_OUTSIDE } from '../plan/outside.ts';
import { rowsOf } from '../plan/plan-table.ts';
import { planVault } from '../plan/plan-vault.ts';
import { findReferences } from '../plan/references.ts';
import { isSameRule } from '../plan/rules.ts';
import { tableFacts } from '../plan/table-facts.ts';

/** A table of the target with its rules. */
export interface TargetRules {
  readonly table: CatalogTable;
  /** The tables that hold its rows: itself, or its partitions. */
  readonly leaves: readonly TableName[];
  /** @throws {AnonymizeError} ANON_DECRYPT_COLUMN, ANON_DECRYPT_RULE where there is no rule, or not only one */
  ruleOf(column: string): DecidedColumn;
  /** What a column's rule is bound to. */
  contextOf(column: string): WayBackContext;
}

/** @throws {AnonymizeError} ANON_DECRYPT_COLUMN for a table that is not there */
export async function targetRules(
  config: LoadedConfig,
  name: TableName,
  { catalog, secret }: { readonly catalog: Catalog; readonly secret: Uint8Array },
): Promise<TargetRules> {
  const table = findTable(catalog, name);
  const place = displayName(name.schema, name.name);
  if (!table) {
    const suggestion = suggest(tableKey(name), catalog.tables.map(tableKey));
    throw new AnonymizeError('ANON_DECRYPT_COLUMN', { place, what: 'table', suggestion });
  }
  const { matched } = matchTables(config.tables, catalog.tables);
  const { references } = await findReferences(matched, config.strategies);
  const { undecided } = config.defaults;
  const { decisions, keys } = decideColumns(matched, { references, types: catalog.types, undecided });
  const leaves = matched.filter(match => match.table.relkind === 'r' && match.lineage.includes(table));
  const [first] = leaves;
  if (!first) throw noRule(place, 'nothing decides this table.');
  const ruleOf = (column: string): DecidedColumn => {
    refuseUnknown(table, column);
    return onlyRule(leaves, decisions, { table, column });
  };
  const facts = tableFacts(first);
  const widthRows = Math.max(0, ...matched.map(match => rowsOf(match.table)));
  const columns = new Map(
    table.columns.map(one => [one.name, one.isGenerated ? null : columnType(one, catalog.types)] as const),
  );
  return {
    table,
    leaves: leaves.map(match => match.table),
    ruleOf,
    contextOf: column => ({
      place: displayName(table.schema, table.name, column),
      column,
      type: columns.get(column)!, // it has a rule
      notNull: isNotNull(table, column) || ruleOf(column).inheritedFrom !== undefined,
      rows: widthRows,
      table: facts,
      columns,
      secret,
      vault: config.control && planVault(),
      keys,
      strategiesFolder: config.strategies,
      outside: { ...NOTHING_OUTSIDE, baseDir: config.baseDir },
    }),
  };
}

const isNotNull = ({ columns }: CatalogTable, name: string): boolean =>
  columns.some(column => column.name === name && column.notNull);

function refuseUnknown(table: CatalogTable, column: string): void {
  if (table.columns.some(({ name }) => name === column)) return;
  const place = displayName(table.schema, table.name, column);
  const names = table.columns.map(({ name }) => name);
  throw new AnonymizeError('ANON_DECRYPT_COLUMN', { place, what: 'column', suggestion: suggest(column, names) });
}

/** Partitions may have rules of their own. */
function onlyRule(
  leaves: readonly MatchedTable[],
  decisions: Decisions,
  { table, column }: { readonly table: CatalogTable; readonly column: string },
): DecidedColumn {
  const place = displayName(table.schema, table.name, column);
  const decided = leaves.map(leaf => decisions.get(tableKey(leaf.table))?.get(column));
  const [first] = decided;
  if (!first) throw noRule(place, 'the configuration has no rule for it.');
  if (decided.every(one => one && isSameRule(one.rule, first.rule))) return first;
  throw noRule(place, 'the partitions of its table have different rules.', 'Name one of the partitions.');
}

/** ANON_DECRYPT_RULE. */
export const noRule = (
  place: string,
  detail: string,
  fixHint = 'Use the configuration that the target was filled with.',
): AnonymizeError => new AnonymizeError('ANON_DECRYPT_RULE', { place, detail, fixHint });
