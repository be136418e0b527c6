// DataRow messages (PostgreSQL manual, "Message Formats") → rows of COPY: 'D', an int32 length, then an int16 count and per
// field an int32 length (-1 is NULL) with its bytes. Chunks may end anywhere; no value becomes a string, and none is held.

import type { ColumnOutput } from '../batch/column.ts';
import type { Format } from './codec.ts';
import { appendEscaped } from './text-fields.ts';

const DATA_ROW = 0x44;
/** The byte that names the message, and its length. */
const HEADER_BYTES = 5;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const TAB = 0x09;
const NEWLINE = 0x0a;
/** `\N` */
const NULL_FIELD = Uint8Array.of(0x5c, 0x4e);

/** Takes DataRow messages out of what a server sends. */
export interface DataRows {
  /** Rows that have begun. */
  rows: number;
  /** A row has begun and not ended. */
  readonly isInside: boolean;
  /**
   * Appends what `bytes` hold from `at` on to `output`.
   * @returns the position of another message, of a length or a header that is cut off, or the end
   */
  convert(bytes: Buffer, at: number, output: ColumnOutput): number;
}

/** @param format that of the messages' fields, and of the COPY */
export function dataRows(format: Format): DataRows {
  return format === 'binary' ? new BinaryRows() : new TextRows();
}

/** What follows the length is a tuple of COPY binary as it stands. */
class BinaryRows implements DataRows {
  rows = 0;
  #bytesLeft = 0;

  get isInside(): boolean {
    return this.#bytesLeft > 0;
  }

  convert(bytes: Buffer, at: number, output: ColumnOutput): number {
    while (at < bytes.length) {
      if (this.#bytesLeft === 0) {
        if (bytes[at] !== DATA_ROW || at + HEADER_BYTES > bytes.length) return at;
        this.rows++;
        this.#bytesLeft = bytes.readInt32BE(at + 1) - LENGTH_BYTES; // it counts itself
        at += HEADER_BYTES;
      }
      const stop = Math.min(bytes.length, at + this.#bytesLeft);
      output.write(bytes, at, stop);
      this.#bytesLeft -= stop - at;
      at = stop;
    }
    return at;
  }
}

class TextRows implements DataRows {
  rows = 0;
  /** Fields of the row at hand that have not ended, and bytes of the first of them that are still to come. */
  #fieldsLeft = 0;
  #bytesLeft = 0;

  get isInside(): boolean {
    return this.#fieldsLeft > 0;
  }

  convert(bytes: Buffer, at: number, output: ColumnOutput): number {
    while (at < bytes.length) {
      if (this.#bytesLeft > 0) at = this.#passContent(bytes, at, output);
      else if (this.#fieldsLeft > 0) {
        if (at + LENGTH_BYTES > bytes.length) return at;
        this.#beginField(bytes.readInt32BE(at), output);
        at += LENGTH_BYTES;
      } else {
        if (bytes[at] !== DATA_ROW || at + HEADER_BYTES + COUNT_BYTES > bytes.length) return at;
        this.#beginRow(bytes.readInt16BE(at + HEADER_BYTES), output);
        at += HEADER_BYTES + COUNT_BYTES;
      }
    }
    return at;
  }

  #beginRow(fields: number, output: ColumnOutput): void {
    this.rows++;
    this.#fieldsLeft = fields;
    if (fields === 0) appendByte(NEWLINE, output);
  }

  #beginField(length: number, output: ColumnOutput): void {
    if (length < 0) output.write(NULL_FIELD);
    if (length > 0) this.#bytesLeft = length;
    else this.#endField(output);
  }

  #passContent(bytes: Buffer, at: number, output: ColumnOutput): number {
    const stop = Math.min(bytes.length, at + this.#bytesLeft);
    appendEscaped(bytes, at, stop, output);
    this.#bytesLeft -= stop - at;
    if (this.#bytesLeft === 0) this.#endField(output);
    return stop;
  }

  #endField(output: ColumnOutput): void {
    this.#fieldsLeft--;
    appendByte(this.#fieldsLeft === 0 ? NEWLINE : TAB, output);
  }
}

function appendByte(byte: number, output: ColumnOutput): void {
  output.room(1);
  output.bytes[output.at++] = byte;
}
