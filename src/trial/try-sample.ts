// The trial: a sample of the tables whose constraints a replaced value could break is replaced and tried on the target, in
// transactions that are rolled back. So a run that would fail after an hour fails before its first byte.

import type { ClientBase } from 'pg';
import { AnonymizeError, type Finding, finding } from '../errors.ts';
import { isRowFault } from '../pg/errors.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName } from '../pg/identifiers.ts';
import { USUAL_SEARCH_PATH } from '../pg/session.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { bindColumns } from '../workers/bind-columns.ts';
import { type Catalogs, isBreakable } from './breakable.ts';
import { drawnTokens } from './drawn-tokens.ts';
import { maskedSample } from './masked-sample.ts';
import { contradictions, lostOnSource, lostOnTarget, openReferences, type Reference } from './references.ts';
import { refusedRows } from './refused-rows.ts';
import type { TableConstraints } from './target-constraints.ts';
import { refusalFinding } from './trial-findings.ts';
import { makeTrialTable } from './trial-table.ts';

export interface Trial extends Catalogs {
  readonly plan: Plan;
  /** Of the planned tables, where their rows go. */
  readonly constraints: ReadonlyMap<string, TableConstraints>;
  /** Rows of each table at most; 0 leaves the trial out. */
  readonly rows: number;
  /** Rows that the target refuses by themselves do not stand against the run: it seals them. */
  readonly isQuarantining: boolean;
  readonly secret: Uint8Array | undefined;
  readonly strategiesFolder: string | undefined;
  /** See RunSettings. */
  readonly baseDir: string;
  readonly references: ReadonlyMap<string, string>;
  /** Lend a session of their own each. */
  readonly openSource: Open;
  readonly openTarget: Open;
}

type Open = <T>(work: (client: ClientBase) => Promise<T>) => Promise<T>;

/** What is tried of one table. */
interface Subject {
  readonly table: PlannedTable;
  readonly isTried: boolean;
  readonly references: readonly Reference[];
}

/** Tries what the plan could not prove. Opens no session where there is nothing to try. */
export async function trySample(trial: Trial): Promise<Finding[]> {
  if (trial.rows === 0) return [];
  const subjects = trial.plan.tables.flatMap(table => subjectOf(table, trial));
  if (subjects.length === 0) return [];
  return trial.openSource(source =>
    trial.openTarget(async target => {
      const findings = await missingRight(target);
      if (findings.length > 0) return findings;
      for (const subject of subjects) findings.push(...(await tryTable(subject, { trial, source, target })));
      return findings;
    }),
  );
}

function subjectOf(table: PlannedTable, trial: Trial): Subject[] {
  if (table.action !== 'copy') return [];
  const references = openReferences(table, trial.plan, trial);
  const own = trial.constraints.get(displayName(table.into.schema, table.into.name));
  // A table that is only made by the run cannot be tried before.
  const isTried =
    own !== undefined && (isBreakable(table, own, trial) || references.some(({ parents }) => parents.length === 0));
  return isTried || references.length > 0 ? [{ table, isTried, references }] : [];
}

/** A trial with its sessions. */
interface Sessions {
  readonly trial: Trial;
  readonly source: ClientBase;
  readonly target: ClientBase;
}

async function tryTable({ table, isTried, references }: Subject, sessions: Sessions): Promise<Finding[]> {
  const findings = references.flatMap(contradictions);
  for (const reference of references) {
    if (reference.parents.length > 0) {
      findings.push(...(await lostOnSource(sessions.source, reference, sessions.trial.rows)));
    }
  }
  if (isTried) findings.push(...(await tryRows({ table, references }, sessions)));
  return findings;
}

async function tryRows(
  { table, references }: Pick<Subject, 'table' | 'references'>,
  { trial, source, target }: Sessions,
): Promise<Finding[]> {
  const rows = await masked(table, trial, source);
  if ('findings' in rows) return [...rows.findings];
  if (rows.length === 0) return [];
  const { into } = table;
  const like = findTable(trial.target, into)!; // the plan has compared it
  const { constraints } = trial.constraints.get(displayName(into.schema, into.name)) ?? { constraints: [] };
  await target.query(`begin; ${USUAL_SEARCH_PATH}`);
  const made = await makeTrialTable(target, table, { table: like, constraints });
  const refusals = await refusedRows(target, { trial: made, table }, rows);
  const stopping = trial.isQuarantining ? refusals.filter(({ fault }) => !isRowFault(fault)) : refusals;
  const findings = stopping.map(one => refusalFinding(table, one, { constraints, sampled: rows.length }));
  for (const reference of references) {
    if (reference.parents.length === 0) findings.push(...(await lostOnTarget(target, reference, made)));
  }
  await target.query('rollback');
  return findings;
}

/** The sample's rows, or what a strategy has against one of them. */
async function masked(
  table: PlannedTable,
  { plan, rows, secret, strategiesFolder, baseDir, references, source: { types } }: Trial,
  source: ClientBase,
): Promise<readonly Buffer[] | { readonly findings: Finding[] }> {
  const { widthRows, keys } = plan;
  const settings = { secret, strategiesFolder, baseDir, references, types, widthRows, keys, vault: drawnTokens() };
  try {
    return (await maskedSample(source, table, { rows, bound: await bindColumns(table, settings) })) ?? [];
  } catch (cause) {
    if (!(cause instanceof AnonymizeError && cause.code.startsWith('ANON_VALUE_'))) throw cause;
    return { findings: [finding(cause.code, cause.facts)] };
  }
}

const MAY_TRY = `select pg_catalog.has_database_privilege(current_database(), 'temporary') as may, current_user as role,
  current_database() as database`;

/** Rows are tried on temporary tables. */
async function missingRight(target: ClientBase): Promise<Finding[]> {
  const { rows } = await target.query<{ may: boolean; role: string; database: string }>(MAY_TRY);
  const { may, role, database } = rows[0]!; // one row, always
  if (may) return [];
  const place = `database ${displayName(database)}`;
  const fixHint = `grant temporary on ${place} to ${displayName(role)}, or write \`trial_rows: 0\` to go without a trial.`;
  return [
    finding('ANON_PRIVILEGE', { side: 'target', place, role: displayName(role), privilege: 'TEMPORARY', fixHint }),
  ];
}
