// A column of a batch: how values reach a strategy and how they leave it.
// Values are the UTF-8 bytes of PostgreSQL's own text form of the type, whatever the format of the COPY was.

/**
 * The values of one column in one batch, without its NULLs.
 * Value `i` is `bytes[offsets[i] … offsets[i] + lengths[i])`; only the first `count` entries count.
 */
export interface Column {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  readonly count: number;
}

/** The same with NULLs among the values: their length is -1, and their offset means nothing. */
export type ColumnWithNulls = Column;

const FIRST_BYTES = 16 * 1024;
/** A buffer that grew to this size is not kept for the next batch: one huge value must not stay in memory after its row. */
export const LARGE_BYTES = 4 * 1024 * 1024;

/** Doubles, until that would be too much; then a quarter more, and what the small values after a huge one need. */
const grownSize = (needed: number, size: number): number =>
  needed < LARGE_BYTES ? Math.max(needed, size * 2) : needed + LARGE_BYTES / 4 + Math.floor(size / 4);

/**
 * Where a strategy writes its replacements: one after another, in the order of the input, exactly one for each value.
 *
 *     output.room(24);                       // at least 24 bytes are free from output.at
 *     output.bytes[output.at++] = 0x2a;      // write
 *     output.push();                         // the value ends here
 */
export class ColumnOutput {
  bytes: Uint8Array;
  /** `bytes` as words, unless they are shared. */
  view!: DataView;
  /** Where the next byte goes. */
  at = 0;
  /** Values pushed so far. */
  count = 0;
  offsets: Int32Array;
  /** Byte lengths; -1 is NULL. */
  lengths: Int32Array;
  #start = 0;
  /** What is written to; `bytes`, unless those are shared. */
  #own!: Uint8Array<ArrayBuffer>;

  constructor(capacity = 1024) {
    this.bytes = this.#take(new Uint8Array(FIRST_BYTES));
    this.offsets = new Int32Array(capacity);
    this.lengths = new Int32Array(capacity);
  }

  /** Forgets all values and makes room for `values` new ones. The buffers stay, unless they are large. */
  reset(values: number): void {
    if (this.#own.length >= LARGE_BYTES) {
      this.#own.buffer.transfer(0); // at once, as the collector would take its time
      this.#take(new Uint8Array(FIRST_BYTES));
    }
    this.bytes = this.#own;
    if (values > this.offsets.length) {
      const capacity = Math.max(values, this.offsets.length * 2);
      this.offsets = new Int32Array(capacity);
      this.lengths = new Int32Array(capacity);
    }
    this.at = 0;
    this.count = 0;
    this.#start = 0;
  }

  /** Where the current value begins. */
  get start(): number {
    return this.#start;
  }

  /** Makes sure that `size` bytes are free at `at`. It may replace `bytes` and `view`: read them after it, not before. */
  room(size: number): void {
    if (this.bytes !== this.#own) throw new Error('nothing is written where values are parts of shared bytes');
    const needed = this.at + size;
    if (needed <= this.#own.length) return;
    const grown = new Uint8Array(grownSize(needed, this.#own.length));
    grown.set(this.#own.subarray(0, this.at));
    this.bytes = this.#take(grown);
  }

  /**
   * All values will be parts of these bytes, by `pushPart`: none is copied. The bytes stay as they are while the values are used.
   * Before the first value.
   */
  share(bytes: Uint8Array): void {
    if (this.count > 0 || this.at > 0) throw new Error('values were written before bytes are shared');
    this.bytes = bytes;
  }

  /** The current value is this part of the shared bytes. */
  pushPart(start: number, end: number): void {
    const index = this.count++;
    this.offsets[index] = start;
    this.lengths[index] = end - start;
  }

  /** Ends the current value at `at`. */
  push(): void {
    const index = this.count++;
    this.offsets[index] = this.#start;
    this.lengths[index] = this.at - this.#start;
    this.#start = this.at;
  }

  /** The current value is NULL. */
  pushNull(): void {
    const index = this.count++;
    this.at = this.#start;
    this.offsets[index] = this.#start;
    this.lengths[index] = -1;
  }

  /** Writes these bytes to the current value. */
  write(source: Uint8Array, start = 0, end = source.length): void {
    const size = end - start;
    this.room(size);
    const { bytes } = this;
    let at = this.at;
    if (size > 64) {
      bytes.set(source.subarray(start, end), at);
      at += size;
    } else {
      for (let from = start; from < end; from++) bytes[at++] = source[from]!; // within size
    }
    this.at = at;
  }

  /** The current value is these bytes, after whatever was already written of it. */
  pushBytes(source: Uint8Array, start = 0, end = source.length): void {
    this.write(source, start, end);
    this.push();
  }

  #take(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    this.#own = bytes;
    this.view = new DataView(bytes.buffer);
    return bytes;
  }
}
