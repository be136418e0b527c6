// Which strategies a configuration names, before there is a plan.

import type { LoadedConfig } from '../config/load.ts';
import type { ColumnRule } from '../config/rule-schema.ts';

/** Each once; those that other strategies name in their options are not among them. */
export function namedStrategies({ tables }: Pick<LoadedConfig, 'tables'>): readonly string[] {
  const rules = tables.flatMap(({ rule }) => (rule.kind === 'columns' ? Object.values(rule.columns) : []));
  return [...new Set(rules.flatMap(namesIn))].filter(name => name !== '');
}

function namesIn({ strategy, steps = [], otherwise }: ColumnRule): readonly string[] {
  return [strategy, ...steps.flatMap(namesIn), ...(otherwise ? namesIn(otherwise) : [])];
}
