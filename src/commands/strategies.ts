// anonymize strategies: the list of strategies, or all about one; for people or as JSON.

import { loadConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import {
  describeStrategies,
  describeStrategy,
  type OptionDescription,
  type StrategyDescription,
} from '../plan/describe-strategies.ts';
import type { StrategyExample } from '../strategy.ts';
import { writeNewStrategy } from './new-strategy.ts';
import type { Terminal } from './terminal.ts';

export interface StrategiesCommandOptions {
  readonly json?: boolean;
  /** A configuration whose folder of strategies is listed too. */
  readonly config?: string;
  /** The name of a strategy to begin, in that folder. */
  readonly new?: string;
}

/** @throws {AnonymizeError} ANON_USAGE for a name that no strategy has */
export async function strategiesCommand(
  name: string | undefined,
  { json, config, new: wanted }: StrategiesCommandOptions,
  terminal: Pick<Terminal, 'out'>,
): Promise<void> {
  const folder = config === undefined ? undefined : loadConfig(config).strategies;
  if (wanted !== undefined) return beginStrategy(wanted, folder, terminal);
  const described = name === undefined ? await describeStrategies(folder) : await describeStrategy(name, folder);
  if (json) terminal.out(`${JSON.stringify(described, null, 2)}\n`);
  else terminal.out('name' in described ? renderStrategy(described) : renderStrategies(described));
}

async function beginStrategy(
  wanted: string,
  folder: string | undefined,
  terminal: Pick<Terminal, 'out'>,
): Promise<void> {
  if (folder === undefined) {
    throw new AnonymizeError('ANON_USAGE', { detail: '--new needs --config, and a folder under `strategies:` in it.' });
  }
  const [file, test] = await writeNewStrategy(wanted, folder);
  terminal.out(`${file}\n${test}\n`);
}

/** One line for each strategy. */
export function renderStrategies(strategies: readonly StrategyDescription[]): string {
  const width = Math.max(...strategies.map(({ name }) => name.length));
  const lines = strategies.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`);
  return `${lines.join('\n')}\n\nOptions and examples of one: anonymize strategies NAME\n`;
}

/** Everything about one strategy. */
export function renderStrategy(strategy: StrategyDescription): string {
  const { name, summary, options, examples, notes } = strategy;
  const optionLines = options.map(option => `  ${option.name} (${optionFacts(option)})\n      ${option.description}`);
  return [
    `${name}: ${summary}`,
    '',
    `Accepts: ${renderAccepts(strategy)}`,
    `Guarantees: ${renderGuarantees(strategy)}`,
    ...notes.map(note => `Note: ${note}`),
    '',
    ...(options.length > 0 ? ['Options:', ...optionLines] : ['No options.']),
    '',
    'Examples:',
    ...examples.map(example => `  ${renderUse(name, example)}\n      ${renderChange(example)}`),
    '',
  ].join('\n');
}

export function renderAccepts({ accepts }: StrategyDescription): string {
  return accepts === 'any' ? 'every type' : accepts.join(', ');
}

export function renderGuarantees({ guarantees }: StrategyDescription): string {
  const { deterministic, reversible, keyed, yieldsNull, uniqueness } = guarantees;
  return [
    deterministic ? 'deterministic' : 'not deterministic',
    reversible ? 'reversible' : 'not reversible',
    `uniqueness ${uniqueness.join(' or ')}`,
    keyed ? 'keyed by the secret' : 'needs no secret',
    ...(yieldsNull ? ['may yield NULL'] : []),
  ].join('; ');
}

/** `required`, or its type and default. */
export function optionFacts({ type, required, default: usual }: OptionDescription): string {
  if (required) return `${type}, required`;
  return usual === undefined ? type : `${type}, default ${JSON.stringify(usual)}`;
}

/** How an example stands in the YAML. */
export function renderUse(name: string, { options, type }: StrategyExample): string {
  const settings = Object.entries(options ?? {}).map(([option, value]) => `, ${option}: ${JSON.stringify(value)}`);
  const rule = settings.length > 0 ? `{ strategy: ${name}${settings.join('')} }` : name;
  return type === undefined ? rule : `${rule} on ${type}`;
}

export function renderChange({ input, others = {}, output }: StrategyExample): string {
  const beside = Object.entries(others).map(([column, value]) => `${column} ${value ?? 'NULL'}`);
  return `${input}${beside.length > 0 ? ` (${beside.join(', ')})` : ''} → ${output ?? 'NULL'}`;
}
