// Between a field as it stands in a COPY stream and the value that a strategy sees (PostgreSQL's own text form).

import type { Column, ColumnOutput } from '../batch/column.ts';

/**
 * Both ways for one type in one format. Either may return its argument when nothing has to change.
 * `scratch` is empty and the caller's: what is returned may be it, and is valid until it is used again.
 */
export interface FieldCodec {
  /** Fields, without NULLs, to values. */
  decode(fields: Column, scratch: ColumnOutput): Column;
  /**
   * Values (length -1 is NULL) to fields.
   * @throws {UnencodableValue} for a value that the type cannot hold
   */
  encode(values: Column, scratch: ColumnOutput): Column;
}

/** A strategy's output is not a value of the column's type. `index` counts the column's values from 0. */
export class UnencodableValue extends Error {
  override name = 'UnencodableValue';
  readonly index: number;
  constructor(index: number) {
    super('not a value of the type');
    this.index = index;
  }
}

/** Fields that are the value's bytes already: text, varchar, json and enum in binary. */
export const sameBytes: FieldCodec = { decode: fields => fields, encode: values => values };
