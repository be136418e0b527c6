// Rules inside the options of a strategy (those of the paths of a document, say): bound as a column's own rule is.

import type { BoundStrategy } from '../compose/bound.ts';
import { type Needs, needsOfAll, positionsIn } from '../compose/others.ts';
import { runnableOf, withOthers } from '../compose/runnable.ts';
import type { Spending } from '../compose/spending.ts';
import { type Finding, finding } from '../errors.ts';
import type { NestedInstance, NestedRule, StrategyContext, StrategyInstance } from '../strategy.ts';

/** Binds one nested rule, or says what is wrong with it. */
export type BindNestedRule = (nested: NestedRule) => Promise<BoundStrategy | readonly Finding[]>;

/** What the plan finds against a column, on its way there: from nested rules, or from what a strategy asked for. */
export class PlanFindings extends Error {
  override name = 'PlanFindings';
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super('the plan has findings');
    this.findings = findings;
  }
}

/** The nested rules of one strategy. */
export interface Nesting {
  readonly bind: StrategyContext['bind'];
  /** What the strategy needs, its nested rules included. */
  needs(): Needs;
  /** What its nested rules spend of a row's privacy. */
  spends(): readonly Spending[];
  /** The instance, given those columns: its own first, then what its nested rules need. */
  wrap(instance: StrategyInstance): StrategyInstance;
}

/** @param own what the strategy reads itself */
export function nestRules(own: Needs, place: string, bindRule: BindNestedRule | undefined): Nesting {
  /** What the strategy is given, each part behind the one before: own columns keep their places. */
  const given: Needs[] = [own];
  const spends: Spending[] = [];
  const bind = async (rules: readonly NestedRule[]): Promise<NestedInstance[]> => {
    if (!bindRule) throw new Error('there is nothing that binds nested rules here');
    const bound = [];
    const findings: Finding[] = [];
    for (const rule of rules) {
      const one = await bindRule(rule);
      if (!('instance' in one)) findings.push(...one);
      else {
        findings.push(...unnestable(one, { place, at: rule.at }));
        bound.push(one);
      }
    }
    if (findings.length > 0) throw new PlanFindings(findings);
    return bound.map(one => {
      given.push(one);
      spends.push(...(one.spends ?? []));
      return nestedInstance(one, given);
    });
  };
  return {
    bind,
    needs: () => needsOfAll(given),
    spends: () => spends,
    wrap(instance) {
      if (given.length === 1) return instance;
      const whole = needsOfAll(given);
      const { replace, prepare } = withOthers(
        runnableOf(instance),
        given.flatMap(part => positionsIn(whole, part)),
      );
      return { ...instance, column: replace, ...(prepare && { prepare }) };
    },
  };
}

function nestedInstance(bound: BoundStrategy, given: readonly Needs[]): NestedInstance {
  const sizes = given.map(({ reads, readsReplaced }) => reads.length + readsReplaced.length);
  const size = sizes.pop()!; // its own, the last
  const start = sizes.reduce((sum, one) => sum + one, 0);
  const positions = Array.from({ length: size }, (_, index) => start + index);
  const { replace } = withOthers(runnableOf(bound.instance), positions);
  return {
    replace,
    guarantees: bound.guarantees,
    isKept: 'keep' in bound.instance,
    note: bound.instance.note,
  };
}

/** What works on rows only. */
function unnestable(
  { guarantees, instance, replacesNulls }: BoundStrategy,
  { place, at }: { readonly place: string; readonly at: string },
): Finding[] {
  const refuse = (detail: string, fixHint: string): Finding[] => [
    finding('ANON_PLAN_STRATEGY_REFUSED', { place: `${place} ${at}`, strategy: 'nested', detail, fixHint }),
  ];
  if (instance.prepare)
    return refuse('it asks a database or a service once per batch, which works on columns only.', 'Use hash.');
  if (!guarantees.deterministic && guarantees.uniqueness === 'preserved') {
    return refuse('it numbers rows, and a row may have several of these values.', 'Use hash.');
  }
  return replacesNulls ? refuse('keep_null is for whole columns.', 'Remove it.') : [];
}
