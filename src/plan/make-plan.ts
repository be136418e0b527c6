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
import { isCopied, type MatchedTable, matchTables, suggestTable } from './match-tables.ts';
import type { Outside } from './outside.ts';
import { planSubset } from './plan-subset.ts';
import { planTable, rowsOf } from './plan-table.ts';
import type { Plan, PlannedTable } from './plan-types.ts';
import { planVault } from './plan-vault.ts';
import { findReferences } from './references.ts';

export interface PlanInput {
  readonly config: Config;
  readonly source: Catalog;
  readonly target: Catalog;
  readonly secret: Secret;
  /** Absolute path of the user's own strategies. */
  readonly strategiesFolder?: string | undefined;
  /** Where strategies look up files, references and tables. */
  readonly outside?: Outside | undefined;
  /** Restricts the run to these tables (`schema.table`); the others are left alone. */
  readonly only?: readonly string[] | undefined;
}

export type WidthRows = Pick<Plan, 'widthRows' | 'keys'> & { readonly vault?: TokenVault | undefined };

export interface PlanResult {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/** Makes the plan and checks all of it; the plan counts only when there are no findings. */
export async function makePlan(input: PlanInput): Promise<PlanResult> {
  const { config, source, only } = input;
  const { matched, findings: unmatched } = matchTables(config.tables, source.tables);
  const { references, findings: misled } = await findReferences(matched, input.strategiesFolder);
  const { undecided } = config.defaults;
  const { types } = source;
  const { decisions, keys, findings: open } = decideColumns(matched, { references, types, undecided });
  const subset = config.subset && planSubset({ config: config.subset, matched, references, decisions });
  const isBuilt = config.target.schema === 'copy';
  const isLeftAlone = (match: MatchedTable): boolean => match.entry.rule.kind === 'skip' || !isChosen(match, only);
  // What the run builds and does not fill has no rows; a table that is there already keeps those that it has.
  const isEmpty = (match: MatchedTable): boolean =>
    match.entry.rule.kind === 'empty' || (isBuilt && isLeftAlone(match));
  const findings = [
    ...unmatched,
    ...misled,
    ...open,
    ...(subset?.findings ?? []),
    ...checkDangling(matched, decisions, isEmpty),
    ...unknownOnly(only, source),
  ];
  const widthRows = Math.max(0, ...matched.map(({ table }) => rowsOf(table)));
  const vault = planVault();
  const given = { ...input, widthRows, keys, vault: config.control && vault };
  const tables: PlannedTable[] = [];
  const skipped: MatchedTable[] = [];
  for (const match of matched) {
    if (match.table.relkind === 'p') continue; // they hold no rows; their partitions do
    if (isLeftAlone(match)) {
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
    subset: subset?.subset,
    keys,
    notes: [...notesOf(matched, subset !== undefined), ...(skipped.length > 0 ? leftAloneNotes(config) : [])],
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

function notesOf(matched: readonly MatchedTable[], hasSubset: boolean): string[] {
  return matched.flatMap(match => {
    const { schema, name, relkind } = match.table;
    const place = displayName(schema, name);
    const { rule } = match.entry;
    if (hasSubset && isCopied(match) && relkind !== 'r' && relkind !== 'p') {
      return [`${place} is copied whole: a subset is of tables only.`];
    }
    const isFiltered = rule.kind === 'columns' && rule.where !== undefined && relkind === 'r';
    if (!isFiltered) return [];
    return hasSubset
      ? [`${place} is filtered: a row that needs one that this leaves out is left out, too.`]
      : [`${place} is filtered: foreign keys into it must still find their rows.`];
  });
}

/** What `skip` means where the run builds the tables. */
function leftAloneNotes({ target: { publish, schema } }: Config): string[] {
  if (schema === 'copy') return ['Skipped tables are created without rows.'];
  return publish === 'swap' ? ['Skipped tables keep the rows that the target has when the copying ends.'] : [];
}
