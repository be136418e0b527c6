// Which rule each column of each matched table has: its own, `keep`, that of the key it references, or the default.

import type { Config } from '../config/schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import { agreeTypes } from './agree-types.ts';
import { inheritRules, isDecided, keyRules, linksOf } from './inherit-rules.ts';
import { isCopied, type MatchedTable, type TableEntry } from './match-tables.ts';
import { KEEP, type KeyRules, type Rule } from './plan-types.ts';
import type { Reference } from './references.ts';
import { isolated } from './rules.ts';

export interface DecidedColumn {
  readonly rule: Rule;
  readonly inheritedFrom?: string | undefined;
  /** Of a key: a column that references it with the same rule, without inheriting it. */
  readonly referencedBy?: string | undefined;
}

/** For each table (its `tableKey`) its columns' rules by name. Generated columns have none. */
export type Decisions = ReadonlyMap<string, ReadonlyMap<string, DecidedColumn>>;

export interface Deciding {
  readonly references: readonly Reference[];
  readonly types: Catalog['types'];
  readonly undecided: Config['defaults']['undecided'];
}

export interface Decided {
  readonly decisions: Decisions;
  /** Of the keys that documents reference. */
  readonly keys: KeyRules;
  readonly findings: readonly Finding[];
}

/** Decides every column of the tables that are copied. */
export function decideColumns(matched: readonly MatchedTable[], { references, types, undecided }: Deciding): Decided {
  const copied = matched.filter(isCopied);
  const decisions = new Map(copied.map(match => [tableKey(match.table), ownRules(match)]));
  const links = linksOf(references);
  const findings = [...misnamedColumns(copied), ...inheritRules(links, decisions)];
  findings.push(...agreeTypes(links, { matched: copied, decisions, types }));
  for (const { table, entry, named } of copied) {
    const rules = decisions.get(tableKey(table))!; // set above
    for (const column of table.columns) {
      const own = rules.get(column.name)?.rule;
      if (column.isGenerated || (own && isDecided(own))) continue;
      rules.delete(column.name); // what its key would say is not known
      if (undecided === 'nullify' && !own) rules.set(column.name, { rule: { strategy: 'nullify', options: {} } });
      else {
        const place = displayName(named.schema, named.name, column.name);
        const suggestion = misspelt(entry, column.name, table);
        findings.push(finding('ANON_PLAN_COLUMN_UNDECIDED', { place, type: column.typeName, suggestion }));
      }
    }
  }
  return { decisions, keys: keyRules(links, decisions, types), findings };
}

/** `domain: column` isolates a column: with its partitions, and with the foreign keys that inherit its rule. */
function isolate(rule: Rule, root: CatalogTable, column: string): Rule {
  return isolated(rule, `column:${displayName(root.schema, root.name, column)}`);
}

function ownRules({ table, entry, root }: MatchedTable): Map<string, DecidedColumn> {
  const rules = new Map<string, DecidedColumn>();
  for (const { name, isGenerated } of table.columns) {
    if (isGenerated) continue;
    if (entry.rule.kind === 'keep') rules.set(name, { rule: KEEP });
    else if (entry.rule.kind === 'columns') {
      const rule = Object.hasOwn(entry.rule.columns, name) ? entry.rule.columns[name] : undefined;
      if (rule) rules.set(name, { rule: isolate(rule, root, name) });
      else if (entry.rule.keep.includes(name)) rules.set(name, { rule: KEEP });
    }
  }
  return rules;
}

/** Names in an entry that none of its tables has, that are generated, or that are decided twice. */
function misnamedColumns(copied: readonly MatchedTable[]): Finding[] {
  return [...new Set(copied.map(({ entry }) => entry))].flatMap(entry => {
    if (entry.rule.kind !== 'columns') return [];
    const tables = copied.filter(match => match.entry === entry).map(match => match.table);
    const columns = tables.flatMap(table => table.columns);
    const place = (name: string): string => `tables."${entry.key}": column ${displayName(name)}`;
    const masked = Object.keys(entry.rule.columns);
    const { keep } = entry.rule;
    return [...new Set([...masked, ...keep])].flatMap(name => {
      const known = columns.filter(column => column.name === name);
      if (known.length === 0) {
        const suggestion = suggest(name, new Set(columns.map(column => column.name)));
        return [finding('ANON_PLAN_UNKNOWN_COLUMN', { place: place(name), suggestion })];
      }
      if (known.every(column => column.isGenerated))
        return [finding('ANON_PLAN_COLUMN_GENERATED', { place: place(name) })];
      return masked.includes(name) && keep.includes(name)
        ? [finding('ANON_PLAN_COLUMN_TWICE', { place: place(name) })]
        : [];
    });
  });
}

/** An unknown name in the entry that looks like this column explains why it is undecided. */
function misspelt(entry: TableEntry, column: string, table: CatalogTable): string {
  if (entry.rule.kind !== 'columns') return '';
  const known = new Set(table.columns.map(({ name }) => name));
  const written = [...Object.keys(entry.rule.columns), ...entry.rule.keep].filter(name => !known.has(name));
  return suggest(column, written).replace(/Did you mean (.*)\?/u, 'The configuration has $1.');
}
