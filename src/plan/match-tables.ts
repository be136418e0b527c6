// Which entry of the configuration decides which table: an exact name, then that of a partitioned table above, then a glob.

import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';

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
const nameOf = (table: { schema: string; name: string }): string => `${table.schema}.${table.name}`;
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
  const exact = lineage.find(table => keys.includes(nameOf(table)));
  if (exact) return { named: exact, key: nameOf(exact) };
  const globs = keys.filter(key => GLOB.test(key) && !byName.has(key)).sort((a, b) => specificity(b) - specificity(a));
  for (const named of lineage) {
    const key = globs.find(glob => isMatch(nameOf(named), glob));
    if (key !== undefined) return { named, key };
  }
  return undefined;
}

/** Matches every table that can hold or route rows; views and foreign tables only by their exact names. */
export function matchTables(entries: Config['tables'], tables: readonly CatalogTable[]): Matching {
  const byName = new Map(tables.map(table => [nameOf(table), table]));
  const byKey = new Map(entries.map(entry => [entry.key, entry]));
  const keys = entries.map(({ key }) => key);
  const isNamed = (table: CatalogTable): boolean => byKey.has(nameOf(table));
  const candidates = tables.filter(table => table.relkind === 'r' || table.relkind === 'p' || isNamed(table));

  const matched: MatchedTable[] = [];
  const findings: Finding[] = [...ambiguous(candidates), ...unknownEntries(entries, candidates, byName)];
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
  for (let one: CatalogTable | undefined = table; one; one = one.parent ? byName.get(nameOf(one.parent)) : undefined)
    yield one;
}

/** A dot may belong to the name of a schema or to that of a table. */
function ambiguous(tables: readonly CatalogTable[]): Finding[] {
  return [...Map.groupBy(tables, nameOf).values()]
    .filter(same => same.length > 1)
    .map(same => {
      const place = same.map(({ schema, name }) => displayName(schema, name)).join(' and ');
      return finding('ANON_PLAN_TABLE_AMBIGUOUS', { place });
    });
}

function undecided(table: CatalogTable, entries: Config['tables']): Finding {
  const suggestion = suggest(
    nameOf(table),
    entries.map(entry => entry.key),
  ).replace(/Did you mean (.*)\?/u, 'The configuration has $1.');
  return finding('ANON_PLAN_TABLE_UNDECIDED', { place: displayName(table.schema, table.name), suggestion });
}

function unknownEntries(
  entries: Config['tables'],
  candidates: readonly CatalogTable[],
  byName: ReadonlyMap<string, CatalogTable>,
): Finding[] {
  const names = candidates.map(nameOf);
  return entries.flatMap(entry => {
    const named = byName.get(entry.key);
    if (named && candidates.includes(named)) return [];
    const place = `tables."${entry.key}"`;
    const suggestion = suggest(entry.key, names);
    if (!GLOB.test(entry.key)) return [finding('ANON_PLAN_UNKNOWN_TABLE', { place, suggestion })];
    if (names.some(name => isMatch(name, entry.key))) return [];
    return [finding('ANON_PLAN_GLOB_MATCHES_NOTHING', { place, suggestion })];
  });
}
