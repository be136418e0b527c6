// The JavaScript side of assembly/: copies a column's values into the module's memory, chunk by chunk, and asks for digests.
// Memory: the module's own data | staged values, a fixed size | digests, as many as the largest column so far had.

import { createHash, createSecretKey } from 'node:crypto';
import type { Column } from '../batch/column.ts';
import { copyWords } from './copy-words.ts';
import { hmacOfValue } from './hmac-node.ts';

const DIGEST_BYTES = 32;
const BLOCK_BYTES = 64;
const PAGE_BYTES = 64 * 1024;

/** Values staged at once: so few that they stay in a core's cache, and more than the largest value hashed here. */
const STAGE_BYTES = 256 * 1024;

/** Values that lie closer together than this are staged at once, with what lies between them: that takes less time. */
const DENSE_BYTES = 128;

/** From here on, `Uint8Array.set` copies faster than a loop of eight bytes at a time. */
const LOOP_BYTES = 128;

/** What assembly/hmac.ts exports. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly MAX_MESSAGES: WebAssembly.Global;
  readonly MAX_MESSAGE_BYTES: WebAssembly.Global;
  readonly READ_BEYOND_BYTES: WebAssembly.Global;
  readonly KEY: WebAssembly.Global;
  readonly KEY_BYTES: WebAssembly.Global;
  readonly OFFSETS: WebAssembly.Global;
  readonly LENGTHS: WebAssembly.Global;
  readonly MEASURED: WebAssembly.Global;
  readonly FREE: WebAssembly.Global;
  measure(count: number): void;
  setKey(key: number): void;
  digest(count: number, base: number, digests: number): void;
}

/** An instance of the module with its memory. Its function takes a key as `hmacColumn` does. */
export function createSimdKernel(wasm: Uint8Array): (key: Uint8Array) => (column: Column) => Uint8Array {
  const module = new WebAssembly.Module(wasm);
  const kernel = new SimdKernel(new WebAssembly.Instance(module).exports as unknown as KernelExports);
  return key => {
    const state = kernel.keyState(key);
    const keyObject = createSecretKey(key);
    return column => kernel.digests(column, state, value => hmacOfValue(keyObject, value));
  };
}

class SimdKernel {
  readonly #exports: KernelExports;
  readonly #maxMessages: number;
  readonly #maxMessageBytes: number;
  readonly #stageAt: number;
  readonly #digestsAt: number;
  // Views of the module's memory, which `#makeRoom` renews when the memory has grown.
  #memory!: Uint8Array;
  #stage!: Uint8Array;
  #stageWords!: DataView;
  #keyState!: Uint8Array;
  #offsets!: Int32Array;
  #lengths!: Int32Array;
  #measured!: Int32Array;
  #result!: Uint8Array;
  /** What added to OFFSETS gives the addresses of the values staged last. */
  #base = 0;
  /** The column has values that are too large for the module. */
  #hasLarge = false;

  constructor(exports: KernelExports) {
    this.#exports = exports;
    this.#maxMessages = exports.MAX_MESSAGES.value;
    this.#maxMessageBytes = exports.MAX_MESSAGE_BYTES.value;
    this.#stageAt = exports.FREE.value;
    this.#digestsAt = this.#stageAt + STAGE_BYTES + exports.READ_BEYOND_BYTES.value;
    this.#makeRoom(0);
  }

  /** The two states that every HMAC under this key starts from (RFC 2104 §4), computed once. */
  keyState(key: Uint8Array): Uint8Array {
    const block = this.#stage.subarray(0, BLOCK_BYTES).fill(0);
    block.set(key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key);
    this.#exports.setKey(this.#stageAt);
    block.fill(0);
    return this.#keyState.slice();
  }

