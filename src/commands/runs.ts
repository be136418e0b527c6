// anonymize runs: the runs that the target's ledger knows, and which of them could go on.

import { formatDuration } from '../config/duration.ts';
import { loadConfig } from '../config/load.ts';
import { formatCount } from '../report/amounts.ts';
import { renderTable } from '../report/table-text.ts';
import { type ListedRun, listRuns } from '../resume/list-runs.ts';
import type { Terminal } from './terminal.ts';

export interface RunsCommandOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** @throws {AnonymizeError} */
export async function runsCommand({ config, json }: RunsCommandOptions, { env, out }: Terminal): Promise<void> {
  const runs = await listRuns(loadConfig(config), { env });
  if (json) return out(`${JSON.stringify(runs, null, 2)}\n`);
  if (runs.length === 0) return out('The target knows no run.\n');
  const header = ['run', 'started', 'state', 'slices', 'rows', 'snapshot', 'can go on'];
  out(`${renderTable(header, runs.map(cellsOf), { right: [3, 4] })}\n`);
}

function cellsOf(run: ListedRun): string[] {
  const { slices, slices_done: done, snapshot_age_seconds: age } = run;
  const config = run.is_same_config ? 'yes' : 'yes, with the configuration that it had';
  return [
    run.run,
    run.started,
    run.state,
    slices === null ? formatCount(done) : `${formatCount(done)} of ${formatCount(slices)}`,
    formatCount(run.rows_done),
    age === null ? '' : `${formatDuration(age * 1000)} old`,
    run.is_resumable ? config : `no: ${run.obstacle}`,
  ];
}
