// The source side of a slice: its rows as the bytes of a COPY, by COPY itself or by a cursor.

import type { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import QueryStream from 'pg-query-stream';
import { FetchSize } from '../batch/fetch-size.ts';
import { CODECS } from '../codec/formats.ts';
import { packTextRows } from '../codec/pack-text-rows.ts';
import type { Slice } from '../plan/cut-slices.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { CopyOut } from './copy-out.ts';
import { quoteName, quoteTable } from './identifiers.ts';

/** The rows of a slice, its planned columns in their order. `only` leaves inheriting tables to their own slices. */
export function selectSlice(table: PlannedTable, { fromPage, toPage }: Slice): string {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  const conditions = [
    fromPage > 0 && `ctid >= '(${fromPage},0)'`,
    toPage !== null && `ctid < '(${toPage},0)'`,
    table.where !== undefined && `(${table.where}\n)`, // the line break ends a comment
  ].filter(condition => condition !== false);
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  return `select ${columns} from only ${quoteTable(table)}${where}`;
}

/** `COPY (select …) TO STDOUT`: chunks that end anywhere. */
export function readByCopy(client: ClientBase, table: PlannedTable, slice: Slice): Readable {
  const { copyOptions } = CODECS[table.format];
  return client.query(new CopyOut(`copy (${selectSlice(table, slice)}) to stdout with (${copyOptions})`));
}

/** Values as PostgreSQL wrote them, never parsed. */
const asText = { getTypeParser: () => (value: string) => value };

/**
 * A server-side cursor, packed into COPY text. The fetch size follows the width of the rows, so that a fetch is a batch.
 * The rows are taken from the stream's cursor, a fetch at a time: one by one through the stream they cost twice as much.
 */
export async function* readByCursor(
  client: ClientBase,
  select: string,
  batchBytes: number,
): AsyncGenerator<Uint8Array> {
  const stream = client.query(new QueryStream(select, [], { rowMode: 'array', types: asText }));
  const size = new FetchSize(batchBytes);
  try {
    for (;;) {
      const wanted = size.rows;
      const rows: (string | null)[][] = await stream.cursor.read(wanted);
      if (rows.length > 0) {
        const packed = packTextRows(rows);
        size.observe(rows.length, packed.length);
        yield packed;
      }
      if (rows.length < wanted) return;
    }
  } finally {
    await stream.cursor.close();
  }
}
