// The JavaScript side of kernels/assembly/rows.ts: lays a batch out in the module's memory, finds its fields there, and copies
// the new rows out. Memory: the module's own data | table of columns | which fields are planned | the index of each column | the
// rows as they are | for each column its values' places, its values | the new rows.

import { endOfRows } from '../codec/binary-tuples.ts';
import type { Codec } from '../codec/codec.ts';
import type { Column } from './column.ts';
import type { Batch } from './cut-batches.ts';
import type { FieldIndex } from './field-index.ts';
import { VIEW_BYTES } from './splice-by-words.ts';

const PAGE_BYTES = 64 * 1024;
/** What the module's memory may come to; usual batches take a quarter. Memory of WebAssembly never shrinks. */
const MAX_MEMORY_BYTES = 4 * 1024 * 1024;

/** What kernels/assembly/rows.ts exports. */
interface RowsExports {
  readonly memory: WebAssembly.Memory;
  readonly OVERSHOOT_BYTES: WebAssembly.Global;
  readonly COLUMN_BYTES: WebAssembly.Global;
  readonly LENGTH_BYTES: WebAssembly.Global;
  readonly NULL_FIELD: WebAssembly.Global;
  readonly NULL_BYTES: WebAssembly.Global;
  readonly MEASURED: WebAssembly.Global;
  readonly FOUND: WebAssembly.Global;
  readonly ODD_FIELDS: WebAssembly.Global;
  readonly FREE: WebAssembly.Global;
  scan(
    from: number,
    end: number,
    fields: number,
    planned: number,
    stride: number,
    maxRows: number,
    delta: number,
  ): number;
  measure(offsets: number, sizes: number, count: number): void;
  splice(
    rows: number,
    table: number,
    tableEnd: number,
    base: number,
    kept: number,
    end: number,
    to: number,
    maxRun: number,
  ): number;
}

/** Bytes that lie in the module's memory with the index of their fields. */
interface LaidOut {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly index: FieldIndex;
  /** Addresses of the first byte, of the first column's index, and from one index to the next. */
  readonly rowsAt: number;
  readonly indexAt: number;
  /** Bytes of the places of a column's fields, and of their lengths behind them. */
  readonly stride: number;
  /** The first address after the bytes. */
  readonly end: number;
}

/** An instance of the module with its memory. */
export class SimdRows {
  readonly #exports: RowsExports;
  readonly #columnWords: number;
  readonly #overshoot: number;
  readonly #measuredAt: number;
  readonly #foundAt: number;
  // Views of the module's memory, renewed when it has grown.
  #bytes!: Uint8Array;
  #words!: Int32Array;
  /** The next free byte. */
  #at = 0;
  #codec: Codec | undefined;
  /** What the last scan left there: a splice of the same batch finds it in its place. */
  #scanned: LaidOut | undefined;

  constructor(wasm: Uint8Array) {
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as RowsExports;
    this.#columnWords = this.#exports.COLUMN_BYTES.value / 4;
    this.#overshoot = this.#exports.OVERSHOOT_BYTES.value;
    this.#measuredAt = this.#exports.MEASURED.value / 4;
    this.#foundAt = this.#exports.FOUND.value / 4;
    this.#view();
  }

