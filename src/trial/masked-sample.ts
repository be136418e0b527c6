// A sample of a table's rows as a run would write them: read, replaced, and cut into rows.

import { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import { FieldIndex } from '../batch/field-index.ts';
import { replaceColumns } from '../batch/replace-columns.ts';
import { CODECS } from '../codec/formats.ts';
import { CopyOut } from '../pg/copy-out.ts';
import { selectSample } from '../pg/read-slice.ts';
import { USUAL_SEARCH_PATH } from '../pg/session.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import type { BoundColumns } from '../workers/bind-columns.ts';

/** What a sample should stay below, by the average width of the rows. */
const SAMPLE_BYTES = 4_000_000;
/** What it may have at most. */
const MAX_BYTES = 32_000_000;
const BATCH_BYTES = 256 * 1024;

export interface Sampling {
  /** Rows at most. */
  readonly rows: number;
  readonly bound: BoundColumns;
}

/**
 * Rows of the table after their columns have been replaced, each in the table's COPY format; undefined where they are too
 * large for a trial.
 */
export async function maskedSample(
  source: ClientBase,
  table: PlannedTable,
  { bound, rows }: Sampling,
): Promise<readonly Buffer[] | undefined> {
  const read = await readSample(source, table, rows);
  if (!read) return undefined;
  const codec = CODECS[table.format];
  const { columns, order, replaced, read: others } = bound;
  for (const column of columns) column.startSlice(0);
  const index = new FieldIndex(table.columns.length, replaced, others);
  const cutting = { codec, index, batchBytes: BATCH_BYTES, claim: async () => {} };
  const pieces: Buffer[] = [];
  for await (const piece of replaceColumns(read, { cutting, columns, order, count: () => {} })) {
    pieces.push(Buffer.from(piece)); // the piece itself is given back
  }
  return cutRows(Buffer.concat(pieces), table);
}

/** All of it before the first row is replaced: so an error there leaves the session as it was. */
async function readSample(
  source: ClientBase,
  table: PlannedTable,
  rows: number,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const width = table.rows > 0 ? table.bytes / table.rows : 0;
  const limit = Math.max(1, Math.min(rows, Math.floor(SAMPLE_BYTES / Math.max(1, width))));
  const copy = `copy (${selectSample(table, limit)}) to stdout with (${CODECS[table.format].copyOptions})`;
  const chunks: Buffer[] = [];
  let bytes = 0;
  await source.query(`begin; ${USUAL_SEARCH_PATH}`);
  for await (const chunk of source.query(new CopyOut(copy))) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(Buffer.from(chunk));
  }
  await source.query('rollback');
  return bytes <= MAX_BYTES ? Readable.from(chunks) : undefined;
}

/** Whole rows, without the format's header and trailer. */
function cutRows(bytes: Buffer, { format, columns }: PlannedTable): Buffer[] {
  const codec = CODECS[format];
  const index = Object.assign(new FieldIndex(columns.length, []), { maxRows: 1 });
  const rows: Buffer[] = [];
  for (let start = codec.header.length; ; start = index.end) {
    codec.scan(bytes, start, bytes.length, index);
    if (index.rows === 0) return rows;
    rows.push(bytes.subarray(start, index.end));
  }
}
