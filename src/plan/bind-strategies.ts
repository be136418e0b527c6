// Binds a column's rule to its strategy file: options checked, instance made. The same code runs while planning and in workers.

import { suggest } from '../config/suggest.ts';
import { deriveKey } from '../crypto/keys.ts';
import { type Finding, finding } from '../errors.ts';
import { createPrf, type Prf } from '../kernels/prf.ts';
import {
  type ColumnType,
  type Guarantees,
  type StrategyContext,
  type StrategyDefinition,
  type StrategyInstance,
  StrategyRefusal,
  type z,
} from '../strategy.ts';
import type { Rule } from './plan-types.ts';

/** What a rule is bound to. */
export interface BindingContext {
  readonly place: string;
  readonly type: ColumnType;
  readonly rows: number;
  /** What planning prepared. */
  readonly prepared?: unknown;
}

export interface BoundStrategy {
  readonly domain: string;
  readonly guarantees: Guarantees;
  readonly instance: StrategyInstance;
}

/** The secret, where one is configured. */
export type Secret = Uint8Array | undefined;

/** Rows to plan widths for: rounded up to a power of 1000, at least 10^6, so that they stay as a table grows. */
function roundRows(rows: number): number {
  let rounded = 1_000_000;
  while (rounded < rows) rounded *= 1000;
  return rounded;
}

/** @returns the bound strategy, or what is wrong with the rule on this column */
export async function bindStrategy(
  definition: StrategyDefinition,
  rule: Rule,
  context: BindingContext & { readonly secret: Secret },
): Promise<BoundStrategy | readonly Finding[]> {
  const { place, type } = context;
  const parsed = definition.options.strict().safeParse(rule.options);
  if (!parsed.success) return parsed.error.issues.flatMap(issue => optionFindings(issue, definition, { place, rule }));
  const options = parsed.data;
  if (definition.accepts !== 'any' && !definition.accepts.includes(type.kind)) {
    const suggestion = ` It accepts ${definition.accepts.join(', ')}.`;
    return [finding('ANON_PLAN_TYPE', { place, strategy: rule.strategy, type: type.name, suggestion })];
  }
  const guarantees =
    typeof definition.guarantees === 'function' ? definition.guarantees(options) : definition.guarantees;
  if (guarantees.keyed && !context.secret) {
    return [finding('ANON_SECRET_MISSING', { detail: `${place} has the keyed strategy "${rule.strategy}".` })];
  }
  // Without a domain, equal values agree wherever the strategy (and the kind of a fake) is the same.
  const domain = rule.domain ?? definition.domain?.(options) ?? rule.strategy;
  try {
    const instance = await definition.create(options, strategyContext(context, rule.strategy, domain));
    return { domain, guarantees, instance };
  } catch (cause) {
    if (!(cause instanceof StrategyRefusal)) throw cause;
    return [
      finding('ANON_PLAN_STRATEGY_REFUSED', {
        place,
        strategy: rule.strategy,
        detail: cause.message,
        fixHint: cause.fix,
      }),
    ];
  }
}

function strategyContext(
  { place, type, rows, prepared, secret }: BindingContext & { readonly secret: Secret },
  strategy: string,
  domain: string,
): StrategyContext {
  return {
    column: place,
    type,
    rows: roundRows(rows),
    domain,
    prepared,
    prf(purpose): Prf {
      if (!secret) throw new Error(`strategy ${strategy} asks for a key without declaring itself keyed`);
      return createPrf(deriveKey(secret, `${strategy}/${purpose}`, domain));
    },
  };
}

function optionFindings(
  issue: z.core.$ZodIssue,
  definition: StrategyDefinition,
  { place, rule }: { readonly place: string; readonly rule: Rule },
): Finding[] {
  const { strategy } = rule;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(option => {
      const suggestion = suggest(option, Object.keys(definition.options.shape));
      return finding('ANON_PLAN_UNKNOWN_OPTION', { place, strategy, option, suggestion });
    });
  }
  const option = issue.path.map(String).join('.');
  const detail = `option "${option}" of strategy "${strategy}": ${issue.message}.`;
  return [finding('ANON_PLAN_STRATEGY_OPTION', { place, strategy, detail })];
}
