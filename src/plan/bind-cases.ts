// The cases of a rule (`when:`), bound to one column: the first whose condition holds replaces the value.

import { type BoundStrategy, factsOfCases, instanceOf } from '../compose/bound.ts';
import { columnsOf } from '../compose/condition.ts';
import { needsOfAll, positionsIn } from '../compose/others.ts';
import { runnableOf, withOthers } from '../compose/runnable.ts';
import { spendingOfCases } from '../compose/spending.ts';
import { splitColumn } from '../compose/split-column.ts';
import { type FindColumn, firstThatHolds, type Test, testOf } from '../compose/test-condition.ts';
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
  const tested = testsOf(cases, find, place);
  if (!('tests' in tested)) return tested;
  const choose = firstThatHolds(tested.tests);
  const ways = bound.map(one => withOthers(runnableOf(one.instance), positionsIn(needs, one)));
  const isEachKept = bound.every(({ instance }) => 'keep' in instance);
  const facts = factsOfCases(bound, distinctPreserved(cases, bound));
  const note = [...new Set(bound.flatMap(({ instance }) => instance.note ?? []))].join('; ');
  return {
    domain: bound.find(({ guarantees }) => guarantees.keyed)?.domain ?? '',
    guarantees: facts.guarantees,
    instance: isEachKept ? { keep: true } : instanceOf(splitColumn(choose, ways), facts, note),
    known: bound.flatMap(({ known, instance }) => known ?? instance.outputs ?? []),
    spends: spendingOfCases(bound.map(({ spends = [] }) => spends)),
    ...needs,
  };
}

/** The conditions of the cases; the last has none. */
export function testsOf(
  cases: readonly Rule[],
  find: FindColumn,
  place: string,
): { readonly tests: readonly (Test | undefined)[] } | readonly Finding[] {
  const findings: Finding[] = [];
  const tests = cases.map(({ when, strategy }): Test | undefined => {
    try {
      return when && testOf(when, find);
    } catch (cause) {
      if (!(cause instanceof StrategyRefusal)) throw cause;
      // biome-ignore lint/plugin: a refusal of the plan, before any row
      const { message, fix } = cause;
      findings.push(finding('ANON_PLAN_STRATEGY_REFUSED', { place, strategy, detail: message, fixHint: fix }));
      return undefined;
    }
  });
  return findings.length > 0 ? findings : { tests };
}

/** How many different functions promise `preserved`: two of them may meet in one value. */
function distinctPreserved(cases: readonly Rule[], bound: readonly BoundStrategy[]): number {
  const kept = cases.map(bareRule).filter((_, index) => bound[index]!.guarantees.uniqueness === 'preserved'); // one for each case
  return new Set(kept.map(({ when: _, otherwise: __, ...rule }) => canonical(rule))).size;
}
