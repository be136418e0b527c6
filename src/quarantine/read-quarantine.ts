// Opens the file of a quarantine, for who has the private key. All of it is checked before the first row is told: each line
// on its own, and that the rows are there which the run says were committed, once each.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { keyFingerprint, openBox } from '../crypto/sealed-box.ts';
import { AnonymizeError } from '../errors.ts';
import type { Fault } from '../pg/errors.ts';
import { displayName } from '../pg/identifiers.ts';
import type { Committed } from '../publish/ledger.ts';
import { type ChunkHead, contextOf, type END_HEAD, type FileHead, readRows } from './file-format.ts';

/** A row that the target refused, as it would have come there. */
export interface OpenedRow extends Fault {
  readonly table: string;
  readonly slice: number;
  /** From 1 within its slice. */
  readonly row: number;
  /** Of the slice; only one attempt of each slice counts. */
  readonly attempt: string;
  /** PostgreSQL's text of each column's value. */
  readonly values: Readonly<Record<string, string | null>>;
}

export interface OpenOptions {
  readonly privateKey: KeyObject;
  /** Also a file without an end: all that is there, of every attempt. */
  readonly isUnfinished?: boolean | undefined;
}

interface OpenedLine {
  readonly head: ChunkHead | typeof END_HEAD;
  readonly value: string;
}

/**
 * The rows of a file, in their order.
 * @throws {AnonymizeError} ANON_QUARANTINE_WRONG_KEY, ANON_QUARANTINE_DAMAGED, ANON_QUARANTINE_UNFINISHED
 */
export async function* openQuarantine(file: string, options: OpenOptions): AsyncGenerator<OpenedRow> {
  const counted = await attemptsThatCount(file, options);
  for await (const { head, value } of linesOf(file, options)) {
    if ('end' in head || (counted && !counted.has(attemptOf(head)))) continue;
    for (const { row, fault, line } of readRows(value)) {
      const { table, slice, attempt, columns } = head;
      yield { table: displayName(...table), slice, row, attempt, ...fault, values: valuesOf(line, columns) };
    }
  }
}

/** Which attempt a line is of. */
const attemptOf = ({ table, slice, attempt }: Pick<ChunkHead, 'table' | 'slice' | 'attempt'>): string =>
  JSON.stringify([table, slice, attempt]);

/** Looks at the whole file. @returns the attempts whose rows count; undefined for all */
async function attemptsThatCount(file: string, options: OpenOptions): Promise<ReadonlySet<string> | undefined> {
  const found = new Map<string, { rows: number; chunks: number }>();
  let end: readonly Committed[] | undefined;
  for await (const { head, value } of linesOf(file, options)) {
    if ('end' in head) {
      end = JSON.parse(value) as readonly Committed[];
      continue;
    }
    const { rows, chunks } = found.get(attemptOf(head)) ?? { rows: 0, chunks: 0 };
    if (head.chunk !== chunks) throw damaged(file, 'a line is missing or comes twice');
    found.set(attemptOf(head), { rows: rows + head.rows, chunks: chunks + 1 });
  }
  if (!end && !options.isUnfinished) throw new AnonymizeError('ANON_QUARANTINE_UNFINISHED', { file });
  if (!end) return undefined;
  const committed = end.map(({ table, ...one }) => ({
    ...one,
    key: attemptOf({ ...one, table: [table.schema, table.name] }),
  }));
  if (committed.some(({ key, rows }) => found.get(key)?.rows !== rows)) throw damaged(file, 'rows are missing');
  return new Set(committed.map(({ key }) => key));
}

/** Every line after the first, opened. */
async function* linesOf(file: string, { privateKey }: OpenOptions): AsyncGenerator<OpenedLine> {
  let first: string | undefined;
  let number = 0;
  for await (const line of wholeLines(file)) {
    number++;
    if (first === undefined) {
      first = line;
      refuseOtherKey(readHead(line, file), { file, privateKey });
      continue;
    }
    const [clear = '', sealed = ''] = line.split('\t');
    const value = openBox(privateKey, Buffer.from(sealed, 'base64'), contextOf(first, clear));
    if (!value) throw damaged(file, `line ${number} is not as it was written`);
    yield { head: JSON.parse(clear) as OpenedLine['head'], value: value.toString('utf8') }; // authentic, so ours
  }
  if (first === undefined) throw damaged(file, NO_QUARANTINE);
}

const NO_QUARANTINE = 'it does not begin as a quarantine does';

function readHead(line: string, file: string): FileHead {
  try {
    const head = JSON.parse(line) as Partial<FileHead>;
    if (head.pgveil === 'quarantine' && head.version === 1) return head as FileHead;
  } catch {
    // As below.
  }
  throw damaged(file, NO_QUARANTINE);
}

function refuseOtherKey(
  { key }: FileHead,
  { file, privateKey }: { readonly file: string; readonly privateKey: KeyObject },
): void {
  const given = keyFingerprint(createPublicKey(privateKey));
  if (given === key) return;
  if (typeof key !== 'string' || !/^[0-9a-f]{16}$/.test(key)) throw damaged(file, NO_QUARANTINE);
  throw new AnonymizeError('ANON_QUARANTINE_WRONG_KEY', { file, wanted: key, given });
}

/** Lines, of which the last must have its end, too. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  let open = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = `${open}${chunk}`.split('\n');
      open = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined || cause instanceof AnonymizeError) throw cause;
    throw new AnonymizeError('ANON_USAGE', { detail: `The file ${file} cannot be read (${code}).` });
  }
  if (open !== '') throw damaged(file, 'its last line is cut short');
}

const damaged = (file: string, detail: string): AnonymizeError =>
  new AnonymizeError('ANON_QUARANTINE_DAMAGED', { file, detail });

const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The values of a row of COPY text, whose escapes are those that PostgreSQL and our codec write. */
function valuesOf(line: string, columns: readonly string[]): Record<string, string | null> {
  const fields = line.split('\t');
  const textOf = (field = ''): string | null =>
    field === '\\N' ? null : field.replace(/\\(.)/gs, (_, letter: string) => LETTERS[letter] ?? letter);
  return Object.fromEntries(columns.map((column, n) => [column, textOf(fields[n])]));
}
