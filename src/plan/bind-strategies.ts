// Binds a column's rule to its strategy file: options checked, instance made. The same code runs while planning and in workers.

import type { BoundStrategy } from '../compose/bound.ts';
import { eachElement, isElementWise } from '../compose/elements.ts';
import type { Needs } from '../compose/others.ts';
import type { Spending } from '../compose/spending.ts';
import { suggest } from '../config/suggest.ts';
import { deriveKey, keyCheckValue } from '../crypto/keys.ts';
import { type Finding, finding } from '../errors.ts';
import { createPrf, type Prf } from '../kernels/prf.ts';
import {
  type ColumnType,
  type PrivacyCost,
  type ReadColumn,
  type StrategyContext,
  type StrategyDefinition,
  StrategyRefusal,
  type TableFacts,
  type TokenVault,
  type z,
} from '../strategy.ts';
import { type BindNestedRule, type Nesting, nestRules, PlanFindings } from './nest-rules.ts';
import { NOTHING_OUTSIDE, type Outside } from './outside.ts';
import type { Rule } from './plan-types.ts';
import { type ColumnsOfTable, resolveReads } from './resolve-reads.ts';
import { canonical } from './rules.ts';

/** What a rule is bound to. */
export interface BindingContext {
  readonly place: string;
  /** The column's own name. */
  readonly column?: string;
  /** Of a nested rule, where it is in the column. */
  readonly at?: string;
  readonly type: ColumnType;
  readonly notNull?: boolean;
  readonly rows: number;
  readonly table?: TableFacts;
  /** What a strategy may read beside its own column. */
  readonly columns?: ColumnsOfTable;
  /** Binds the rules in its options. */
  readonly nested?: BindNestedRule | undefined;
  /** Where tokens are kept, if there is such a place. */
  readonly vault?: TokenVault | undefined;
  /** What planning prepared. */
  readonly prepared?: unknown;
  /** Where files, references and tables are looked up. */
  readonly outside?: Outside | undefined;
}

export type { BoundStrategy } from '../compose/bound.ts';

const UNKNOWN_TABLE: TableFacts = { name: '', isPartition: false, primaryKey: [], keys: [] };

/** From values to replacements, or back. */
export type Direction = 'create' | 'reverse';

/** The secret, where one is configured. */
export type Secret = Uint8Array | undefined;

/** Rows to plan widths for: rounded up to a power of 1000, at least 10^6, so that they stay as a table grows. */
function roundRows(rows: number): number {
  let rounded = 1_000_000;
  while (rounded < rows) rounded *= 1000;
  return rounded;
}

/**
 * @param context `direction: 'reverse'` binds what turns replacements back into values; only where the definition has `reverse`
 * @returns the bound strategy, or what is wrong with the rule on this column
 */
