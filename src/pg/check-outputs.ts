// Whether the columns of the target take what a strategy will write, where that is known beforehand: a constant, say.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { PlannedColumn, PlannedTable } from '../plan/plan-types.ts';
import { databaseError, isDatabaseError } from './errors.ts';
import { displayName, quoteLiteral } from './identifiers.ts';

/** Asks the server to read each output as the type of its column. */
export async function checkOutputs(target: ClientBase, tables: readonly PlannedTable[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { schema, name, columns } of tables) {
    for (const column of columns) {
      if (await canRead(target, column)) continue;
      const place = displayName(schema, name, column.name);
      findings.push(finding('ANON_PLAN_OUTPUT', { place, strategy: column.strategy, type: column.type.name }));
    }
  }
  return findings;
}

async function canRead(target: ClientBase, { outputs = [], type }: PlannedColumn): Promise<boolean> {
  const texts = outputs.filter(output => output !== null);
  if (texts.length === 0) return true;
  // The name of a type as format_type prints it is SQL already.
  const casts = texts.map(text => `${quoteLiteral(text)}::${type.name}`).join(', ');
  try {
    await target.query(`select ${casts}`);
    return true;
  } catch (cause) {
    const error = isDatabaseError(cause) && databaseError(cause, { side: 'target' });
    if (error && ['ANON_TARGET_VALUE', 'ANON_TARGET_CHECK', 'ANON_TARGET_NOT_NULL'].includes(error.code)) return false;
    throw cause;
  }
}
