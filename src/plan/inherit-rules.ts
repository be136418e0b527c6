// Gives references the rule of their key, through chains, and finds what contradicts it.

import { columnType } from '../codec/field-types.ts';
import { type Finding, finding } from '../errors.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { DecidedColumn, Decisions } from './decide-columns.ts';
import type { KeyRules, Rule } from './plan-types.ts';
import type { Reference } from './references.ts';
import { casesOf, isNullify, isPlain, isSameRule } from './rules.ts';

/** One column of a reference, and the column that it references. */
export interface Link {
  readonly reference: Reference;
  /** `schema.table` of both. */
  readonly table: string;
  readonly referenced: string;
  readonly column: string;
  readonly referencedColumn: string;
  /** For messages. */
  readonly place: string;
  readonly referencedPlace: string;
}

type OpenDecisions = ReadonlyMap<string, Map<string, DecidedColumn>>;

/** The columns of references, one by one. */
export function linksOf(references: readonly Reference[]): Link[] {
  return references.flatMap(reference => {
    const { match, columns, referenced, referencedColumns } = reference;
    return columns.map((column, position) => {
      const referencedColumn = referencedColumns[position]!; // as many as columns
      return {
        reference,
        table: tableKey(match.table),
        referenced: tableKey(referenced),
        column,
        referencedColumn,
        place: displayName(match.named.schema, match.named.name, column),
        referencedPlace: displayName(referenced.schema, referenced.name, referencedColumn),
      };
    });
  });
}

/** Whether nothing of a rule is still that of a key that was not looked up. */
export function isDecided(rule: Rule): boolean {
  return casesOf(rule).every(({ strategy }) => strategy !== '');
}

const decidedRule = (decisions: Decisions, table: string, column: string): Rule | undefined => {
  const rule = decisions.get(table)?.get(column)?.rule;
  return rule && isDecided(rule) ? rule : undefined;
};

/** Fills in what references leave to their keys. @returns findings against what they say themselves */
export function inheritRules(links: readonly Link[], decisions: OpenDecisions): Finding[] {
  let hasChanged = true;
  while (hasChanged) {
    hasChanged = false;
    for (const link of links) hasChanged = inherit(link, decisions) || hasChanged;
  }
  for (const link of links) noteReferenced(link, decisions);
  return links.flatMap(link => contradiction(link, decisions));
}

/** What inherits its rule is checked where it stands; else the key is. */
function noteReferenced(
  { reference, table, column, referenced, referencedColumn, place }: Link,
  decisions: OpenDecisions,
): void {
  const key = decisions.get(referenced)?.get(referencedColumn);
  const own = decisions.get(table)?.get(column);
  const isInherited = own?.inheritedFrom !== undefined && reference.path === undefined;
  if (!key || !own || isInherited || isNullify(own.rule)) return;
  decisions.get(referenced)?.set(referencedColumn, { ...key, referencedBy: place });
}

function inherit(link: Link, decisions: OpenDecisions): boolean {
  const { reference, table, column, referenced, referencedColumn, referencedPlace } = link;
  const rules = decisions.get(table);
  const key = decidedRule(decisions, referenced, referencedColumn);
  if (!rules || !key || reference.path !== undefined) return false;
  const own = rules.get(column);
  if (own && isDecided(own.rule)) return false;
  const { declared } = reference;
  const isCase = own !== undefined && casesOf(own.rule).length > 1;
  if (isCase && key.otherwise) return false;
  const rule = isCase
    ? withCase(own.rule, declared, key)
    : { ...key, ...(declared !== undefined && { references: declared }) };
  if (isCase && rule === own.rule) return false;
  const isKept = key.strategy === 'keep' && isPlain(key);
  rules.set(column, { rule, inheritedFrom: isKept || isCase ? undefined : referencedPlace });
  return true;
}

/** The cases of a rule, those that leave it to this key filled in. */
function withCase(rule: Rule, declared: string | undefined, { references: _, when: __, ...key }: Rule): Rule {
  const { otherwise, references, when } = rule;
  const next = otherwise && withCase(otherwise, declared, key);
  const isOpen = rule.strategy === '' && references === declared;
  if (!isOpen && next === otherwise) return rule;
  const own = isOpen ? { ...key, ...(references !== undefined && { references }), ...(when && { when }) } : rule;
  return { ...own, ...(next && { otherwise: next }) };
}

/** The rules of keys that documents reference, with the types that their values are of. */
export function keyRules(links: readonly Link[], decisions: Decisions, types: Catalog['types']): KeyRules {
  const rules = new Map<string, Rule>();
  for (const { reference, referenced, referencedColumn } of links) {
    const rule = decidedRule(decisions, referenced, referencedColumn);
    if (reference.path === undefined || reference.declared === undefined || !rule) continue;
    const column = reference.referenced.columns.find(({ name }) => name === referencedColumn)!; // it was found there
    rules.set(reference.declared, { ...rule, type: rule.type ?? columnType(column, types) });
  }
  return rules;
}

function contradiction(link: Link, decisions: Decisions): Finding[] {
  const { reference, place, referencedPlace } = link;
  const own = decidedRule(decisions, link.table, link.column);
  const key = decidedRule(decisions, link.referenced, link.referencedColumn);
  // NULL references nothing, so an emptied reference contradicts no rule. Rules inside of documents are compared when bound.
  if (!own || !key || reference.path !== undefined || isNullify(own)) return [];
  const { declared = '', constraint } = reference;
  const one = casesOf(own).find(({ references }) => declared !== '' && references === declared) ?? own;
  const { otherwise: _, when: __, ...rule } = one;
  if (isSameRule(constraint === undefined && own.otherwise ? rule : own, key) || isNullify(rule)) return [];
  if (constraint !== undefined) {
    const facts = { place, constraint: displayName(constraint), referenced: referencedPlace };
    return [finding('ANON_PLAN_FOREIGN_KEY', facts)];
  }
  return [otherRule(place, declared)];
}

/** The key of a declared reference has another rule than what references it. */
export function otherRule(place: string, referenced: string): Finding {
  const detail = 'that key has another rule.';
  const fixHint =
    'Give both the same strategy, options and domain, or leave the strategy out here: the rule is then that of the key.';
  return finding('ANON_PLAN_REFERENCE', { place, referenced, detail, fixHint });
}
