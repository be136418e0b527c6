// anonymize sync: runs it, shows progress on stderr, prints the summary on stdout, writes the report.

import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatDuration } from '../config/duration.ts';
import { loadConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { formatCount } from '../report/amounts.ts';
import type { SyncEvent } from '../report/events.ts';
import { type ProgressForm, watchProgress } from '../report/progress.ts';
import type { Report } from '../report/report.ts';
import { renderSummary } from '../report/summary.ts';
import type { ResumableRun } from '../resume/choose-run.ts';
import { sync } from '../sync.ts';
import type { Terminal } from './terminal.ts';

export interface SyncCommandOptions {
  readonly config: string;
  readonly report?: string;
  readonly log: 'text' | 'json';
  readonly parallel?: number;
  readonly table?: readonly string[];
  readonly yes?: boolean;
  readonly resume?: boolean | string;
  readonly restart?: boolean;
}

/** @throws {AnonymizeError} */
export async function syncCommand(options: SyncCommandOptions, terminal: Terminal): Promise<void> {
  const config = loadConfig(options.config);
  if (options.report) await refuseUnwritable(options.report);
  const progress = await watchProgress(progressForm(options, terminal), terminal.err);
  terminal.onExit(progress.stop);
  const onEvent = (event: SyncEvent): void => {
    // From its first stage on, a run changes the target; finding the rows of a subset only reads.
    if (event.event === 'stage' && event.stage !== 'selecting') terminal.stopCleanly(progress.stopping);
    progress.onEvent(event);
  };
  let report: Report;
  try {
    report = await sync(config, {
      env: terminal.env,
      signal: terminal.signal,
      only: options.table,
      parallel: options.parallel,
      acceptNewSecret: options.yes,
      resume: options.resume,
      restart: options.restart,
      onUnfinished: terminal.ask && askAbout(terminal.ask),
      onEvent,
    });
  } finally {
    progress.stop();
  }
  terminal.out(renderSummary(report));
  if (options.report) await writeReport(options.report, report);
  const { quarantine: file, quarantined: count } = report;
  if (file !== undefined) throw new AnonymizeError('ANON_QUARANTINED', { count, file });
}

/** Asks until the answer is one; an empty one stops, since Ctrl-D and a closed terminal give that. */
const askAbout =
  (ask: (question: string) => Promise<string>) =>
  async ({ run, started, done, slices, ageMs }: ResumableRun): Promise<'resume' | 'restart'> => {
    const state = `${formatCount(done)} of ${formatCount(slices)} slices are in the target, its snapshot is ${formatDuration(ageMs)} old`;
    const question = `Run ${run} of ${started.toISOString()} was not finished and can go on: ${state}.\nGo on with it, start over, or stop? [go/over/stop] `;
    for (;;) {
      const answer = (await ask(question)).trim().toLowerCase();
      if (answer === 'go') return 'resume';
      if (answer === 'over') return 'restart';
      if (answer === 'stop' || answer === '') {
        throw new AnonymizeError('ANON_INTERRUPTED', {
          detail: 'Nothing was written; the unfinished run is as it was.',
        });
      }
    }
  };

function progressForm({ log }: SyncCommandOptions, { isInteractive }: Terminal): ProgressForm {
  if (log === 'json') return 'json';
  return isInteractive ? 'bar' : 'lines';
}

/** Asked before the run: it may take hours, and its report cannot be had again. */
async function refuseUnwritable(file: string): Promise<void> {
  try {
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    await access(found ? file : dirname(file), constants.W_OK);
  } catch (cause) {
    throw reportError(file, cause, 'Nothing was read or written:');
  }
}

async function writeReport(file: string, report: Report): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw reportError(file, cause, 'The run is done, but');
  }
}

function reportError(file: string, cause: unknown, state: string): AnonymizeError {
  const { code: detail = 'unknown' } = cause as NodeJS.ErrnoException;
  return new AnonymizeError('ANON_REPORT_FILE', { file, detail, state });
}
