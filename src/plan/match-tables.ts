// Which entry of the configuration decides which table: an exact name, then that of a partitioned table above, then a glob.

import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { displayName, showInvisible, type TableName } from '../pg/identifiers.ts';
import { tableKey, writtenKey } from '../pg/table-key.ts';

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
/** The table that an entry names, if it is no pattern: `public.orders`, or `"a.b".orders` where a name holds a dot. */
const nameIn = ({ key }: TableEntry): string => writtenKey(key) ?? '';
/** The pattern that says most wins: the one with the most characters that are not wildcards. */
const specificity = (pattern: string): number => pattern.replace(/[*?]/g, '').length;

/** Matches every table that can hold or route rows; views and foreign tables only by their exact names. */
export function matchTables(entries: Config['tables'], tables: readonly CatalogTable[]): Matching {
  const byName = new Map(tables.map(table => [tableKey(table), table]));
  const isName = (entry: TableEntry): boolean => byName.has(nameIn(entry));
  const exact = new Map(entries.filter(isName).map(entry => [nameIn(entry), entry]));
  const globs = entries.filter(entry => !isName(entry) && GLOB.test(entry.key));
  const isNamed = (table: CatalogTable): boolean => exact.has(tableKey(table));
  const candidates = tables.filter(table => table.relkind === 'r' || table.relkind === 'p' || isNamed(table));
  const globOf = (table: CatalogTable): TableEntry | undefined =>
    globs
      .filter(glob => isMatch(tableKey(table), glob.key))
      .reduce<TableEntry | undefined>(
        (best, glob) => (best && specificity(best.key) >= specificity(glob.key) ? best : glob),
        undefined,
      );

  const matched: MatchedTable[] = [];
  const findings: Finding[] = unknownEntries(entries, candidates, byName);
  for (const table of candidates) {
    const lineage = [...withAncestors(table, byName)];
    const named = lineage.find(one => exact.has(tableKey(one))) ?? lineage.find(one => globOf(one));
    const entry = named && (exact.get(tableKey(named)) ?? globOf(named));
    if (entry) matched.push({ table, entry, named, root: lineage.at(-1) ?? table, lineage });
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
    const named = byName.get(nameIn(entry));
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
