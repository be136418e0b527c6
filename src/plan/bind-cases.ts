// The cases of a rule (`when:`), bound to one column: the first whose condition holds replaces the value.

import { type BoundStrategy, factsOfCases, instanceOf } from '../compose/bound.ts';
import { columnsOf } from '../compose/condition.ts';
import { needsOfAll, positionsIn } from '../compose/others.ts';
import { runnableOf, withOthers } from '../compose/runnable.ts';
import { type Choose, splitColumn } from '../compose/split-column.ts';
import { type FindColumn, type Test, testOf } from '../compose/test-condition.ts';
import { type Finding, finding } from '../errors.ts';
import { type ColumnType, StrategyRefusal } from '../strategy.ts';
import type { RuleContext } from './bind-rule.ts';
import type { Rule } from './plan-types.ts';
import { resolveReads } from './resolve-reads.ts';
import { bareRule, canonical } from './rules.ts';

/** @param cases the rules, and `bound` what each of them is bound to */
export function bindCases(
  cases: readonly Rule[],
  bound: readonly BoundStrategy[],
  context: RuleContext,
): BoundStrategy | readonly Finding[] {
  const { place, column = '', columns = new Map() } = context;
  const names = cases.flatMap(({ when }) => (when ? columnsOf(when, column) : []));
  const { reads, findings } = resolveReads(names, { place, columns });
  if (findings.length > 0) return findings;
  const asked = { reads: reads.map(({ name }) => name), readsReplaced: [] };
  const needs = needsOfAll([asked, ...bound]);
  const types = new Map<string, ColumnType>(reads.map(({ name, type }) => [name, type]));
  const find: FindColumn = (name = column) => ({
    position: needs.reads.indexOf(name),
    type: types.get(name)!, // resolved above
  });
  const tests = testsOf(cases, find, place);
  if (!('choose' in tests)) return tests;
  const ways = bound.map(one => withOthers(runnableOf(one.instance), positionsIn(needs, one)));
  const isEachKept = bound.every(({ instance }) => 'keep' in instance);
  const facts = factsOfCases(bound, distinctPreserved(cases, bound));
  const note = [...new Set(bound.flatMap(({ instance }) => instance.note ?? []))].join('; ');
  return {
    domain: bound.find(({ guarantees }) => guarantees.keyed)?.domain ?? '',
    guarantees: facts.guarantees,
    instance: isEachKept ? { keep: true } : instanceOf(splitColumn(tests.choose, ways), facts, note),
    known: bound.flatMap(({ known, instance }) => known ?? instance.outputs ?? []),
    ...needs,
  };
}

function testsOf(
  cases: readonly Rule[],
  find: FindColumn,
  place: string,
): { readonly choose: Choose } | readonly Finding[] {
  const findings: Finding[] = [];
  const tests = cases.map(({ when, strategy }): Test | undefined => {
    try {
      return when && testOf(when, find);
    } catch (cause) {
      if (!(cause instanceof StrategyRefusal)) throw cause;
      const { message, fix } = cause;
      findings.push(finding('ANON_PLAN_STRATEGY_REFUSED', { place, strategy, detail: message, fixHint: fix }));
      return undefined;
    }
  });
  return findings.length > 0 ? findings : { choose: firstThatHolds(tests) };
}

/** The last case has no test: it holds for what is left. */
function firstThatHolds(tests: readonly (Test | undefined)[]): Choose {
  const last = tests.length - 1;
  return ({ count }, others) => {
    const chosen = new Uint8Array(count).fill(last);
    for (let way = last - 1; way >= 0; way--) {
      const held = tests[way]!(others, count); // only the last has none
      for (let row = 0; row < count; row++) if (held[row] === 1) chosen[row] = way;
    }
    return chosen;
  };
}

/** How many different functions promise `preserved`: two of them may meet in one value. */
function distinctPreserved(cases: readonly Rule[], bound: readonly BoundStrategy[]): number {
  const kept = cases.map(bareRule).filter((_, index) => bound[index]!.guarantees.uniqueness === 'preserved'); // one for each case
  return new Set(kept.map(({ when: _, otherwise: __, ...rule }) => canonical(rule))).size;
}
