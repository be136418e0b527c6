// What a trial found, in names and shares.

import { type Finding, finding } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import type { Refusal } from './refused-rows.ts';
import type { TargetConstraint } from './target-constraints.ts';
import { BOUNDS } from './trial-table.ts';

/** `31 %`, or `under 1 %`. */
export function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return percent < 1 ? 'under 1 %' : `${Math.round(percent)} %`;
}

interface TrialFacts {
  /** What rows violate. */
  readonly what: string;
  readonly share: string;
  /** Rows of the sample. */
  readonly rows: number;
}

/** @param place the table, or its column where it is one */
export const trialFinding = (place: string, { what, share, rows }: TrialFacts): Finding =>
  finding('ANON_TRIAL_ROWS', { place, what, share, rows });

/** The finding for rows that the table of a trial refused. */
export function refusalFinding(
  table: PlannedTable,
  { fault, rows }: Refusal,
  { constraints, sampled }: { readonly constraints: readonly TargetConstraint[]; readonly sampled: number },
): Finding {
  const own = constraints.find(one => (one.kind === 'bounds' ? BOUNDS : one.name) === fault.constraint);
  const column = fault.column ?? (own?.columns.length === 1 ? own.columns[0] : undefined);
  const place = displayName(table.schema, table.name, ...(column === undefined ? [] : [column]));
  const type = table.columns.find(({ name }) => name === column)?.type.name;
  return trialFinding(place, { what: whatOf(fault, own, type), share: share(rows, sampled), rows: sampled });
}

function whatOf(
  { sqlstate, constraint }: Refusal['fault'],
  own: TargetConstraint | undefined,
  type: string | undefined,
): string {
  if (own?.kind === 'bounds') return 'the bounds of its partitions';
  if (own) return `${own.kind} ${own.isIndex ? 'index' : 'constraint'} ${displayName(own.name)}`;
  if (sqlstate === '23502') return 'NOT NULL';
  const name = type === undefined ? '' : ` ${type}`;
  return constraint === undefined
    ? `the type${name} (SQLSTATE ${sqlstate})`
    : `constraint ${displayName(constraint)} of domain${name}`;
}
