// The JavaScript side of kernels/assembly/splice.ts: lays a batch out in the module's memory and copies the new rows out.
// Memory: the module's own data | table of columns | for each column its index, its values' places, its values | the rows as
// they are | the new rows.

import type { Codec } from '../codec/codec.ts';
import type { Column } from './column.ts';
import type { Batch } from './cut-batches.ts';
import { VIEW_BYTES } from './splice-by-words.ts';

const PAGE_BYTES = 64 * 1024;
/** What the module's memory may come to; usual batches take a quarter. Memory of WebAssembly never shrinks. */
const MAX_MEMORY_BYTES = 4 * 1024 * 1024;

/** What kernels/assembly/splice.ts exports. */
interface SpliceExports {
  readonly memory: WebAssembly.Memory;
  readonly OVERSHOOT_BYTES: WebAssembly.Global;
  readonly COLUMN_BYTES: WebAssembly.Global;
  readonly LENGTH_BYTES: WebAssembly.Global;
  readonly NULL_FIELD: WebAssembly.Global;
  readonly NULL_BYTES: WebAssembly.Global;
  readonly MEASURED: WebAssembly.Global;
  readonly FREE: WebAssembly.Global;
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

/** An instance of the module with its memory. */
export class SimdSplice {
  readonly #exports: SpliceExports;
  readonly #columnWords: number;
  readonly #overshoot: number;
  readonly #measuredAt: number;
  // Views of the module's memory, renewed when it has grown.
  #bytes!: Uint8Array;
  #words!: Int32Array;
  /** The next free byte. */
  #at = 0;
  #codec: Codec | undefined;

  constructor(wasm: Uint8Array) {
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as SpliceExports;
    this.#columnWords = this.#exports.COLUMN_BYTES.value / 4;
    this.#overshoot = this.#exports.OVERSHOOT_BYTES.value;
    this.#measuredAt = this.#exports.MEASURED.value / 4;
    this.#view();
  }

  /** As `splice`, in one piece; undefined when that would take too much memory, or copy what is better passed on as a view. */
  splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array | undefined {
    const { bytes, start, end, index } = batch;
    const values = columns.reduce((sum, { count }) => sum + count, 0);
    const table = this.#exports.FREE.value;
    const tableEnd = table + 4 * this.#columnWords * columns.length;
    this.#at = tableEnd;
    if (!this.#makeRoom(2 * (end - start))) return undefined;
    this.#setCodec(codec);
    let written = 0;
    for (const [number, column] of columns.entries()) {
      const size = this.#addColumn(batch, column, { number, entry: table / 4 + number * this.#columnWords });
      if (size < 0) return undefined;
      written += size;
    }
    const inputAt = this.#at;
    const outputAt = inputAt + end - start + this.#overshoot;
    const most = end - start + written + codec.nullField.length * values;
    if (!this.#makeRoom(end - start + most + 2 * this.#overshoot)) return undefined;
    this.#bytes.set(bytes.subarray(start, end), inputAt);
    const base = inputAt - start;
    const endAt = this.#exports.splice(index.rows, table, tableEnd, base, inputAt, base + end, outputAt, VIEW_BYTES);
    if (endAt === 0) return undefined;
    const output = Buffer.allocUnsafeSlow(endAt - outputAt);
    output.set(this.#bytes.subarray(outputAt, endAt));
    return output;
  }

  /** Lays out a column and writes its entry of the table. Returns the bytes of its values, or -1 when there is no room. */
  #addColumn({ index }: Batch, column: Column, { number, entry }: { number: number; entry: number }): number {
    const { rows } = index;
    const { bytes, offsets, lengths, count } = column;
    if (!this.#makeRoom(8 * (rows + count))) return -1;
    const starts = this.#addWords(index.starts[number]!, rows); // one per planned column
    const fieldLengths = this.#addWords(index.lengths[number]!, rows);
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
    words[entry] = starts;
    words[entry + 1] = fieldLengths;
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