  /** @param hashLarge for values that are too large for the module */
  digests(column: Column, keyState: Uint8Array, hashLarge: (value: Uint8Array) => Uint8Array): Uint8Array {
    const source = column.bytes.buffer === this.#memory.buffer ? withOwnBytes(column) : column;
    this.#makeRoom(source.count * DIGEST_BYTES);
    this.#keyState.set(keyState);
    this.#hasLarge = false;
    for (let start = 0; start < source.count; ) {
      const staged = this.#stageValues(source, start);
      this.#exports.digest(staged, this.#base, this.#digestsAt + start * DIGEST_BYTES);
      start += staged;
    }
    if (this.#hasLarge) this.#replaceLarge(source, hashLarge);
    return this.#result;
  }

  /** Stages values from `start` on, as many as there is room for, large ones as empty ones. Returns how many. */
  #stageValues(column: Column, start: number): number {
    const { bytes, offsets, lengths } = column;
    const count = Math.min(column.count - start, this.#maxMessages);
    this.#offsets.set(offsets.subarray(start, start + count));
    this.#lengths.set(lengths.subarray(start, start + count));
    this.#exports.measure(count);
    const [low = 0, high = 0, total = 0, tooLong = 0] = this.#measured;
    if (low < 0 || high > bytes.length) throw new RangeError('A value lies outside its bytes.');
    if (tooLong > 0) this.#hasLarge = true;
    const span = high - low;
    if (span > STAGE_BYTES || span > DENSE_BYTES * count + 4 * total) return this.#pack(bytes, count);
    if (total > 0) this.#stage.set(bytes.subarray(low, high));
    this.#base = this.#stageAt - low;
    return count;
  }

  /** Stages values one by one, without what lies between them. */
  #pack(bytes: Uint8Array, count: number): number {
    const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const words = this.#stageWords;
    const places = this.#offsets;
    const lengths = this.#lengths;
    this.#base = this.#stageAt;
    let at = 0;
    for (let index = 0; index < count; index++) {
      const from = places[index]!; // within count
      const length = lengths[index]!;
      if (at + length > STAGE_BYTES) return index;
      if (length > LOOP_BYTES) this.#stage.set(bytes.subarray(from, from + length), at);
      else copyWords(source, from, words, at, length);
      places[index] = at;
      at += length;
    }
    return count;
  }

  #replaceLarge(column: Column, hashLarge: (value: Uint8Array) => Uint8Array): void {
    for (let index = 0; index < column.count; index++) {
      const start = column.offsets[index]!; // within count
      const length = column.lengths[index]!;
      if (length <= this.#maxMessageBytes) continue;
      this.#result.set(hashLarge(column.bytes.subarray(start, start + length)), index * DIGEST_BYTES);
    }
  }

  /** Makes room for so many bytes of digests, and a result of that size. */
  #makeRoom(digestBytes: number): void {
    const { memory, KEY, KEY_BYTES, OFFSETS, LENGTHS, MEASURED, READ_BEYOND_BYTES } = this.#exports;
    const missing = this.#digestsAt + digestBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    const { buffer } = memory;
    if (this.#memory?.buffer !== buffer) {
      this.#memory = new Uint8Array(buffer);
      this.#stage = new Uint8Array(buffer, this.#stageAt, STAGE_BYTES);
      this.#stageWords = new DataView(buffer, this.#stageAt, STAGE_BYTES + READ_BEYOND_BYTES.value);
      this.#keyState = new Uint8Array(buffer, KEY.value, KEY_BYTES.value);
      this.#offsets = new Int32Array(buffer, OFFSETS.value, this.#maxMessages);
      this.#lengths = new Int32Array(buffer, LENGTHS.value, this.#maxMessages);
      this.#measured = new Int32Array(buffer, MEASURED.value, 4);
      this.#result = new Uint8Array(buffer, this.#digestsAt, 0);
    }
    if (this.#result.length !== digestBytes) this.#result = new Uint8Array(buffer, this.#digestsAt, digestBytes);
  }
}

/** For a column of digests that are to be hashed again: their memory may move, and is written to. */
function withOwnBytes({ bytes, offsets, lengths, count }: Column): Column {
  return { bytes: new Uint8Array(bytes), offsets, lengths, count };
}
