// docs/strategies.md, from the strategy files.

import { renderAccepts, renderChange, renderGuarantees, renderUse } from '../commands/strategies.ts';
import type { OptionDescription, StrategyDescription } from '../plan/describe-strategies.ts';
import { COMPOSITION } from './composition-section.ts';
import { EXAMPLE_SECRET } from './example-secret.ts';
import { cell, code, GENERATED, table } from './markdown.ts';

/** The page as Markdown. */
export function strategiesPage(strategies: readonly StrategyDescription[]): string {
  return [
    '# Strategies',
    '',
    GENERATED,
    '',
    'A column names its strategy in the configuration, with options or without:',
    '',
    '```yaml',
    'columns:',
    '  email: { strategy: email, host: keep, domain: person.email }',
    '  notes: nullify',
    '```',
    '',
    'The outputs of the keyed examples come from the secret',
    `\`${EXAMPLE_SECRET}\` and the default domain; with your secret they are others.`,
    'NULL stays NULL, unless `keep_null: false`. Uniqueness says what becomes of different values: *preserved*, they stay',
    'different; *likely*, they collide with a chance that `anonymize plan` states; *lossy*, collisions are normal, and the plan',
    'refuses the strategy on a unique column.',
    '',
    table(
      ['strategy', 'what it does'],
      strategies.map(({ name, summary }) => [`[\`${name}\`](#${name})`, cell(summary)]),
    ),
    '',
    ...COMPOSITION,
    ...strategies.flatMap(section),
    '',
  ].join('\n');
}

function section(strategy: StrategyDescription): string[] {
  const { name, summary, options, examples, notes } = strategy;
  return [
    '',
    `## ${name}`,
    '',
    summary,
    '',
    `- Accepts: ${renderAccepts(strategy)}`,
    `- Guarantees: ${renderGuarantees(strategy)}`,
    '',
    options.length > 0 ? table(['option', 'type', 'default', 'meaning'], options.map(optionRow)) : 'It has no options.',
    ...(notes.length > 0 ? ['', ...notes.map(note => `- ${note}`)] : []),
    '',
    table(
      ['example', 'value → replacement'],
      examples.map(example => [code(renderUse(name, example)), code(renderChange(example))]),
    ),
  ];
}

function optionRow({ name, type, required, default: usual, description }: OptionDescription): string[] {
  const standard = usual === undefined ? '' : code(JSON.stringify(usual));
  return [code(name), cell(type), required ? 'required' : standard, cell(description)];
}
