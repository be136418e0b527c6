// The summary of a run, for stdout.

import { showInvisible } from '../pg/identifiers.ts';
import { formatBytes, formatCount, formatSeconds } from './amounts.ts';
import type { Report } from './report.ts';
import { renderTable } from './table-text.ts';

/** What was done, table by table, and in all. */
export function renderSummary(report: Report): string {
  const tables = report.tables.map(table => [
    table.name,
    formatCount(table.rows),
    formatBytes(table.bytes),
    table.format,
    describeColumns(Object.values(table.columns)),
  ]);
  const text = renderTable(['table', 'rows', 'bytes', 'format', 'columns'], tables, { right: [1, 2] });
  const rate = `${formatCount(report.rows_per_second)} rows/s`;
  const total = `${formatCount(report.rows)} rows, ${formatBytes(report.bytes)} in ${formatSeconds(report.seconds)} (${rate}), peak memory ${formatBytes(report.peak_rss_bytes)}${retriesOf(report)}`;
  const previous =
    report.previous === undefined
      ? ''
      : `The target before is kept as ${showInvisible(report.previous)}; \`anonymize rollback\` puts it back.\n`;
  const quarantined =
    report.quarantine === undefined
      ? ''
      : `Rows that the target refused: ${formatCount(report.quarantined ?? 0)}, sealed in ${showInvisible(report.quarantine)}.\n`;
  return `${text}\n${total}\n${resumedLine(report)}${previous}${quarantined}`;
}

const retriesOf = ({ retries }: Report): string =>
  retries === 0 ? '' : `, ${retries} ${retries === 1 ? 'retry' : 'retries'}`;

function describeColumns(strategies: readonly string[]): string {
  const kept = strategies.filter(strategy => strategy === 'keep').length;
  const replaced = strategies.length - kept;
  return replaced === 0 ? `${kept} kept` : `${replaced} replaced, ${kept} kept`;
}

function resumedLine({ resumed, started }: Report): string {
  if (!resumed) return '';
  const before = `${formatCount(resumed.rows)} rows in ${formatCount(resumed.slices)} ${resumed.slices === 1 ? 'slice' : 'slices'}`;
  return `The run began at ${started} and went on at ${resumed.started}: ${before} were in the target by then.\n`;
}
