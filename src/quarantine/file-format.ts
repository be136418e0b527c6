// The file of a quarantine, line by line: what it is, then sealed rows of slices, then which of them count. The clear part of
// a line holds names and numbers and is bound to the sealed part; so nothing can be moved to another place, run or file.

import type { KeyObject } from 'node:crypto';
import { sealFor } from '../crypto/sealed-box.ts';
import type { Fault } from '../pg/errors.ts';

/** The first line. */
export interface FileHead {
  readonly pgveil: 'quarantine';
  readonly version: 1;
  readonly run: string;
  /** Of the public key that it is sealed for. */
  readonly key: string;
}

/** What a line of rows says in clear. */
export interface ChunkHead {
  readonly table: readonly [schema: string, name: string];
  readonly columns: readonly string[];
  readonly slice: number;
  /** A slice may be tried more than once; the ledger has the attempt that was committed. */
  readonly attempt: string;
  /** From 0 within the attempt. */
  readonly chunk: number;
  readonly rows: number;
}

/** A row that was refused, after its columns were replaced. */
export interface RefusedRow {
  /** From 1 within its slice. */
  readonly row: number;
  readonly fault: Fault;
  /** A line of COPY text, without its end. */
  readonly line: string;
}

/** The clear part of the line that says which attempts count: all of them, in its sealed part. */
export const END_HEAD = { end: true } as const;

/** The first line. */
export const headLine = (run: string, key: string): string =>
  JSON.stringify({ pgveil: 'quarantine', version: 1, run, key } satisfies FileHead);

/** A line: its clear part, a tab, and the sealed one, bound to the first line and the clear part. */
export function sealedLine(
  head: ChunkHead | typeof END_HEAD,
  value: string,
  { first, publicKey }: { readonly first: string; readonly publicKey: KeyObject },
): string {
  const clear = JSON.stringify(head);
  return `${clear}\t${sealFor(publicKey, Buffer.from(value), contextOf(first, clear)).toString('base64')}\n`;
}

/** What the sealed part of a line is bound to. */
export const contextOf = (first: string, clear: string): Buffer => Buffer.from(`${first}\n${clear}`);

/** Rows as they are sealed: two lines each, since a row of COPY text has no line break. */
export const writeRows = (rows: readonly RefusedRow[]): string =>
  rows.map(({ row, fault, line }) => `${JSON.stringify({ row, ...fault })}\n${line}\n`).join('');

/** Back from writeRows. */
export function readRows(text: string): readonly RefusedRow[] {
  const lines = text.split('\n');
  return Array.from({ length: lines.length >> 1 }, (_, n): RefusedRow => {
    const { row, ...fault } = JSON.parse(lines[2 * n]!) as Fault & { readonly row: number }; // two lines each
    return { row, fault, line: lines[2 * n + 1]! };
  });
}
