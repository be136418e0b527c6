// The target side of a slice: COPY FROM STDIN.

import type { ClientBase } from 'pg';
import { CODECS } from '../codec/formats.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { CopyIn } from './copy-in.ts';
import { quoteName, quoteTable } from './identifiers.ts';

/** Takes COPY bytes; `rowCount` holds the rows that the target took once it has ended. */
export function writeByCopy(client: ClientBase, table: PlannedTable): CopyIn {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  const list = columns === '' ? '' : ` (${columns})`;
  const { copyOptions } = CODECS[table.format];
  const copy = `copy ${quoteTable(table.into)}${list} from stdin with (${copyOptions})`;
  return client.query(new CopyIn(copy));
}
