// One column's rule: a strategy with its options, what is done around it, and the cases of a list of rules.

import type { Condition } from '../compose/condition.ts';
import type { ColumnType } from '../strategy.ts';
import { z } from '../zod.ts';
import { type Context, isBlock, notA, refuse, validate } from './closed-block.ts';
import { conditionSchema } from './condition-schema.ts';

/** How one column's values are replaced, as the configuration says it. */
export interface ColumnRule {
  /** Empty where it is that of the key in `references`, until the plan has looked it up. */
  readonly strategy: string;
  readonly domain?: string | undefined;
  /** As written; the strategy's own schema checks them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Strategies that get, one after another, what the one before put out. */
  readonly steps?: readonly ColumnRule[] | undefined;
  /** What a value becomes that a strategy cannot handle; null is NULL. Without it, such a value ends the run. */
  readonly onInvalid?: string | null | undefined;
  /** NULL is given to the strategy, as an empty value. */
  readonly replacesNull?: boolean | undefined;
  /** An empty value stays empty. */
  readonly keepsEmpty?: boolean | undefined;
  /** The rows that this rule is for; the others have the next one. */
  readonly when?: Condition | undefined;
  /** `schema.table.column` of the key whose values these are. */
  readonly references?: string | undefined;
  /** What the values are taken for, where that is not the type of the column; the plan sets it. */
  readonly type?: ColumnType | undefined;
  /** The next rule of a list. */
  readonly otherwise?: ColumnRule | undefined;
}

const name = z.string().min(1);
const WANTED = 'the name of a strategy, or a block with `strategy:`';

const onInvalid = z.unknown().transform((value, context): string | null | undefined => {
  if (value === 'refuse') return undefined;
  if (value === 'nullify') return null;
  if (isBlock(value) && Object.keys(value).join() === 'replace') {
    const { replace } = value;
    if (['string', 'number', 'boolean'].includes(typeof replace)) return String(replace);
  }
  return refuse(context, 'must be refuse, nullify or { replace: VALUE }.');
});

/** A step of `then:`. */
const step = z
  .unknown()
  .transform((value, context): ColumnRule => strategyOf(value, context, ['then', 'when', 'keep_null', 'references']));

const stepList = z.unknown().transform((value, context): readonly ColumnRule[] => {
  if (!Array.isArray(value)) return [validate(step, value, { context })];
  if (value.length === 0) return refuse(context, 'names no strategy.');
  return validate(z.array(step), value, { context });
});

/** A rule of a list, or the only one. */
const single = z.unknown().transform((value, context): ColumnRule => strategyOf(value, context, []));

/** @param misplaced options of all strategies that have no place here */
function strategyOf(value: unknown, context: Context, misplaced: readonly string[]): ColumnRule {
  if (value === null) {
    return refuse(context, 'has no strategy; name one, or move the column to the list under `keep:`.');
  }
  if (typeof value === 'string') return { strategy: validate(name, value, { context }), options: {} };
  if (!isBlock(value)) return refuse(context, notA(WANTED, value));
  const at = (key: string) => ({ context, key });
  for (const key of misplaced) {
    if (Object.hasOwn(value, key))
      refuse(context, 'belongs to the rule, not to a step of `then:`.', { code: 'ANON_CONFIG_VALUE', key });
  }
  const {
    strategy,
    domain,
    when,
    then,
    on_invalid: invalid,
    keep_null: keepNull,
    keep_empty: keepEmpty,
    references,
    ...options
  } = value;
  const isKept = keepNull === undefined || validate(z.boolean(), keepNull, at('keep_null'));
  const keepsEmpty = keepEmpty !== undefined && validate(z.boolean(), keepEmpty, at('keep_empty'));
  if (!isKept && strategy === 'keep' && then === undefined) {
    refuse(context, 'is for strategies that replace values; `keep` keeps NULL.', {
      code: 'ANON_CONFIG_VALUE',
      key: 'keep_null',
    });
  }
  const instead = invalid === undefined ? undefined : validate(onInvalid, invalid, at('on_invalid'));
  if (references !== undefined && strategy === undefined && Object.keys(options).length > 0) {
    refuse(context, 'has options without a strategy.', {
      code: 'ANON_CONFIG_VALUE',
      key: Object.keys(options)[0] ?? '',
    });
  }
  return {
    strategy: references !== undefined && strategy === undefined ? '' : validate(name, strategy, at('strategy')),
    options,
    ...(references !== undefined && { references: validate(name, references, at('references')) }),
    ...(domain !== undefined && { domain: validate(name, domain, at('domain')) }),
    ...(when !== undefined && { when: validate(conditionSchema, when, at('when')) }),
    ...(then !== undefined && { steps: validate(stepList, then, at('then')) }),
    ...(instead !== undefined && { onInvalid: instead }),
    ...(!isKept && { replacesNull: true }),
    ...(keepsEmpty && { keepsEmpty }),
  };
}

const DEFAULT =
  'rows that meet no `when` have no rule: end with one without `when`, such as [{ when: …, strategy: … }, keep].';

/** A rule or a list of rules, of which the first that fits a row counts; the last one fits all. */
export const ruleSchema = z.unknown().transform((value, context): ColumnRule => {
  if (!Array.isArray(value)) {
    const rule = validate(single, value, { context });
    return rule?.when ? refuse(context, DEFAULT) : rule;
  }
  if (value.length === 0) return refuse(context, notA(WANTED, undefined));
  const cases = validate(z.array(single), value, { context });
  if (!Array.isArray(cases)) return cases;
  cases.slice(0, -1).forEach((rule, index) => {
    if (!rule.when)
      context.addIssue({ code: 'custom', message: 'has no `when`, so the rules after it never count.', path: [index] });
  });
  if (cases.at(-1)?.when) return refuse(context, DEFAULT);
  return cases.reduceRight((otherwise, rule) => ({ ...rule, otherwise }));
});
