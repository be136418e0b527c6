// Whether the columns of the target take what a strategy will write, where that is known beforehand: a constant, say.

import pg, { type ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { PlannedColumn, PlannedTable } from '../plan/plan-types.ts';
import { displayName, quoteLiteral } from './identifiers.ts';

/** Data exception, not_null_violation and check_violation (of a domain). */
const IS_REFUSAL = /^(22...|23502|23514)$/;

/** Asks a server that has the types, the target's or the source's, to read each output as the type of its column. */
export async function checkOutputs(client: ClientBase, tables: readonly PlannedTable[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { schema, name, columns } of tables) {
    for (const column of columns) {
      if (await canRead(client, column)) continue;
      const place = displayName(schema, name, column.name);
      findings.push(finding('ANON_PLAN_OUTPUT', { place, strategy: column.strategy, type: column.type.name }));
    }
  }
  return findings;
}

async function canRead(client: ClientBase, { outputs = [], type }: PlannedColumn): Promise<boolean> {
  const texts = outputs.filter(output => output !== null);
  if (texts.length === 0) return true;
  // The name of a type as format_type prints it is SQL already.
  const casts = texts.map(text => `${quoteLiteral(text)}::${type.name}`).join(', ');
  try {
    await client.query(`select ${casts}`);
    return true;
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && IS_REFUSAL.test(cause.code ?? '')) return false;
    throw cause;
  }
}
