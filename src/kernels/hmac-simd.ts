// The JavaScript side of assembly/: puts a column's values into the module's memory, chunk by chunk, and asks for digests.
// Memory: the module's own data | staged input, a fixed size | digests, as large as the largest column so far.

import { createHash, createSecretKey } from 'node:crypto';
import type { Column } from '../batch/column.ts';
import { hmacOfValue } from './hmac-node.ts';

const DIGEST_BYTES = 32;
const BLOCK_BYTES = 64;
const PAGE_BYTES = 64 * 1024;

/** Staged at once: a chunk stays in the second-level cache. Larger than any message that is hashed here. */
const STAGE_BYTES = 256 * 1024;

/**
 * Bytes between the values of a chunk, per byte of value, up to which the whole range is copied at once: that copies
 * 64 bytes in the time in which a loop copies about eight.
 */
const SPARSE = 8;

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
  readonly FREE: WebAssembly.Global;
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
  /** Views of the module's memory; `#makeRoom` renews them when the memory has grown. */
  #memory!: Uint8Array;
  #keyState!: Uint8Array;
  #offsets!: Int32Array;
  #lengths!: Int32Array;
  #result!: Uint8Array;
  /** Added to OFFSETS, gives the addresses of the staged values. */
  #base = 0;

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
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key);
    this.#memory.set(block, this.#stageAt);
    this.#exports.setKey(this.#stageAt);
    this.#memory.fill(0, this.#stageAt, this.#stageAt + BLOCK_BYTES);
    return this.#keyState.slice();
  }

  digests(column: Column, keyState: Uint8Array, hashLarge: (value: Uint8Array) => Uint8Array): Uint8Array {
    const ours = column.bytes.buffer === this.#memory.buffer;
    const source = ours ? { ...column, bytes: column.bytes.slice() } : column;
    this.#makeRoom(source.count * DIGEST_BYTES);
    this.#keyState.set(keyState);
    let hasLarge = false;
    for (let start = 0; start < source.count; ) {
      const count = Math.min(source.count - start, this.#maxMessages);
      if (this.#copyPlaces(source, start, count)) hasLarge = true;
      const staged = this.#stage(source.bytes, count);
      this.#exports.digest(staged, this.#base, this.#digestsAt + start * DIGEST_BYTES);
      start += staged;
    }
    if (hasLarge) this.#replaceLarge(source, hashLarge);
    return this.#result;
  }

  /** Copies offsets and lengths, large values as empty ones. Returns whether there are any. */
  #copyPlaces(column: Column, start: number, count: number): boolean {
    let hasLarge = false;
    let signs = 0;
    let end = 0;
    for (let index = 0; index < count; index++) {
      const offset = column.offsets[start + index]!; // start + count is within column.count
      const length = column.lengths[start + index]!;
      signs |= offset | length;
      if (offset + length > end) end = offset + length;
      const isLarge = length > this.#maxMessageBytes;
      if (isLarge) hasLarge = true;
      this.#offsets[index] = offset;
      this.#lengths[index] = isLarge ? 0 : length;
    }
    if (signs < 0 || end > column.bytes.length) throw new RangeError('A value of the column lies outside its bytes.');
    return hasLarge;
  }

  /** Copies as many of the values as the stage holds; returns how many. */
  #stage(bytes: Uint8Array, count: number): number {
    let low = bytes.length;
    let high = 0;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const offset = this.#offsets[index]!; // within count
      const length = this.#lengths[index]!;
      if (length > 0 && offset < low) low = offset;
      if (length > 0 && offset + length > high) high = offset + length;
      total += length;
    }
    const span = high - low;
    if (span > STAGE_BYTES || span > SPARSE * total) return this.#pack(bytes, count);
    this.#memory.set(bytes.subarray(low, high), this.#stageAt);
    this.#base = this.#stageAt - low;
    return count;
  }

  /** Copies value by value, without what lies between them. */
  #pack(bytes: Uint8Array, count: number): number {
    this.#base = this.#stageAt;
    const memory = this.#memory;
    const end = this.#stageAt + STAGE_BYTES;
    let at = this.#stageAt;
    for (let index = 0; index < count; index++) {
      let from = this.#offsets[index]!; // within count
      const to = from + this.#lengths[index]!;
      if (at + to - from > end) return index;
      this.#offsets[index] = at - this.#stageAt;
      if (to - from > 64) {
        memory.set(bytes.subarray(from, to), at);
        at += to - from;
      } else {
        while (from < to) memory[at++] = bytes[from++]!; // within the value
      }
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
    const { memory, KEY, KEY_BYTES, OFFSETS, LENGTHS } = this.#exports;
    const missing = this.#digestsAt + digestBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    if (this.#memory?.buffer === memory.buffer && this.#result.length === digestBytes) return;
    this.#memory = new Uint8Array(memory.buffer);
    this.#keyState = new Uint8Array(memory.buffer, KEY.value, KEY_BYTES.value);
    this.#offsets = new Int32Array(memory.buffer, OFFSETS.value, this.#maxMessages);
    this.#lengths = new Int32Array(memory.buffer, LENGTHS.value, this.#maxMessages);
    this.#result = new Uint8Array(memory.buffer, this.#digestsAt, digestBytes);
  }
}
