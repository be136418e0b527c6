// The target side of a slice: COPY FROM STDIN.

import type { ClientBase } from 'pg';
import copyStreams, { type CopyStreamQuery } from 'pg-copy-streams';
import { CODECS } from '../codec/formats.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { quoteName, quoteTable } from './identifiers.ts';

/** Bytes that may wait for the socket: the next batch is made while the target takes the last ones. */
const WAITING_BYTES = 1024 * 1024;

/** Takes COPY bytes; `rowCount` holds the rows that the target took once it has ended. */
export function writeByCopy(client: ClientBase, table: PlannedTable): CopyStreamQuery {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  const list = columns === '' ? '' : ` (${columns})`;
  const { copyOptions } = CODECS[table.format];
  const copy = `copy ${quoteTable(table.into)}${list} from stdin with (${copyOptions})`;
  return client.query(copyStreams.from(copy, { highWaterMark: WAITING_BYTES }));
}
