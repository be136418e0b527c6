// Binds a column's whole rule: its strategy, what is done around it (`then`, `on_invalid`, `keep_null`, `keep_empty`), and the
// cases of a list. The same code runs while planning and in workers.

import type { BoundStrategy } from '../compose/bound.ts';
import { chained, keepingEmpty, keepingNulls, refusing, replacingNulls } from '../compose/compositions.ts';
import { ruleSchema } from '../config/rule-schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { NestedRule } from '../strategy.ts';
import { bindCases } from './bind-cases.ts';
import { type BindingContext, bindStrategy, type Secret } from './bind-strategies.ts';
import { withKeys } from './nested-references.ts';
import type { KeyRules, Rule } from './plan-types.ts';
import { casesOf, isolated } from './rules.ts';
import { loadStrategy, strategyNames } from './strategies.ts';

/** What rules are bound to. */
export type RuleContext = Omit<BindingContext, 'nested' | 'prepared'> & {
  readonly secret: Secret;
  readonly strategiesFolder?: string | undefined;
  /** Rules of the keys that documents reference. */
  readonly keys?: KeyRules | undefined;
  /** What planning prepared, by where in the column's rule the strategy stands; planning fills it, workers are given it. */
  readonly prepared?: Map<string, unknown> | undefined;
  /** Where in the column's rule we are. */
  readonly path?: string | undefined;
};

/** @returns the bound rule, or what is wrong with it on this column */
export async function bindRule(rule: Rule, context: RuleContext): Promise<BoundStrategy | readonly Finding[]> {
  const cases = casesOf(rule);
  const replacesNulls = cases.some(one => one.replacesNull) && !context.notNull;
  const { path = '' } = context;
  const bound = await all(
    cases.map((one, number) => bindCase(one, { ...context, path: `${path}/${number}`, replacesNulls })),
  );
  if (!Array.isArray(bound)) return bound.findings;
  const whole = cases.length === 1 ? bound[0]! : bindCases(cases, bound, context); // as many as cases
  if (!('instance' in whole)) return whole;
  return replacesNulls ? { ...whole, replacesNulls } : whole;
}

/** One rule of a list: its strategies in a row, and what goes past them. */
async function bindCase(
  rule: Rule,
  context: RuleContext & { readonly replacesNulls: boolean },
): Promise<BoundStrategy | readonly Finding[]> {
  const type = rule.type ?? context.type;
  const steps = await all(
    [rule, ...(rule.steps ?? [])].map(async (one, number) => {
      const step = await bindStep(one, { ...context, type, path: `${context.path}/${number}` });
      // What the rule itself says of empty values is about the whole row of strategies.
      return number > 0 && one.keepsEmpty && 'instance' in step ? keepingEmpty(step) : step;
    }),
  );
  if (!Array.isArray(steps)) return steps.findings;
  let bound = steps.length === 1 ? steps[0]! : chained(steps); // there is one at least
  if (rule.onInvalid !== undefined && steps.length > 1) bound = refusing(bound, rule.onInvalid);
  if (context.replacesNulls) bound = rule.replacesNull ? replacingNulls(bound) : keepingNulls(bound);
  return rule.keepsEmpty ? keepingEmpty(bound) : bound;
}

/** One strategy, and what becomes of values that it cannot handle. */
async function bindStep(
  rule: Rule,
  context: RuleContext & { readonly path: string },
): Promise<BoundStrategy | readonly Finding[]> {
  const { strategy } = rule;
  const { place, strategiesFolder, path, prepared } = context;
  const definition = await loadStrategy(strategy, strategiesFolder);
  if (!definition) {
    const suggestion = suggest(strategy, await strategyNames(strategiesFolder));
    return [finding('ANON_PLAN_UNKNOWN_STRATEGY', { place, strategy, suggestion })];
  }
  const nested = (inner: NestedRule) => bindNested(inner, { ...context, path: `${path} ${inner.at}` });
  const bound = await bindStrategy(definition, rule, { ...context, nested, prepared: prepared?.get(path) });
  if (!('instance' in bound)) return bound;
  if (bound.instance.prepared !== undefined) prepared?.set(path, bound.instance.prepared);
  if (rule.onInvalid === undefined || rule.steps) return bound;
  return refusing(bound, rule.onInvalid);
}

/** Another of the types that a nested rule's values may have could be without these. */
const DEPENDS_ON_TYPE: readonly string[] = ['ANON_PLAN_TYPE', 'ANON_PLAN_STRATEGY_REFUSED'];

/** A rule in the options of a strategy. */
async function bindNested(
  { at, rule, type }: NestedRule,
  context: RuleContext,
): Promise<BoundStrategy | readonly Finding[]> {
  const place = `${context.place} ${at}`;
  const within = `${context.at ?? ''}${at}`;
  const parsed = ruleSchema.safeParse(rule);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) =>
      finding('ANON_PLAN_STRATEGY_OPTION', {
        place,
        strategy: '--help',
        detail: `${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${message}`,
      }),
    );
  }
  const { notNull: _, ...rest } = context;
  const own = `column:${context.table?.name}.${context.column}`;
  const whole = withKeys(isolated(parsed.data, own), context.keys ?? new Map(), place);
  if (!('strategy' in whole)) return whole;
  const refusals: (readonly Finding[])[] = [];
  for (const one of [type].flat()) {
    const bound = await bindRule(whole, { ...rest, place, at: within, type: one });
    if ('instance' in bound) return bound;
    refusals.push(bound);
    if (bound.some(({ code }) => !DEPENDS_ON_TYPE.includes(code))) break;
  }
  // That it does not accept one of the types says less than why it refuses another.
  return refusals.find(([first]) => first?.code !== 'ANON_PLAN_TYPE') ?? refusals[0] ?? [];
}

/** All of them, or all their findings. */
async function all(
  binding: readonly Promise<BoundStrategy | readonly Finding[]>[],
): Promise<BoundStrategy[] | { readonly findings: readonly Finding[] }> {
  const bound: BoundStrategy[] = [];
  const findings: Finding[] = [];
  for (const one of await Promise.all(binding)) {
    if ('instance' in one) bound.push(one);
    else findings.push(...one);
  }
  return findings.length > 0 ? { findings } : bound;
}
