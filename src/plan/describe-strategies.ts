// What the strategy files say about themselves, as data: for `anonymize strategies`, docs/strategies.md and forms.

import { suggest } from '../config/suggest.ts';
import { AnonymizeError } from '../errors.ts';
import { type Guarantees, type StrategyExample, type ValueKind, z } from '../strategy.ts';
import { listStrategies, type NamedStrategy } from './strategies.ts';

export interface OptionDescription {
  readonly name: string;
  /** Such as `integer`, `"hex" | "base64url"` or `list of text`. */
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly description: string;
}

export interface StrategyDescription {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionDescription[];
  readonly accepts: readonly ValueKind[] | 'any';
  /** More than one uniqueness: it depends on the options. */
  readonly guarantees: Omit<Guarantees, 'uniqueness'> & { readonly uniqueness: readonly Guarantees['uniqueness'][] };
  readonly examples: readonly StrategyExample[];
  readonly notes: readonly string[];
}

/** All strategies, built in and in the user's folder, sorted by name: the data of `--json`. */
export async function describeStrategies(folder?: string): Promise<StrategyDescription[]> {
  return (await listStrategies(folder)).map(describe);
}

/** @throws {AnonymizeError} ANON_USAGE for a name that no strategy has */
export async function describeStrategy(name: string, folder?: string): Promise<StrategyDescription> {
  const all = await describeStrategies(folder);
  const found = all.find(strategy => strategy.name === name);
  if (found) return found;
  const suggestion = suggest(
    name,
    all.map(strategy => strategy.name),
  );
  throw new AnonymizeError('ANON_USAGE', { detail: `There is no strategy "${name}".${suggestion}` });
}

function describe({ name, definition }: NamedStrategy): StrategyDescription {
  const { summary, accepts, examples, notes = [] } = definition;
  const { deterministic, reversible, keyed, yieldsNull, uniqueness } = guaranteesOf(definition);
  return {
    name,
    summary,
    options: describeOptions(definition.options),
    accepts,
    guarantees: { deterministic, reversible, keyed, yieldsNull, uniqueness },
    examples,
    notes,
  };
}

/** Where guarantees depend on options, the examples show which there are. */
function guaranteesOf({
  guarantees,
  options,
  examples,
}: NamedStrategy['definition']): StrategyDescription['guarantees'] {
  const given =
    typeof guarantees === 'function'
      ? examples.map(example => guarantees(options.parse(example.options ?? {})))
      : [guarantees];
  const [first] = given;
  if (!first) throw new AnonymizeError('ANON_PLAN_STRATEGY_FILE', { file: '', detail: 'it has no examples' });
  return { ...first, uniqueness: [...new Set(given.map(({ uniqueness }) => uniqueness))] };
}

/** What is read of a JSON Schema. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
}

function describeOptions(options: z.ZodObject): OptionDescription[] {
  const { properties = {}, required = [] } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties as Record<string, Schema>).map(([name, schema]) => ({
    name,
    type: typeText(schema),
    required: required.includes(name),
    ...('default' in schema && { default: schema.default }),
    description: schema.description ?? '',
  }));
}

function typeText(schema: Schema): string {
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' | ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  const names = [schema.type ?? 'any value'].flat();
  return names.map(name => (name === 'string' ? 'text' : name)).join(' | ');
}
