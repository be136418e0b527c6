// Loads rows and finds out which of them a table refuses: by halves under savepoints, so that rows without a fault cost one
// COPY, and one fault among ten thousand rows costs fourteen more.

import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import type { Format } from '../codec/codec.ts';
import { CODECS } from '../codec/formats.ts';
import { CopyIn } from './copy-in.ts';
import { type Fault, faultOf } from './errors.ts';
import { quoteName, quoteTable, type TableName } from './identifiers.ts';

export interface Loading {
  /** Where the rows go. */
  readonly into: TableName;
  /** Of the COPY, in its order. */
  readonly columns: readonly string[];
  readonly format: Format;
  /** SQL that runs after each COPY and may refuse its rows, too. */
  readonly afterwards?: string;
  /** Which faults are a row's; with others, loading fails. */
  readonly isRowFault: (fault: Fault) => boolean;
  /** Told of each row that is refused, by its position; when it throws, loading fails. */
  readonly onRefused: (position: number, fault: Fault) => void;
}

/**
 * Loads `rows`, each in the format of the COPY, in the transaction that is open; those that the table refuses stay out.
 * @throws what is not a row's fault; the transaction has failed then
 */
export async function loadByHalves(target: ClientBase, rows: readonly Buffer[], loading: Loading): Promise<void> {
  const tryRange = async (from: number, to: number): Promise<void> => {
    await target.query('savepoint pgveil_rows');
    const fault = await load(target, rows.slice(from, to), loading);
    if (!fault) {
      await target.query('release savepoint pgveil_rows');
      return;
    }
    await target.query('rollback to savepoint pgveil_rows; release savepoint pgveil_rows');
    if (to - from === 1) return loading.onRefused(from, fault);
    const middle = (from + to) >> 1;
    await tryRange(from, middle);
    await tryRange(middle, to);
  };
  if (rows.length > 0) await tryRange(0, rows.length);
}

/** @returns why the table refuses the rows, if it does */
async function load(target: ClientBase, rows: readonly Buffer[], loading: Loading): Promise<Fault | undefined> {
  const { into, columns, format, afterwards, isRowFault } = loading;
  const { header, trailer, copyOptions } = CODECS[format];
  const list = columns.length === 0 ? '' : ` (${columns.map(quoteName).join(', ')})`;
  const sql = `copy ${quoteTable(into)}${list} from stdin with (${copyOptions})`;
  try {
    // One buffer of its own: CopyIn frees what it has sent.
    await pipeline([Buffer.concat([header, ...rows, trailer])], target.query(new CopyIn(sql)));
    if (afterwards !== undefined) await target.query(afterwards);
    return undefined;
  } catch (cause) {
    const fault = faultOf(cause, { side: 'target', table: into, columns });
    if (!fault || !isRowFault(fault)) throw cause;
    return fault;
  }
}
