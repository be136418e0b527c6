// The binary form of one type, value by value, and how a whole column goes through it.

import type { Column, ColumnOutput } from '../batch/column.ts';
import { type FieldCodec, UnencodableValue } from './field-codec.ts';

/** Bytes that are free in the output before each call; a form that needs more makes its own room. */
const FORM_ROOM = 64;

/** One type's two forms. All positions are in `bytes`; both append at `output.at` and leave the push to the caller. */
export interface ValueForm {
  /** Bytes of every field, where the type fixes them. */
  readonly fieldBytes?: number;
  /** Appends the text, exactly as the server prints it. */
  decode(bytes: Uint8Array, at: number, end: number, output: ColumnOutput): void;
  /** Appends the field. @returns false when the type cannot hold the value */
  encode(bytes: Uint8Array, at: number, end: number, output: ColumnOutput): boolean;
}

/** The codec of a form. */
export function eachValue(form: ValueForm): FieldCodec {
  return {
    decode: (fields, scratch) => decodeAll(form, fields, scratch),
    encode: (values, scratch) => encodeAll(form, values, scratch),
  };
}

function decodeAll(form: ValueForm, { bytes, offsets, lengths, count }: Column, scratch: ColumnOutput): Column {
  const { fieldBytes } = form;
  for (let index = 0; index < count; index++) {
    const length = lengths[index]!; // index < count
    if (fieldBytes !== undefined && length !== fieldBytes)
      throw new Error(`a field of ${length} bytes, not ${fieldBytes}`);
    const start = offsets[index]!;
    scratch.room(FORM_ROOM);
    form.decode(bytes, start, start + length, scratch);
    scratch.push();
  }
  return scratch;
}

function encodeAll(form: ValueForm, { bytes, offsets, lengths, count }: Column, scratch: ColumnOutput): Column {
  for (let index = 0; index < count; index++) {
    const length = lengths[index]!; // index < count
    if (length < 0) {
      scratch.pushNull();
      continue;
    }
    const start = offsets[index]!;
    scratch.room(FORM_ROOM);
    if (!form.encode(bytes, start, start + length, scratch)) throw new UnencodableValue(index);
    scratch.push();
  }
  return scratch;
}
