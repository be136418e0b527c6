// Binds a column's whole rule to its way back, as bind-rule.ts binds it to the way there: for who has the secret.

import type { BoundStrategy } from '../compose/bound.ts';
import { type CaseTests, casesBack } from '../compose/cases-back.ts';
import { columnsOf } from '../compose/condition.ts';
import { unchanged, type WayBack } from '../compose/origins.ts';
import { chainBack, emptyBack, noWayBack, nullsBack, refusedBack, strategyBack } from '../compose/ways-back.ts';
import { AnonymizeError, type Finding, refuseIf } from '../errors.ts';
import type { ColumnType } from '../strategy.ts';
import { testsOf } from './bind-cases.ts';
import { bindRule, type RuleContext } from './bind-rule.ts';
import { bindStrategy } from './bind-strategies.ts';
import type { Rule } from './plan-types.ts';
import { resolveReads } from './resolve-reads.ts';
import { casesOf } from './rules.ts';
import { loadStrategy } from './strategies.ts';

/** What a rule is bound to. */
export type WayBackContext = RuleContext & Required<Pick<RuleContext, 'column' | 'columns'>>;

/** @throws {AnonymizeError} ANON_PLAN_REFUSED for a rule that could not be bound to the way there either */
export async function bindWayBack(rule: Rule, context: WayBackContext): Promise<WayBack> {
  const cases = casesOf(rule);
  const ways: WayBack[] = [];
  for (const one of cases) ways.push(await bindCase(one, context));
  if (cases.length === 1) return ways[0]!; // as many as cases
  return casesBack(ways, caseTests(cases, context));
}

function caseTests(cases: readonly Rule[], { place, column, columns }: WayBackContext): CaseTests {
  const readBy = cases.map(({ when }) => (when ? columnsOf(when, column) : []));
  const { reads, findings } = resolveReads(readBy.flat(), { place, columns });
  refuseIf(findings, 'ANON_PLAN_REFUSED');
  const names = reads.map(({ name }) => name);
  const types = new Map<string, ColumnType>(reads.map(({ name, type }) => [name, type]));
  const tested = testsOf(
    cases,
    (name = column) => ({ position: names.indexOf(name), type: types.get(name)! }), // resolved above
    place,
  );
  if (!('tests' in tested)) return refused(tested);
  return { tests: tested.tests, columns: names, own: column, isAboutOwn: readBy.map(read => read.includes(column)) };
}

/** One rule of a list, the same around its strategies as in bind-rule.ts. */
async function bindCase(rule: Rule, context: WayBackContext): Promise<WayBack> {
  const steps: WayBack[] = [];
  const type = rule.type ?? context.type;
  for (const one of [rule, ...(rule.steps ?? [])]) steps.push(await bindStep(one, { ...context, type }));
  let way = steps.length === 1 ? steps[0]! : chainBack(steps); // there is one at least
  if (rule.onInvalid !== undefined && steps.length > 1) way = refusedBack(way, rule.onInvalid);
  if (rule.replacesNull && !context.notNull) way = nullsBack(way);
  return rule.keepsEmpty ? emptyBack(way) : way;
}

async function bindStep(rule: Rule, context: WayBackContext): Promise<WayBack> {
  const way = await bindOne(rule, context);
  return rule.onInvalid === undefined || rule.steps ? way : refusedBack(way, rule.onInvalid);
}

async function bindOne(rule: Rule, context: WayBackContext): Promise<WayBack> {
  const { strategy, options, domain } = rule;
  const there = bound(await bindRule({ strategy, options, domain }, context));
  if ('keep' in there.instance) return unchanged;
  const definition = (await loadStrategy(strategy, context.strategiesFolder))!; // it has been bound
  if (!definition.reverse) {
    return noWayBack(
      there,
      there.guarantees.reversible
        ? {
            detail: `strategy "${strategy}" is turned back by what it has stored, not by the secret.`,
            fixHint: 'Run `anonymize detokenize`.',
          }
        : {
            detail: `strategy "${strategy}" cannot be turned back.`,
            fixHint: 'Nothing leads back: what the secret is to turn back needs a reversible strategy, such as fpe.',
          },
    );
  }
  const back = bound(await bindStrategy(definition, rule, { ...context, direction: 'reverse' }));
  if (!back.reads.includes(context.column)) return strategyBack(back);
  return noWayBack(there, {
    detail: `strategy "${strategy}" reads the value that is asked for.`,
    fixHint: 'Nothing leads back: let it read another column.',
  });
}

const bound = (result: BoundStrategy | readonly Finding[]): BoundStrategy =>
  'instance' in result ? result : refused(result);

function refused(findings: readonly Finding[]): never {
  refuseIf(findings, 'ANON_PLAN_REFUSED');
  throw new AnonymizeError('ANON_BUG', { detail: 'a rule is not bound, and nothing is found against it.' });
}
