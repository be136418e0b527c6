// Config × catalogues × strategies → plan. Every table and column is decided, or every finding is returned at once.

import type { Config } from '../config/schema.ts';
import { type Finding, finding } from '../errors.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey, writtenKey } from '../pg/table-key.ts';
import type { TokenVault } from '../strategy.ts';
import type { Secret } from './bind-strategies.ts';
import { checkDangling } from './check-dangling.ts';
import { checkRouting } from './check-routing.ts';
import { decideColumns } from './decide-columns.ts';
import { type MatchedTable, matchTables, suggestTable } from './match-tables.ts';
import { planTable, rowsOf } from './plan-table.ts';
import type { Plan, PlannedTable } from './plan-types.ts';
import { planVault } from './plan-vault.ts';

export interface PlanInput {
  readonly config: Config;
  readonly source: Catalog;
  readonly target: Catalog;
  readonly secret: Secret;
  /** Absolute path of the user's own strategies. */
  readonly strategiesFolder?: string | undefined;
  /** Restricts the run to these tables (`schema.table`); the others are left alone. */
  readonly only?: readonly string[] | undefined;
}

export type WidthRows = Pick<Plan, 'widthRows'> & { readonly vault?: TokenVault | undefined };

export interface PlanResult {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/** Makes the plan and checks all of it; the plan counts only when there are no findings. */
export async function makePlan(input: PlanInput): Promise<PlanResult> {
  const { config, source, only } = input;
  const { matched, findings: unmatched } = matchTables(config.tables, source.tables);
  const { decisions, findings: undecided } = decideColumns(matched, config.defaults.undecided);
  const findings = [...unmatched, ...undecided, ...checkDangling(matched, decisions), ...unknownOnly(only, source)];
  const widthRows = Math.max(0, ...matched.map(({ table }) => rowsOf(table)));
  const vault = planVault();
  const given = { ...input, widthRows, vault: config.control && vault };
  const tables: PlannedTable[] = [];
  const skipped: MatchedTable[] = [];
  for (const match of matched) {
    if (match.table.relkind === 'p') continue; // they hold no rows; their partitions do
    if (match.entry.rule.kind === 'skip' || !isChosen(match, only)) {
      skipped.push(match);
      continue;
    }
    const planned = await planTable(match, decisions.get(tableKey(match.table)) ?? new Map(), given);
    tables.push(planned.table);
    findings.push(...planned.findings);
  }
  findings.push(...checkRouting(tables, skipped));
  if (config.budget && !config.control) findings.push(finding('ANON_PLAN_BUDGET'));
  if (tables.length === 0 && findings.length === 0) findings.push(finding('ANON_PLAN_EMPTY'));
  const plan = {
    tables,
    skipped: skipped.map(({ table }) => displayName(table.schema, table.name)),
    widthRows,
    vaultDomains: vault.domains(),
    notes: notesOf(matched),
  };
  return { plan, findings: withoutRepeats(findings) };
}

function isChosen({ lineage }: MatchedTable, only: PlanInput['only']): boolean {
  return only === undefined || lineage.some(table => only.some(name => writtenKey(name) === tableKey(table)));
}

function unknownOnly(only: PlanInput['only'], source: Catalog): Finding[] {
  return (only ?? [])
    .filter(name => !source.tables.some(table => tableKey(table) === writtenKey(name)))
    .map(name => {
      const suggestion = suggestTable(name, source.tables);
      return finding('ANON_PLAN_UNKNOWN_TABLE', { place: `--table ${name}`, suggestion });
    });
}

/** Partitions say the same of the partitioned table that decides them. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map(found => [`${found.code} ${found.message}`, found])).values()];
}

function notesOf(matched: readonly MatchedTable[]): string[] {
  return matched.flatMap(({ table, entry }) =>
    entry.rule.kind === 'columns' && entry.rule.where !== undefined && table.relkind === 'r'
      ? [`${displayName(table.schema, table.name)} is filtered: foreign keys into it must still find their rows.`]
      : [],
  );
}
