// Values that a command is given: as arguments, or as the lines of a file; and how it prints what became of them.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AnonymizeError } from '../errors.ts';

/** Values that are looked at together. */
const BATCH_VALUES = 5000;

/** Where a command's values come from: one of the three. */
export interface Sources {
  readonly values: readonly string[];
  /** One value per line. */
  readonly file: string | undefined;
  /** Of the target. */
  readonly column: string | undefined;
}

/** @param what the values are, in the plural, for the error. @throws {AnonymizeError} ANON_USAGE unless there is one source */
export function refuseOtherThanOne({ values, file, column }: Sources, what: string): void {
  const given = [values.length > 0, file !== undefined, column !== undefined].filter(Boolean).length;
  if (given !== 1) throw usage(`Give ${what}, or --file, or --column: one of the three.`);
}

/** The values that are arguments, or the lines of the file, some at a time. Empty lines are none. */
export async function* givenValues({ values, file }: Sources): AsyncGenerator<readonly string[]> {
  if (file === undefined) {
    yield values;
    return;
  }
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw usage('The file of --file cannot be read.');
  let batch: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    batch.push(line);
    if (batch.length < BATCH_VALUES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** ANON_USAGE. */
export const usage = (detail: string): AnonymizeError => new AnonymizeError('ANON_USAGE', { detail });

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A line as in COPY text: fields between tabs; \N where there is none. */
export function copyLine(fields: readonly (string | null | undefined)[]): string {
  return `${fields.map(text => text?.replace(/[\\\t\n\r]/g, found => ESCAPES[found]!) ?? '\\N').join('\t')}\n`; // all are listed
}
