// Whether the WebAssembly module finds the fields that the codecs find, and splices as splice-by-words.ts does: what a broken
// engine or module would get wrong is found before the first row, and the rows then go through JavaScript.

import { isDeepStrictEqual } from 'node:util';
import type { Codec } from '../codec/codec.ts';
import { CODECS } from '../codec/formats.ts';
import { type Column, ColumnOutput } from './column.ts';
import type { Batch } from './cut-batches.ts';
import { FieldIndex } from './field-index.ts';
import type { SimdRows } from './simd-rows.ts';
import { spliceByWords } from './splice-by-words.ts';

/** Around what one vector holds, and several of them: null is NULL. */
const LENGTHS = [0, 1, 7, 15, null, 16, 17, 31, 32, 33, 63, null, 64, 65, 200];
const FIELDS = 5;
const REPLACED = [0, 2, 3];
const NOTHING = Buffer.alloc(0);

/** Compares batches of both formats, whose fields and replacements have all of these lengths. */
export function agreesWithJavaScript(simd: SimdRows): boolean {
  return Object.values(CODECS).every(codec => agrees(simd, codec));
}

function agrees(simd: SimdRows, codec: Codec): boolean {
  const rows = LENGTHS.map((_, row) => Array.from({ length: FIELDS }, (_, field) => fieldOf(row + 4 * field, field)));
  const bytes = Buffer.concat(rows.map(row => rowBytes(codec, row)));
  const index = new FieldIndex(FIELDS, REPLACED);
  codec.scan(bytes, 0, bytes.length, index);
  const batch: Batch = { bytes, start: 0, end: bytes.length, index, lend: () => {} };
  const columns = REPLACED.map((field, number) => replacements(index.rows - index.nulls[number]!, field)); // one for each
  const expected = Buffer.concat(spliceByWords(batch, codec, columns));
  const splices = (one: Batch): boolean => expected.equals(simd.splice(one, codec, columns) ?? NOTHING);
  try {
    if (codec.format === 'binary') {
      const found = new FieldIndex(FIELDS, REPLACED);
      const isFound = simd.scan(bytes, 0, bytes.length, found) && isDeepStrictEqual(found, index);
      if (!isFound || !splices({ ...batch, index: found })) return false;
    }
    return index.rows === rows.length && splices(batch);
  } catch {
    return false; // a module that traps does not agree
  }
}

/** The letters of fields differ, so that none can stand for another. */
function fieldOf(number: number, letter: number): Buffer | null {
  const length = LENGTHS[number % LENGTHS.length] ?? null;
  return length === null ? null : Buffer.from(Array.from({ length }, (_, at) => 97 + ((letter * 5 + at) % 26)));
}

function replacements(count: number, field: number): Column {
  const output = new ColumnOutput(count);
  for (let value = 0; value < count; value++) {
    const bytes = fieldOf(7 * value + field, field + 11);
    if (bytes) output.pushBytes(bytes);
    else output.pushNull();
  }
  return output;
}

/** A row as PostgreSQL writes it. Its letters need no escaping. */
function rowBytes(codec: Codec, fields: readonly (Buffer | null)[]): Buffer {
  if (codec.format === 'text') {
    return Buffer.from(`${fields.map(field => field?.toString() ?? '\\N').join('\t')}\n`);
  }
  const parts: Uint8Array[] = [Buffer.of(0, fields.length)];
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field?.length ?? -1);
    parts.push(length, field ?? Buffer.alloc(0));
  }
  return Buffer.concat(parts);
}
