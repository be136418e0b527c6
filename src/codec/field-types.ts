// Types and their fields: which codec stands between a column's fields and the values that strategies see.
// Values are PostgreSQL's own text output under the session settings of pg/connect.ts, in both formats byte for byte.

import type { Column, ColumnOutput } from '../batch/column.ts';
import type { Catalog, CatalogType } from '../pg/catalog-types.ts';
import { date } from './binary-fields/dates.ts';
import { float4, float8 } from './binary-fields/floats.ts';
import { int2, int4, int8, oid } from './binary-fields/integers.ts';
import { numeric } from './binary-fields/numeric.ts';
import { bool, bytea, uuid } from './binary-fields/scalars.ts';
import { time, timestamp, timestamptz } from './binary-fields/timestamps.ts';
import type { Format } from './codec.ts';
import { baseType } from './column-type.ts';
import { type FieldCodec, sameBytes } from './field-codec.ts';
import { textFields } from './text-fields.ts';
import { eachValue } from './value-form.ts';

export { binaryObstacle, type Majors } from './binary-obstacle.ts';
export { columnType, valueKind } from './column-type.ts';

const SPACE = 0x20;
const JSONB_VERSION = 1;

/** The binary form of jsonb: a version and the text. */
const jsonb: FieldCodec = {
  decode({ bytes, offsets, lengths, count }, scratch) {
    for (let index = 0; index < count; index++) {
      if (bytes[offsets[index]!] !== JSONB_VERSION) throw new Error('a jsonb of an unknown version');
      scratch.offsets[index] = offsets[index]! + 1; // index < count
      scratch.lengths[index] = lengths[index]! - 1;
    }
    return { bytes, offsets: scratch.offsets, lengths: scratch.lengths, count };
  },
  encode({ bytes, offsets, lengths, count }, scratch) {
    for (let index = 0; index < count; index++) {
      const length = lengths[index]!; // index < count
      if (length < 0) {
        scratch.pushNull();
        continue;
      }
      scratch.room(1);
      scratch.bytes[scratch.at++] = JSONB_VERSION;
      scratch.pushBytes(bytes, offsets[index]!, offsets[index]! + length);
    }
    return scratch;
  },
};

/** Values of char(n) end before the spaces that fill the field; the server fills them again. */
function withoutPadding(codec: FieldCodec): FieldCodec {
  return {
    decode: (fields, scratch) => trim(codec.decode(fields, scratch), scratch),
    encode: codec.encode,
  };
}

function trim({ bytes, offsets, lengths, count }: Column, scratch: ColumnOutput): Column {
  for (let index = 0; index < count; index++) {
    const start = offsets[index]!; // index < count
    let length = lengths[index]!;
    while (length > 0 && bytes[start + length - 1] === SPACE) length--;
    scratch.lengths[index] = length;
  }
  return { bytes, offsets, lengths: scratch.lengths, count };
}

/** By pg_type.typname. */
const BINARY: Readonly<Record<string, FieldCodec>> = {
  text: sameBytes,
  varchar: sameBytes,
  bpchar: withoutPadding(sameBytes),
  name: sameBytes,
  citext: sameBytes,
  json: sameBytes,
  jsonb,
  int2: eachValue(int2),
  int4: eachValue(int4),
  int8: eachValue(int8),
  oid: eachValue(oid),
  numeric: eachValue(numeric),
  float4: eachValue(float4),
  float8: eachValue(float8),
  bool: eachValue(bool),
  date: eachValue(date),
  timestamp: eachValue(timestamp),
  timestamptz: eachValue(timestamptz),
  time: eachValue(time),
  uuid: eachValue(uuid),
  bytea: eachValue(bytea),
};

const TEXT_PADDED = withoutPadding(textFields);

/**
 * The codec of a type's fields. Every type has one in text; a masked column whose type has none in binary sends its
 * table through text. A domain's fields are its base type's.
 */
export function fieldCodec(format: Format, type: CatalogType, types: Catalog['types']): FieldCodec | undefined {
  const base = baseType(type, types);
  if (format === 'text') return base.typname === 'bpchar' ? TEXT_PADDED : textFields;
  if (base.kind === 'enum') return sameBytes; // it sends its label
  return base.kind === 'base' && Object.hasOwn(BINARY, base.typname) ? BINARY[base.typname] : undefined;
}