  /** As the `scan` of the binary codec; false, with nothing done, when it would take too much memory. */
  scan(bytes: Uint8Array, start: number, end: number, index: FieldIndex): boolean {
    const { fieldCount } = index;
    const maxRows = Math.min(index.maxRows, 1 + Math.floor((end - start) / (2 + 4 * fieldCount)));
    const laid = this.#layOut({ bytes, start, index }, end, maxRows);
    if (!laid) return false;
    const { rowsAt, indexAt, stride } = laid;
    const plannedAt = this.#plannedAt(index);
    for (let field = 0; field < fieldCount; field++) {
      const column = index.planned[field]!; // field < fieldCount
      this.#words[plannedAt / 4 + field] = column < 0 ? -1 : indexAt + 2 * stride * column;
    }
    const delta = start - rowsAt;
    const rows = this.#exports.scan(rowsAt, laid.end, fieldCount, plannedAt, stride, maxRows, delta);
    const words = this.#words;
    for (let column = 0; column < index.starts.length; column++) {
      const at = (indexAt + 2 * stride * column) / 4;
      index.starts[column]!.set(words.subarray(at, at + rows)); // one per planned column
      index.lengths[column]!.set(words.subarray(at + stride / 4, at + stride / 4 + rows));
    }
    const needed = words[this.#foundAt + 1]! >>> 0;
    index.found(rows, words[this.#foundAt]! + delta, needed === 0 ? 0 : needed + delta);
    const odd = words[this.#exports.ODD_FIELDS.value / 4]!;
    if (odd >= 0) endOfRows(odd, index);
    this.#scanned = laid;
    return true;
  }

  /** As `splice`, in one piece; undefined when that would take too much memory, or copy what is better passed on as a view. */
  splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array | undefined {
    const { start, end, index } = batch;
    const values = columns.reduce((sum, { count }) => sum + count, 0);
    const laid = this.#wasScanned(batch) ? this.#scanned : this.#layOutScanned(batch);
    if (!laid) return undefined;
    this.#setCodec(codec);
    const { rowsAt, indexAt, stride } = laid;
    const table = this.#exports.FREE.value;
    const tableEnd = table + 4 * this.#columnWords * columns.length;
    this.#at = (laid.end + this.#overshoot + 3) & ~3;
    let written = 0;
    for (const [number, column] of columns.entries()) {
      const entry = table / 4 + number * this.#columnWords;
      const size = this.#addColumn(column, entry);
      if (size < 0) return undefined;
      this.#words[entry] = indexAt + 2 * stride * number;
      this.#words[entry + 1] = indexAt + 2 * stride * number + stride;
      written += size;
    }
    const outputAt = this.#at;
    const most = end - start + written + codec.nullField.length * values;
    if (!this.#makeRoom(most + this.#overshoot)) return undefined;
    const base = rowsAt - start;
    const endAt = this.#exports.splice(index.rows, table, tableEnd, base, rowsAt, base + end, outputAt, VIEW_BYTES);
    if (endAt === 0) return undefined;
    const output = Buffer.allocUnsafeSlow(endAt - outputAt);
    output.set(this.#bytes.subarray(outputAt, endAt));
    return output;
  }

  #wasScanned({ bytes, start, index }: Batch): boolean {
    const { bytes: scanned, start: from, index: into } = this.#scanned ?? {};
    return bytes === scanned && start === from && index === into;
  }

  /** Lays out a batch whose fields were found elsewhere. */
  #layOutScanned(batch: Batch): LaidOut | undefined {
    const { index } = batch;
    const laid = this.#layOut(batch, batch.end, index.rows);
    if (!laid) return undefined;
    for (let column = 0; column < index.starts.length; column++) {
      const at = (laid.indexAt + 2 * laid.stride * column) / 4;
      this.#words.set(index.starts[column]!.subarray(0, index.rows), at); // one per planned column
      this.#words.set(index.lengths[column]!.subarray(0, index.rows), at + laid.stride / 4);
    }
    return laid;
  }

  /** Puts bytes into the memory, with room for an index of so many rows before them. */
  #layOut(of: Pick<LaidOut, 'bytes' | 'start' | 'index'>, end: number, rows: number): LaidOut | undefined {
    this.#scanned = undefined;
    const { bytes, start, index } = of;
    const stride = 4 * rows;
    const indexAt = this.#plannedAt(index) + 4 * index.fieldCount;
    const rowsAt = indexAt + 2 * stride * index.starts.length;
    this.#at = rowsAt;
    if (!this.#makeRoom(end - start + this.#overshoot)) return undefined;
    this.#bytes.set(bytes.subarray(start, end), rowsAt);
    return { bytes, start, index, rowsAt, indexAt, stride, end: rowsAt + end - start };
  }

  /** Behind the table of columns. */
  #plannedAt({ starts }: FieldIndex): number {
    return this.#exports.FREE.value + 4 * this.#columnWords * starts.length;
  }

  /** Lays out a column's values and writes them to its entry of the table. Returns their bytes, or -1 when there is no room. */
  #addColumn({ bytes, offsets, lengths, count }: Column, entry: number): number {
    if (!this.#makeRoom(8 * count)) return -1;
    const offsetsAt = this.#addWords(offsets, count);
    const sizesAt = this.#addWords(lengths, count);
    this.#exports.measure(offsetsAt, sizesAt, count);
    const low = this.#words[this.#measuredAt]!;
    const high = this.#words[this.#measuredAt + 1]!;
    const size = this.#words[this.#measuredAt + 2]!;
    if (low < 0 || high > bytes.length) throw new RangeError('a value lies outside its bytes');
    if (!this.#makeRoom(high - low + this.#overshoot)) return -1;
    this.#bytes.set(bytes.subarray(low, high), this.#at);
    const words = this.#words;
    words[entry + 2] = offsetsAt;
    words[entry + 3] = sizesAt;
    words[entry + 4] = this.#at - low;
    this.#at = (this.#at + high - low + this.#overshoot + 3) & ~3;
    return size;
  }

  #addWords(source: Int32Array, count: number): number {
    const at = this.#at;
    this.#words.set(source.subarray(0, count), at / 4);
    this.#at += 4 * count;
    return at;
  }

  #setCodec(codec: Codec): void {
    if (codec === this.#codec) return;
    this.#codec = codec;
    const { LENGTH_BYTES, NULL_FIELD, NULL_BYTES } = this.#exports;
    this.#words[LENGTH_BYTES.value / 4] = codec.lengthBytes;
    this.#words[NULL_BYTES.value / 4] = codec.nullField.length;
    this.#bytes.set(codec.nullField, NULL_FIELD.value);
  }

  /** Makes sure that so many bytes are free. */
  #makeRoom(size: number): boolean {
    const missing = this.#at + size - this.#bytes.length;
    if (missing <= 0) return true;
    if (this.#at + size > MAX_MEMORY_BYTES) return false;
    this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#view();
    return true;
  }

  #view(): void {
    const { buffer } = this.#exports.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }
}
