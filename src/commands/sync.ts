// anonymize sync: runs it, shows progress on stderr, prints the summary on stdout, writes the report.

import { writeFile } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { type ProgressForm, watchProgress } from '../report/progress.ts';
import type { Report } from '../report/report.ts';
import { renderSummary } from '../report/summary.ts';
import { sync } from '../sync.ts';
import type { Terminal } from './terminal.ts';

export interface SyncCommandOptions {
  readonly config: string;
  readonly report?: string;
  readonly log: 'text' | 'json';
  readonly parallel?: number;
  readonly table?: readonly string[];
  readonly yes: boolean;
}

/** @throws {AnonymizeError} */
export async function syncCommand(options: SyncCommandOptions, terminal: Terminal): Promise<void> {
  const config = loadConfig(options.config);
  const progress = watchProgress(progressForm(options, terminal), terminal.err);
  let report: Report;
  try {
    report = await sync(config, {
      env: terminal.env,
      signal: terminal.signal,
      only: options.table,
      parallel: options.parallel,
      acceptNewSecret: options.yes,
      onEvent: progress.onEvent,
    });
  } finally {
    progress.stop();
  }
  if (options.report) await writeReport(options.report, report);
  terminal.out(renderSummary(report));
}

function progressForm({ log }: SyncCommandOptions, { isInteractive }: Terminal): ProgressForm {
  if (log === 'json') return 'json';
  return isInteractive ? 'bar' : 'lines';
}

async function writeReport(file: string, report: Report): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw new AnonymizeError('ANON_REPORT_FILE', { file, detail: (cause as NodeJS.ErrnoException).code ?? 'unknown' });
  }
}
