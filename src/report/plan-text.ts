// A plan for people: tables first, then what happens to each column.

import type { DescribedColumn, DescribedPlan, DescribedTable } from '../plan/describe-plan.ts';
import { isKept, type Rule } from '../plan/plan-types.ts';
import { formatBytes, formatCount } from './amounts.ts';
import { renderTable } from './table-text.ts';

/** The whole plan as text. */
export function renderPlan({ tables, skipped, notes, workers }: DescribedPlan): string {
  const parts = [renderTables(tables), ...tables.filter(table => table.action === 'copy').map(renderColumns)];
  if (skipped.length > 0) parts.push(`Skipped, not touched on the target: ${skipped.join(', ')}`);
  if (notes.length > 0) parts.push(notes.map(note => `Note: ${note}`).join('\n'));
  parts.push(
    `${tables.length} ${tables.length === 1 ? 'table' : 'tables'}, ${workers} ${workers === 1 ? 'worker' : 'workers'}. Nothing was written.`,
  );
  return `${parts.join('\n\n')}\n`;
}

function renderTables(tables: readonly DescribedTable[]): string {
  const hasSubset = tables.some(table => table.subset_rows !== undefined);
  const header = [
    'table',
    'rows',
    ...(hasSubset ? ['in the subset'] : []),
    'bytes',
    'format',
    'slices',
    'why this format',
  ];
  const lines = tables.map(table => [
    table.name,
    `~${formatCount(table.rows)}`,
    ...(hasSubset ? [formatCount(table.subset_rows ?? 0)] : []),
    formatBytes(table.bytes),
    table.action === 'empty' ? '(emptied)' : table.format,
    String(table.slices),
    table.action === 'empty' ? '' : table.format_reason,
  ]);
  return renderTable(header, lines, { right: hasSubset ? [1, 2, 3, 5] : [1, 2, 4] });
}

function renderColumns(table: DescribedTable): string {
  const kept = table.columns.filter(isKept).map(column => column.name);
  const replaced = table.columns.filter(column => !isKept(column));
  const lines = [table.name];
  if (table.into) lines.push(`  into    ${table.into}, which routes its rows`);
  if (table.where) lines.push(`  where   ${table.where}`);
  for (const column of replaced) lines.push(`  ${column.name}: ${describeRule(column)}`);
  if (kept.length > 0) lines.push(`  kept: ${kept.join(', ')}`);
  return lines.join('\n');
}

function describeRule({ strategy, options, rule, domain, inherited_from, note }: DescribedColumn): string {
  const parts = [rule ? ruleText(rule) : withOptions(strategy, options)];
  if (domain) parts.push(`domain ${domain}`);
  if (inherited_from) parts.push(`as ${inherited_from}`);
  return parts.join(', ') + (note ? `\n      ${note}` : '');
}

const withOptions = (strategy: string, options: object): string => {
  const given = Object.entries(options).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return given.length > 0 ? `${strategy} { ${given.join(', ')} }` : strategy;
};

/** A rule of several strategies, cases or options around them. */
function ruleText({ strategy, options, steps = [], when, otherwise, ...around }: Rule): string {
  const parts = [strategy, ...steps.map(step => step.strategy)].map((name, index) =>
    withOptions(name, (index === 0 ? options : steps[index - 1]?.options) ?? {}),
  );
  const text = [parts.join(', then ')];
  if (around.onInvalid !== undefined) text.push(`an unfit value becomes ${JSON.stringify(around.onInvalid)}`);
  if (around.replacesNull) text.push('NULL is replaced');
  if (around.keepsEmpty) text.push('empty stays empty');
  if (when) text.push(`where ${JSON.stringify(when)}`);
  return otherwise ? `${text.join(', ')}; else ${ruleText(otherwise)}` : text.join(', ');
}
