// The source side of a slice: its rows as the bytes of a COPY, by COPY itself or by a cursor.

import type { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import { CODECS } from '../codec/formats.ts';
import type { Slice } from '../plan/cut-slices.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import { CopyOut } from './copy-out.ts';
import { type CursorOptions, CursorOut } from './cursor-out.ts';
import { givenRows } from './given-rows.ts';
import { quoteName, quoteTable, type TableName } from './identifiers.ts';

/** What a slice's select says of its table. */
export type Selectable = TableName &
  Pick<PlannedTable, 'where'> & { readonly columns: readonly { readonly name: string }[] };

/**
 * For the select of a slice that has rows of its own: those are what is given. The select hides them from the planner, which
 * would spend 0.3 s on 900,000 of them and then choose to read the whole table.
 */
const IS_GIVEN = `ctid operator(pg_catalog.=) any ((select ${givenRows('rows')})::pg_catalog.tid[])`;

/** The rows of a slice, its planned columns in their order. `only` leaves inheriting tables to their own slices. */
export function selectSlice(table: Selectable, { fromPage, toPage, rows }: Slice): string {
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  if (rows) return `select ${columns} from only ${quoteTable(table)} where ${IS_GIVEN}`;
  const conditions = [
    fromPage > 0 && `ctid >= '(${fromPage},0)'`,
    toPage !== null && `ctid < '(${toPage},0)'`,
    table.where !== undefined && `(${table.where}\n)`, // the line break ends a comment
  ].filter(condition => condition !== false);
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  return `select ${columns} from only ${quoteTable(table)}${where}`;
}

/** Pages that a sample is taken from, and with a condition, which may leave few rows of each. */
const SAMPLE_PAGES = 64;
const FILTERED_SAMPLE_PAGES = 1024;

/** Up to `rows` rows from pages all over the table. */
export function selectSample(table: PlannedTable, rows: number): string {
  const wanted = table.where === undefined ? SAMPLE_PAGES : FILTERED_SAMPLE_PAGES;
  const percent = table.isSliceable && table.pages > wanted ? (100 * wanted) / table.pages : 100;
  const columns = table.columns.map(column => quoteName(column.name)).join(', ');
  const sample = percent < 100 ? ` tablesample system (${percent.toFixed(6)})` : '';
  const where = table.where === undefined ? '' : ` where (${table.where}\n)`;
  return `select ${columns} from only ${quoteTable(table)}${sample}${where} limit ${rows}`;
}

/** `COPY (select …) TO STDOUT`: chunks that end anywhere. */
export function readByCopy(client: ClientBase, table: PlannedTable, slice: Slice): Readable {
  const { copyOptions } = CODECS[table.format];
  return client.query(new CopyOut(`copy (${selectSlice(table, slice)}) to stdout with (${copyOptions})`));
}

/** A server-side cursor, whose fetches follow the width of the rows: the same bytes as by COPY. */
export function readByCursor(client: ClientBase, select: string, options: CursorOptions): Readable {
  return new CursorOut(client, select, options);
}