export async function bindStrategy(
  definition: StrategyDefinition,
  rule: Rule,
  context: BindingContext & { readonly secret: Secret; readonly direction?: Direction },
): Promise<BoundStrategy | readonly Finding[]> {
  const { place, direction = 'create', table = UNKNOWN_TABLE, columns = new Map() } = context;
  if (!definition[direction]) throw new Error(`strategy ${rule.strategy} has no ${direction}`);
  const parsed = definition.options.strict().safeParse(rule.options);
  if (!parsed.success) return parsed.error.issues.flatMap(issue => optionFindings(issue, definition, { place, rule }));
  const options = parsed.data;
  const isOnElements = isElementWise(context.type, definition.accepts);
  const type = (isOnElements && context.type.element) || context.type;
  if (definition.accepts !== 'any' && !definition.accepts.includes(type.kind)) {
    const suggestion = ` It accepts ${definition.accepts.join(', ')}.`;
    return [finding('ANON_PLAN_TYPE', { place, strategy: rule.strategy, type: type.name, suggestion })];
  }
  const guarantees =
    typeof definition.guarantees === 'function' ? definition.guarantees(options) : definition.guarantees;
  if (guarantees.keyed && !context.secret) {
    return [finding('ANON_SECRET_MISSING', { detail: `${place} has the keyed strategy "${rule.strategy}".` })];
  }
  const { reads, findings } = resolveReads(definition.reads?.(options, table) ?? [], { place, columns });
  const replaced = resolveReads(definition.readsReplaced?.(options, table) ?? [], { place, columns });
  if (findings.length + replaced.findings.length > 0) return [...findings, ...replaced.findings];
  const named = { reads: namesOf(reads), readsReplaced: namesOf(replaced.reads) };
  const nesting = nestRules(named, place, context.nested);
  // Without a domain, equal values agree wherever the strategy (and the kind of a fake) is the same.
  const domain = rule.domain ?? definition.domain?.(options) ?? rule.strategy;
  try {
    const about = { domain, reads, readsReplaced: replaced.reads, nesting };
    const created = await definition[direction]!(options, strategyContext({ ...context, type }, rule, about)); // checked above
    const instance = nesting.wrap(isOnElements ? eachElement(created, { type, guarantees }) : created);
    const cost = definition.privacyCost?.(options);
    const spends = cost ? [spendingOf(cost, { ...context, type, rule, options, domain, reads: named })] : [];
    return {
      domain,
      guarantees: { ...guarantees, ...instance.guarantees },
      instance,
      ...nesting.needs(),
      spends: [...spends, ...nesting.spends()],
    };
  } catch (cause) {
    if (cause instanceof PlanFindings) return cause.findings;
    if (!(cause instanceof StrategyRefusal)) throw cause;
    return [
      finding('ANON_PLAN_STRATEGY_REFUSED', {
        place,
        strategy: rule.strategy,
        // biome-ignore lint/plugin: a refusal of the plan, before any row
        detail: cause.message,
        fixHint: cause.fix,
      }),
    ];
  }
}

const namesOf = (columns: readonly ReadColumn[]): string[] => columns.map(({ name }) => name);

/** All that the outcome of a strategy may follow from, beside the rows: two draws that agree in it are one. */
function spendingOf(
  cost: PrivacyCost,
  {
    secret,
    at,
    type,
    rule,
    ...rest
  }: Pick<BindingContext, 'at' | 'type'> & {
    readonly secret: Secret;
    readonly rule: Rule;
    readonly options: unknown;
    readonly domain: string;
    readonly reads: Needs;
  },
): Spending {
  const { options, domain, reads } = rest;
  const key = secret && keyCheckValue(secret);
  const draw = { strategy: rule.strategy, options, domain, key, type: type.name, at, reads };
  return { ...cost, draw: canonical(draw) };
}

interface About extends Pick<StrategyContext, 'domain' | 'reads' | 'readsReplaced'> {
  readonly nesting: Nesting;
}

function strategyContext(
  {
    place,
    column = '',
    at = '',
    type,
    rows,
    prepared,
    table = UNKNOWN_TABLE,
    secret,
    vault,
    outside = NOTHING_OUTSIDE,
  }: BindingContext & { readonly secret: Secret },
  { strategy }: Rule,
  { domain, nesting, ...read }: About,
): StrategyContext {
  const keyFor = (purpose: string): Uint8Array => {
    if (!secret) throw new Error(`strategy ${strategy} asks for a key without declaring itself keyed`);
    return deriveKey(secret, purpose, domain);
  };
  return {
    column: place,
    columnName: column,
    at,
    type,
    table,
    ...read,
    rows: roundRows(rows),
    domain,
    prepared,
    baseDir: outside.baseDir,
    resolve: reference => outside.resolve(reference, place),
    readTable: request => outside.readTable(request, place),
    bind: nesting.bind,
    prf: (purpose): Prf => createPrf(keyFor(`${strategy}/${purpose}`)),
    key: purpose => keyFor(`key:${strategy}/${purpose}`),
    get vault() {
      if (vault) return vault;
      throw new StrategyRefusal(
        'its tokens are kept in the control database, and the configuration names none.',
        'Set `control.url`, and run `anonymize migrate`.',
      );
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
