// What `subset:` means for this source: where it starts, which references it follows, and how rows are told apart.

import type { SubsetChildren, SubsetConfig, SubsetStart } from '../config/subset-schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import { displayName, showInvisible, type TableName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Decisions } from './decide-columns.ts';
import { isCopied, keyFor, type MatchedTable, suggestTable } from './match-tables.ts';
import type { Reference } from './references.ts';
import { isNullify } from './rules.ts';
import { joinOf, type SubsetEdge } from './subset-edges.ts';
import { tableFacts } from './table-facts.ts';

/** A table that takes part. Plain data. */
export interface SubsetTable extends TableName {
  /** Of its entry under `tables:`; rows that it leaves out are never in the subset. */
  readonly where?: string | undefined;
  /** Undefined where only references lead here. */
  readonly start?: SubsetStart | undefined;
  /** Columns that tell its rows apart: its key, or all of them. */
  readonly identity: readonly string[];
}

/** What is evaluated on the source. */
export interface SubsetPlan {
  readonly tables: readonly SubsetTable[];
  readonly edges: readonly SubsetEdge[];
}

export interface SubsetInput {
  readonly config: SubsetConfig;
  readonly matched: readonly MatchedTable[];
  readonly references: readonly Reference[];
  readonly decisions: Decisions;
}

/** Plans the subset of the copied tables. What `--table` leaves out takes part: the rest must be the same rows without it. */
export function planSubset(input: SubsetInput): { readonly subset: SubsetPlan; readonly findings: readonly Finding[] } {
  const { config, matched, decisions } = input;
  const copied = matched.filter(match => isCopied(match) && match.table.relkind === 'r');
  const findings: Finding[] = [];
  const startOf = assign<SubsetStart>(config.tables, copied, { matched, findings, place: 'subset.tables' });
  const edges = edgesOf(input, copied, findings);
  const isLedTo = new Set(edges.filter(edge => edge.bringsChildren).map(edge => edge.child));
  const tables = copied.map((match, number): SubsetTable => {
    const { table, entry } = match;
    const { primaryKey, keys } = tableFacts(match);
    const all = [...(decisions.get(tableKey(table))?.keys() ?? [])];
    const isOther = config.others === 'whole' && !isLedTo.has(number);
    return {
      schema: table.schema,
      name: table.name,
      where: entry.rule.kind === 'columns' ? entry.rule.where : undefined,
      start: startOf.get(number) ?? (isOther ? { kind: 'whole' } : undefined),
      identity: primaryKey.length > 0 ? primaryKey : (keys[0] ?? all),
    };
  });
  findings.push(...copied.filter(({ table }) => !table.isHeap).map(withoutPlaces));
  return { subset: { tables, edges }, findings };
}

function withoutPlaces({ table }: MatchedTable): Finding {
  const place = displayName(table.schema, table.name);
  const detail = 'its access method has no places that rows could be found again by.';
  return finding('ANON_PLAN_SUBSET', { place, detail });
}

interface Place {
  readonly matched: readonly MatchedTable[];
  readonly findings: Finding[];
  readonly place: string;
}

/** For each copied table, by its position, what an entry says about it. */
function assign<Rule>(
  entries: readonly { readonly key: string; readonly rule: Rule }[],
  copied: readonly MatchedTable[],
  { matched, findings, place }: Place,
): ReadonlyMap<number, Rule> {
  const byName = new Map(matched.map(({ table }) => [tableKey(table), table]));
  const keys = entries.map(({ key }) => key);
  const assigned = new Map<number, Rule>();
  const used = new Set<string>();
  for (const [number, { lineage }] of copied.entries()) {
    const found = keyFor(lineage, keys, byName);
    const entry = entries.find(({ key }) => key === found?.key);
    if (!entry) continue;
    used.add(entry.key);
    assigned.set(number, entry.rule);
  }
  for (const key of keys.filter(one => !used.has(one))) {
    const at = `${place}."${key}"`;
    const isKnown = matched.some(({ lineage }) => keyFor(lineage, [key], byName));
    findings.push(
      isKnown
        ? finding('ANON_PLAN_SUBSET', { place: at, detail: 'the rows of this table are not copied.' })
        : finding('ANON_PLAN_UNKNOWN_TABLE', { place: at, suggestion: suggestTable(key, [...byName.values()]) }),
    );
  }
  return assigned;
}

function edgesOf(
  { config, matched, references, decisions }: SubsetInput,
  copied: readonly MatchedTable[],
  findings: Finding[],
): SubsetEdge[] {
  const numbers = new Map(copied.map(({ table }, number) => [table, number]));
  const isAll = config.children === 'all';
  const children = config.children === 'all' ? [] : config.children;
  const ruleOf = assign<SubsetChildren>(children, copied, { matched, findings, place: 'subset.children' });
  const edges = references.flatMap(reference => {
    const child = numbers.get(reference.match.table);
    if (child === undefined || isCut(reference, decisions)) return [];
    const rule = isAll ? {} : ruleOf.get(child);
    const above = matched.find(({ table }) => table === reference.referenced)?.lineage ?? [reference.referenced];
    const isAsked = rule !== undefined && (!rule.of || above.some(table => rule.of?.includes(tableKey(table))));
    const join = joinOf(reference);
    return copied.flatMap(({ lineage }, parent) =>
      lineage.includes(reference.referenced)
        ? [{ child, parent, ...join, bringsChildren: isAsked, ...(isAsked && { limit: rule?.limit }) }]
        : [],
    );
  });
  findings.push(...strangers(children, { ruleOf, references, copied }));
  return edges;
}

/** A reference that becomes NULL needs no row. */
function isCut({ match, columns }: Reference, decisions: Decisions): boolean {
  const rules = decisions.get(tableKey(match.table));
  return columns.some(column => {
    const rule = rules?.get(column)?.rule;
    return rule !== undefined && isNullify(rule);
  });
}

interface Asked {
  readonly ruleOf: ReadonlyMap<number, SubsetChildren>;
  readonly references: readonly Reference[];
  readonly copied: readonly MatchedTable[];
}

/** Names under `of:` that no table of the entry references. */
function strangers(
  children: readonly { readonly key: string; readonly rule: SubsetChildren }[],
  { ruleOf, references, copied }: Asked,
): Finding[] {
  return children.flatMap(({ key, rule }) => {
    const tables = copied.filter((_, number) => ruleOf.get(number) === rule).map(({ table }) => table);
    if (tables.length === 0) return []; // it was found wanting already
    const known = references.filter(({ match }) => tables.includes(match.table)).map(one => tableKey(one.referenced));
    return (rule.of ?? [])
      .filter(name => !known.includes(name))
      .map(name => {
        const detail = `${showInvisible(name)} is not referenced from here.${suggest(name, known)}`;
        return finding('ANON_PLAN_SUBSET', { place: `subset.children."${key}".of`, detail });
      });
  });
}
