// Rows and values per CPU second of the codecs, on rows like the benchmark table's: 13 columns, 270 bytes as text.

import { type Column, ColumnOutput } from '../src/batch/column.ts';
import type { Batch } from '../src/batch/cut-batches.ts';
import { FieldIndex } from '../src/batch/field-index.ts';
import { splice } from '../src/batch/splice.ts';
import type { Codec, Format } from '../src/codec/codec.ts';
import { fieldCodec } from '../src/codec/field-types.ts';
import { CODECS } from '../src/codec/formats.ts';
import type { CatalogType } from '../src/pg/catalog-types.ts';
import type { Figure } from './figure.ts';
import { perCpuSecond } from './measure.ts';

const COLUMNS = [
  'int8',
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  'date',
  'numeric',
  'int4',
  'text',
  'text',
  'timestamptz',
];
/** first_name, last_name, email, phone, ssn, credit_card. */
const MASKED = [1, 2, 3, 4, 5, 6];
const ROWS = 2000;

/** Measures scanning, splicing, and the decoding and encoding of types. */
export function* benchCodecs(): Generator<Figure> {
  const formats: readonly Format[] = ['binary', 'text'];
  for (const format of formats) yield* benchFormat(format);
  yield* benchType('text', TYPES[0]!); // text itself
  for (const type of TYPES) yield* benchType('binary', type);
}

const FIRST = ['James', 'Mary', 'Zoë', 'Jürgen', 'François', 'Olga', 'Wei', 'Fatima', 'Søren', 'Chloé'];
const LAST = ['Smith', 'García', 'Müller', "O'Neill", 'Nguyen', 'Kowalski', 'Dubois', 'Yılmaz', 'Ivanova', 'Brown'];

/** The texts of one row; null is NULL. */
function customer(id: number): (string | null)[] {
  const random = (id * 2654435761) % 2 ** 32;
  const first = FIRST[random % 10]!;
  const last = LAST[(random >> 4) & 7]!;
  const day = String(1 + (random % 28)).padStart(2, '0');
  return [
    String(id),
    first,
    last,
    `${first.toLowerCase()}.${last.toLowerCase()}${id}@mail.example`,
    id % 20 === 0 ? null : `+1-${200 + (random % 800)}-555-${String(random % 10_000).padStart(4, '0')}`,
    `${100 + (random % 899)}-${10 + (random % 89)}-${1000 + (random % 8999)}`,
    `4${String(random * 7919)
      .padStart(15, '0')
      .slice(0, 15)}`,
    `1972-0${1 + (random % 9)}-${day}`,
    `${random % 100_000}.${10 + (random % 90)}`,
    String(18 + (random % 72)),
    `${random % 9999} Hügel Street, Kraków`,
    id % 10 === 0
      ? null
      : id % 100 === 1
        ? 'two\nlines, a\ttab, a \\ and "quotes"'
        : `note ${'0123456789abcdef'.repeat(6)}`,
    `2019-0${1 + (random % 9)}-${day} 10:20:30.${100_001 + (random % 899_998)}+00`,
  ];
}

const typeNamed = (typname: string): CatalogType => ({
  oid: 25,
  typname,
  kind: 'base',
  hasBinary: true,
  element: null,
  base: null,
  attributes: [],
  labels: [],
});

function encodeColumn(format: Format, typname: string, texts: readonly (string | null)[]): Column {
  const values = new ColumnOutput();
  values.reset(texts.length);
  for (const text of texts) {
    if (text === null) values.pushNull();
    else values.pushBytes(Buffer.from(text));
  }
  const scratch = new ColumnOutput();
  scratch.reset(texts.length);
  const codec = fieldCodec(format, typeNamed(typname), new Map());
  if (!codec) throw new Error(`${typname} has no codec`);
  return codec.encode(values, scratch);
}

const fieldOf = ({ bytes, offsets, lengths }: Column, index: number): Uint8Array | null =>
  lengths[index]! < 0 ? null : bytes.subarray(offsets[index]!, offsets[index]! + lengths[index]!);

