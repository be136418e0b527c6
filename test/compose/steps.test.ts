// What is said of a step of `then:` is about that step alone.

import { expect, test } from 'vitest';
import { EXAMPLE_SECRET } from '../../src/docs/example-secret.ts';
import { bindRule } from '../../src/plan/bind-rule.ts';
import { replaceWith, TABLE, TYPES } from '../strategies/replace.ts';

const bind = async (rule: Parameters<typeof bindRule>[0]) => {
  const bound = await bindRule(rule, {
    place: 'public.t.c',
    column: 'c',
    type: TYPES.text!, // one of them
    rows: 10,
    secret: Buffer.from(EXAMPLE_SECRET),
    columns: new Map(),
    table: TABLE,
  });
  if (!('instance' in bound)) throw new Error(JSON.stringify(bound));
  return bound;
};

const emptied = { strategy: 'regex_replace', options: { pattern: 'a', replacement: '', unmatched: 'keep' } };
const constant = { strategy: 'constant', options: { value: 'x' } };

test.each([
  [
    'of the step: what comes to it empty stays empty',
    { ...emptied, steps: [{ ...constant, keepsEmpty: true }] },
    ['', 'x', ''],
  ],
  [
    'of the rule: what is empty in the source stays empty',
    { ...emptied, keepsEmpty: true, steps: [constant] },
    ['x', 'x', ''],
  ],
  ['of neither: everything is replaced', { ...emptied, steps: [constant] }, ['x', 'x', 'x']],
])('keep_empty %s', async (_, rule, wanted) => {
  expect(replaceWith(await bind(rule), ['a', 'b', ''])).toEqual(wanted);
});
