// The target side of a slice: COPY FROM STDIN.

import type { ClientBase } from 'pg';
import { CODECS } from '../codec/formats.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { CopyIn } from './copy-in.ts';
import { quoteName, quoteTable } from './identifiers.ts';

export interface WriteOptions {
  /**
   * The table was emptied in the same transaction: its rows are written as if they had long been visible to everyone, so
   * that nobody has to write their pages once more to note it.
   */
  readonly isFrozen: boolean;
}

/** Takes COPY bytes; `rowCount` holds the rows that the target took once it has ended. */
export function writeByCopy(client: ClientBase, table: PlannedTable, { isFrozen }: WriteOptions): CopyIn {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  const list = columns === '' ? '' : ` (${columns})`;
  const { copyOptions } = CODECS[table.format];
  const options = isFrozen ? `${copyOptions}, freeze` : copyOptions;
  const copy = `copy ${quoteTable(table.into)}${list} from stdin with (${options})`;
  return client.query(new CopyIn(copy));
}
