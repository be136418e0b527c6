// Which entry of the configuration decides which table: an exact name, then that of a partitioned table above, then a glob.

import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { displayName, showInvisible, type TableName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';

export type TableEntry = Config['tables'][number];

/** A table of the source, and the entry that decides it. */
export interface MatchedTable {
  readonly table: CatalogTable;
  readonly entry: TableEntry;
  /** The table that the entry speaks of: itself, or a partitioned table above. Findings name this one. */
  readonly named: CatalogTable;
  /** The table itself, or the topmost partitioned table that it is a partition of. */
  readonly root: CatalogTable;
  /** The table and all partitioned tables above it. */
  readonly lineage: readonly CatalogTable[];
}

export interface Matching {
  readonly matched: readonly MatchedTable[];
  readonly findings: readonly Finding[];
}

/** Whether the rows of a table are in the plan (or, of a partitioned one, those of its partitions). */
export function isCopied({ entry }: MatchedTable): boolean {
  return entry.rule.kind === 'keep' || entry.rule.kind === 'columns';
}

const GLOB = /[*?]/;
/** `*` is any characters, `?` is one; names of tables are no paths, so nothing else is special. */
const toRegExp = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'su',
  );
const isMatch = (name: string, pattern: string): boolean => toRegExp(pattern).test(name);
/** The pattern that says most wins: the one with the most characters that are not wildcards. */
const specificity = (pattern: string): number => pattern.replace(/[*?]/g, '').length;

/**
 * The first table of the lineage that a key names, and that key: exactly, or by the glob that says most.
 * @param byName every table: its name is that table, even where it reads like a glob
 */
export function keyFor(
  lineage: readonly CatalogTable[],
  keys: readonly string[],
  byName: ReadonlyMap<string, CatalogTable>,
): { readonly named: CatalogTable; readonly key: string } | undefined {
  const exact = lineage.find(table => keys.includes(tableKey(table)));
  if (exact) return { named: exact, key: tableKey(exact) };
  const globs = keys.filter(key => GLOB.test(key) && !byName.has(key)).sort((a, b) => specificity(b) - specificity(a));
  for (const named of lineage) {
    const key = globs.find(glob => isMatch(tableKey(named), glob));
    if (key !== undefined) return { named, key };
  }
  return undefined;
}

/** Matches every table that can hold or route rows; views and foreign tables only by their exact names. */
export function matchTables(entries: Config['tables'], tables: readonly CatalogTable[]): Matching {
  const byName = new Map(tables.map(table => [tableKey(table), table]));
  const byKey = new Map(entries.map(entry => [entry.key, entry]));
  const keys = entries.map(({ key }) => key);
  const isNamed = (table: CatalogTable): boolean => byKey.has(tableKey(table));
  const candidates = tables.filter(table => table.relkind === 'r' || table.relkind === 'p' || isNamed(table));

  const matched: MatchedTable[] = [];
  const findings: Finding[] = unknownEntries(entries, candidates, byName);
  for (const table of candidates) {
    const lineage = [...withAncestors(table, byName)];
    const found = keyFor(lineage, keys, byName);
    const entry = found && byKey.get(found.key);
    if (entry) matched.push({ table, entry, named: found.named, root: lineage.at(-1) ?? table, lineage });
    else if (!table.isPartition) findings.push(undecided(table, entries));
  }
  return { matched, findings };
}

function* withAncestors(table: CatalogTable, byName: ReadonlyMap<string, CatalogTable>): Generator<CatalogTable> {
  for (let one: CatalogTable | undefined = table; one; one = one.parent ? byName.get(tableKey(one.parent)) : undefined)
    yield one;
}

function undecided(table: CatalogTable, entries: Config['tables']): Finding {
  const suggestion = suggest(
    tableKey(table),
    entries.map(entry => entry.key),
  ).replace(/Did you mean (.*)\?/u, 'The configuration has $1.');
  return finding('ANON_PLAN_TABLE_UNDECIDED', { place: displayName(table.schema, table.name), suggestion });
}

function unknownEntries(
  entries: Config['tables'],
  candidates: readonly CatalogTable[],
  byName: ReadonlyMap<string, CatalogTable>,
): Finding[] {
  const names = candidates.map(tableKey);
  return entries.flatMap(entry => {
    const named = byName.get(entry.key);
    if (named && candidates.includes(named)) return [];
    const place = `tables."${entry.key}"`;
    const suggestion = suggestTable(entry.key, candidates);
    if (!GLOB.test(entry.key)) return [finding('ANON_PLAN_UNKNOWN_TABLE', { place, suggestion })];
    if (names.some(name => isMatch(name, entry.key))) return [];
    return [finding('ANON_PLAN_GLOB_MATCHES_NOTHING', { place, suggestion })];
  });
}

/** The table that was meant: those whose names only lack their quotes, else the nearest. */
export function suggestTable(written: string, tables: readonly TableName[]): string {
  const unquoted = tables.filter(({ schema, name }) => `${schema}.${name}` === written).map(tableKey);
  if (unquoted.length === 0) return suggest(written, tables.map(tableKey));
  return ` A name with a dot or a double quote stands in double quotes: ${unquoted.map(showInvisible).join(' or ')}.`;
}
