// Columns that reference each other are given to their strategy as one type: the narrowest among them. Else equal values would
// get different replacements, as those may follow from the type (the range of a bigint is not that of an integer).

import { columnType } from '../codec/field-types.ts';
import { type Finding, finding } from '../errors.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { tableKey } from '../pg/table-key.ts';
import type { ColumnType } from '../strategy.ts';
import type { DecidedColumn } from './decide-columns.ts';
import { isDecided, type Link } from './inherit-rules.ts';
import type { MatchedTable } from './match-tables.ts';
import type { Rule } from './plan-types.ts';
import { isPlain, isSameRule } from './rules.ts';

interface Member {
  /** All columns of one group have the same. */
  group: Member | undefined;
  type: ColumnType;
  readonly columns: { readonly table: string; readonly column: string; readonly own: ColumnType }[];
}

type Types = Catalog['types'];
type Decisions = ReadonlyMap<string, Map<string, DecidedColumn>>;

/** Sets the types of the rules that need one. @returns findings for types whose values do not read the same */
export function agreeTypes(
  links: readonly Link[],
  {
    matched,
    decisions,
    types,
  }: { readonly matched: readonly MatchedTable[]; readonly decisions: Decisions; readonly types: Types },
): Finding[] {
  const members = membersOf(matched, decisions, types);
  const findings: Finding[] = [];
  const joined: { readonly link: Link; readonly key: Member }[] = [];
  for (const link of links) {
    const rule = decisions.get(link.table)?.get(link.column)?.rule;
    const key = members.get(`${link.referenced}.${link.referencedColumn}`);
    const own = members.get(`${link.table}.${link.column}`);
    const replaced = decisions.get(link.referenced)?.get(link.referencedColumn)?.rule;
    if (!rule || !replaced || !key || !own || !isDecided(rule) || isKept(replaced)) continue;
    if (link.reference.path !== undefined) continue; // it takes the type of the key, whatever that is
    const [one, other] = [rootOf(own), rootOf(key)];
    const isCase = rule.otherwise !== undefined;
    if (!isCase && !isSameRule(rule, replaced)) continue; // found already, or NULL
    const narrow = narrower(own.type, other.type);
    if (!narrow) {
      const facts = {
        place: link.place,
        type: own.type.name,
        referenced: link.referencedPlace,
        keyType: key.type.name,
      };
      findings.push(finding('ANON_PLAN_REFERENCE_TYPE', facts));
    } else if (isCase) {
      other.type = narrow;
      joined.push({ link, key: other });
    } else if (one !== other) {
      other.type = narrower(one.type, narrow) ?? narrow;
      one.group = other;
      other.columns.push(...one.columns);
    }
  }
  for (const member of members.values()) {
    const others = member.group ? [] : member.columns.filter(({ own }) => own.name !== member.type.name);
    for (const place of others) setType(decisions, place, rule => ({ ...rule, type: member.type }));
  }
  for (const { link, key } of joined) {
    setType(decisions, link, rule => withCaseType(rule, link.reference.declared, rootOf(key).type));
  }
  return findings;
}

const isKept = (rule: Rule): boolean => rule.strategy === 'keep' && isPlain(rule);

function rootOf(member: Member): Member {
  let root = member;
  while (root.group) root = root.group;
  return root;
}

/** A partition's column is that of the partitioned table. */
function membersOf(matched: readonly MatchedTable[], decisions: Decisions, types: Types): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  for (const { table, root } of [...matched].sort((a, b) => a.lineage.length - b.lineage.length)) {
    for (const column of table.columns) {
      if (!decisions.get(tableKey(table))?.has(column.name)) continue;
      const above = members.get(`${tableKey(root)}.${column.name}`);
      const place = { table: tableKey(table), column: column.name, own: columnType(column, types) };
      const member = above ?? { group: undefined, type: place.own, columns: [] };
      member.columns.push(place);
      members.set(`${place.table}.${place.column}`, member);
    }
  }
  return members;
}

function setType(
  decisions: Decisions,
  { table, column }: { readonly table: string; readonly column: string },
  change: (rule: Rule) => Rule,
): void {
  const decided = decisions.get(table)?.get(column);
  if (decided) decisions.get(table)?.set(column, { ...decided, rule: change(decided.rule) });
}

function withCaseType(rule: Rule, declared: string | undefined, type: ColumnType): Rule {
  const { otherwise } = rule;
  return {
    ...rule,
    ...(rule.references === declared && { type }),
    ...(otherwise && { otherwise: withCaseType(otherwise, declared, type) }),
  };
}

/** What holds the values of both; undefined where the same value may be written differently. */
function narrower(one: ColumnType, other: ColumnType): ColumnType | undefined {
  if (one.name === other.name) return one;
  if (one.kind === 'integer' && other.kind === 'integer') return width(one) <= width(other) ? one : other;
  if (isPadded(one) || isPadded(other)) return undefined;
  if (one.kind === 'text' && other.kind === 'text')
    return (one.maxLength ?? Infinity) <= (other.maxLength ?? Infinity) ? one : other;
  // Numbers and UUIDs that are kept as text, as they are where the type of a row decides what it references.
  const [text, exact] = one.kind === 'text' ? [one, other] : [other, one];
  return text.kind === 'text' && (exact.kind === 'integer' || exact.kind === 'uuid') ? exact : undefined;
}

const width = ({ range }: ColumnType): bigint => (range ? range.max - range.min : 0n);
/** `char(5)` writes blanks that `char(6)` and `text` do not. */
const isPadded = ({ name }: ColumnType): boolean => /^char(acter)?(\(\d+\))?$/.test(name) || name === 'bpchar';