/** A batch of customers as the server would send them, without header and trailer. */
function customers(format: Format): Buffer {
  const rows = Array.from({ length: ROWS }, (_, row) => customer(1_000_000 + row));
  const columns = COLUMNS.map((typname, column) =>
    encodeColumn(
      format,
      typname,
      rows.map(row => row[column] ?? null),
    ),
  );
  const parts: Uint8Array[] = [];
  const int32 = (number: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(number);
    return bytes;
  };
  for (let row = 0; row < ROWS; row++) {
    if (format === 'binary') parts.push(Buffer.of(0, COLUMNS.length));
    for (const [number, column] of columns.entries()) {
      const field = fieldOf(column, row);
      if (format === 'text') parts.push(field ?? Buffer.from('\\N'), Buffer.from(number < 12 ? '\t' : '\n'));
      else parts.push(int32(field?.length ?? -1), field ?? Buffer.alloc(0));
    }
  }
  return Buffer.concat(parts);
}

function* benchFormat(format: Format): Generator<Figure> {
  const codec: Codec = CODECS[format];
  const bytes = customers(format);
  const index = new FieldIndex(COLUMNS.length, MASKED);
  const batch: Batch = { bytes, start: 0, end: bytes.length, index, lend: () => {} };
  const scan = perCpuSecond(() => {
    codec.scan(bytes, 0, bytes.length, index);
    if (index.rows !== ROWS) throw new Error(`${index.rows} rows of ${ROWS} were found`);
    return ROWS;
  });
  yield* rates(`${format}: scan 13 fields, 6 planned`, scan, bytes.length);
  const columns = MASKED.map((_, number) => replacements(index, number));
  const spliced = perCpuSecond(() => {
    splice(batch, codec, columns);
    return ROWS;
  });
  yield* rates(`${format}: splice 6 of 13 fields`, spliced, bytes.length);
}

/** Rows a second, and what that is in bytes. */
function* rates(what: string, rows: number, batchBytes: number): Generator<Figure> {
  yield { what, value: rows, unit: 'rows/s' };
  yield { what, value: (rows / ROWS) * (batchBytes / 1e6), unit: 'MB/s' };
}

/** Replacements with about the lengths of a name, an address, a digest. */
function replacements(index: FieldIndex, number: number): Column {
  const output = new ColumnOutput();
  const count = index.rows - index.nulls[number]!;
  output.reset(count);
  const lengths = [6, 8, 32, 15, 16, 16];
  for (let value = 0; value < count; value++) output.pushBytes(Buffer.alloc(lengths[number]! + (value % 3), 0x61));
  return output;
}

const TYPES: readonly { readonly typname: string; readonly text: (row: number) => string }[] = [
  { typname: 'text', text: row => customer(row)[3]! },
  { typname: 'int4', text: row => String((row * 2654435761) % 2 ** 31) },
  { typname: 'int8', text: row => String(row * 2654435761) },
  { typname: 'date', text: row => customer(row)[7]! },
  { typname: 'timestamptz', text: row => customer(row)[12]! },
  { typname: 'numeric', text: row => customer(row)[8]! },
  { typname: 'float8', text: row => String(row * 1.37) },
  { typname: 'uuid', text: row => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}` },
  { typname: 'jsonb', text: row => `{"id": ${row}, "name": "x"}` },
  { typname: 'bool', text: row => (row % 2 === 0 ? 't' : 'f') },
];

function* benchType(format: Format, { typname, text }: (typeof TYPES)[number]): Generator<Figure> {
  const codec = fieldCodec(format, typeNamed(typname), new Map())!; // each of them has one
  const texts = Array.from({ length: ROWS }, (_, row) => text(row + 1_000_000));
  const fields = encodeColumn(format, typname, texts);
  const scratch = new ColumnOutput(ROWS);
  const values = convertAll(codec.decode, fields, new ColumnOutput(ROWS));
  for (const [what, convert, column] of [
    ['decode', codec.decode, fields],
    ['encode', codec.encode, values],
  ] as const) {
    const value = perCpuSecond(() => convertAll(convert, column, scratch).count);
    yield { what: `${format} ${typname}: ${what}`, value, unit: 'values/s' };
  }
}

function convertAll(
  convert: (column: Column, scratch: ColumnOutput) => Column,
  column: Column,
  scratch: ColumnOutput,
): Column {
  scratch.reset(column.count);
  return convert(column, scratch);
}
