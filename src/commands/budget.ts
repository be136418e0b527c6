// anonymize budget: what each row of a table has spent of local differential privacy, as the control database has it.

import type { Ceiling } from '../budget/spend.ts';
import { readSpent, type SpentInTable } from '../budget/spent.ts';
import { loadConfig } from '../config/load.ts';
import { renderTable } from '../report/table-text.ts';
import { withControl } from '../vault/session.ts';
import type { Terminal } from './terminal.ts';

export interface BudgetCommandOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** @throws {AnonymizeError} ANON_CONTROL_MIGRATE, or what keeps the control database from being reached */
export async function budgetCommand(
  { config: file, json }: BudgetCommandOptions,
  { out, env }: Pick<Terminal, 'out' | 'env'>,
): Promise<void> {
  const config = loadConfig(file);
  const tables = await withControl(config, env, readSpent);
  const ceiling = config.budget?.ceiling;
  if (json) out(`${JSON.stringify({ ceiling: ceiling ?? null, tables }, null, 2)}\n`);
  else if (tables.length === 0) out('No run has spent any privacy.\n');
  else out(`${tables.map(table => renderSpent(table, ceiling)).join('\n\n')}\n`);
}

function renderSpent(table: SpentInTable, ceiling: Ceiling | undefined): string {
  const of = (limit: number | undefined): string => (limit === undefined ? '' : ` of ${limit}`);
  const spent = `ε = ${table.epsilon}${of(ceiling?.epsilon)}, δ = ${table.delta}${of(ceiling?.delta)}`;
  const rows = table.columns.map(({ column, epoch, epsilon, delta, runs, last }) => [
    column,
    epoch ?? '(each run)',
    String(epsilon),
    String(delta),
    String(runs),
    last.slice(0, 'yyyy-mm-dd'.length),
  ]);
  return [
    `${table.table} of ${table.database_name} (${table.database})`,
    `each row has spent ${spent} of local differential privacy`,
    renderTable(['column', 'epoch', 'ε', 'δ', 'runs', 'last run'], rows, { right: [2, 3, 4] }),
  ].join('\n');
}
