// What a column's rule says about itself: its cases, its name, whether it is another's equal.

import type { Rule } from './plan-types.ts';

/** The rules of a list in their order; a single rule is the only one. */
export function casesOf(rule: Rule): Rule[] {
  return rule.otherwise ? [rule, ...casesOf(rule.otherwise)] : [rule];
}

/** What does something in a rule, for people: `hash`, `phone then mask`, `keep or email`. */
export function ruleName(rule: Rule): string {
  const names = casesOf(rule).map(({ strategy, steps = [] }) =>
    [strategy, ...steps.map(step => step.strategy)].join(' then '),
  );
  return [...new Set(names)].join(' or ');
}

/** Whether a rule is one strategy and nothing else. */
export function isPlain({ steps, onInvalid, replacesNull, keepsEmpty, when, otherwise }: Rule): boolean {
  return !steps && onInvalid === undefined && !replacesNull && !keepsEmpty && !when && !otherwise;
}

/** Whether a rule makes every value NULL. */
export function isNullify(rule: Rule): boolean {
  return rule.strategy === 'nullify' && isPlain(rule);
}

/** A rule whose `domain: column`, wherever it stands, is this domain. */
export function isolated(rule: Rule, domain: string): Rule {
  const { steps, otherwise } = rule;
  return {
    ...rule,
    ...(rule.domain === 'column' && { domain }),
    ...(steps && { steps: steps.map(one => isolated(one, domain)) }),
    ...(otherwise && { otherwise: isolated(otherwise, domain) }),
  };
}

/** What a rule does, without what it is for: which key it references, and of what type its values are. */
export function bareRule({ references: _, type: __, steps, otherwise, ...rule }: Rule): Rule {
  return {
    ...rule,
    ...(steps && { steps: steps.map(bareRule) }),
    ...(otherwise && { otherwise: bareRule(otherwise) }),
  };
}

/** Whether two rules do the same. */
export function isSameRule(a: Rule, b: Rule): boolean {
  return canonical(bareRule(a)) === canonical(bareRule(b));
}

/** The text of plain data, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
