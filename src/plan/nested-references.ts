// Rules inside of documents that leave their strategy to the key that they reference.

import { type Finding, finding } from '../errors.ts';
import { otherRule } from './inherit-rules.ts';
import type { KeyRules, Rule } from './plan-types.ts';
import { casesOf, isSameRule } from './rules.ts';

/** The rule with those of its keys filled in, or what is wrong with it. */
export function withKeys(rule: Rule, keys: KeyRules, place: string): Rule | readonly Finding[] {
  const findings = casesOf(rule).flatMap(one => defects(one, keys, place));
  return findings.length > 0 ? findings : filled(rule, keys);
}

function filled(rule: Rule, keys: KeyRules): Rule {
  const { references, when, otherwise } = rule;
  const key = references === undefined ? undefined : keys.get(references);
  const next = otherwise && filled(otherwise, keys);
  // Its strategy too sees the values as those of the key.
  const own = key ? { ...key, references, ...(when && { when }) } : rule;
  return { ...own, ...(next && { otherwise: next }) };
}

function defects({ otherwise, when: _, ...rule }: Rule, keys: KeyRules, place: string): Finding[] {
  const { references: referenced, strategy } = rule;
  if (referenced === undefined) return [];
  const key = keys.get(referenced);
  const refuse = (detail: string, fixHint: string): Finding[] => [
    finding('ANON_PLAN_REFERENCE', { place, referenced, detail, fixHint }),
  ];
  if (!key)
    return refuse(
      'nothing is known of that key.',
      'Give the key a rule: it must be a column of a table that is copied.',
    );
  if (key.otherwise) return refuse('that key has a list of rules.', 'Give the key one rule for all of its values.');
  return strategy === '' || isSameRule(rule, key) ? [] : [otherRule(place, referenced)];
}
