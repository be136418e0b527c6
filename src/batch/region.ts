// The bytes between the source's chunks and whole rows: chunks are appended at the end, batches are taken from the front.

import { LARGE_BYTES } from './column.ts';

/** Called before the region takes another size, in bytes: waits until the process may hold that much. */
export type ClaimMemory = (bytes: number) => Promise<void>;

export class Region {
  bytes: Buffer;
  /** The first byte not yet taken, and the one after the last appended. */
  start = 0;
  end = 0;
  #isLent = false;
  readonly #usual: number;
  readonly #claim: ClaimMemory;

  constructor(usualBytes: number, claim: ClaimMemory) {
    this.#usual = usualBytes;
    this.#claim = claim;
    this.bytes = Buffer.allocUnsafeSlow(usualBytes);
  }

  get size(): number {
    return this.end - this.start;
  }

  /**
   * Somebody downstream holds a view of the bytes: they stay as they are, and the region takes new ones. Only large bytes go
   * when the next batch is asked for.
   */
  lend(): void {
    this.#isLent = true;
  }

  /** Appends a chunk. `expected` is the size that the region is known to need soon, so that it grows once. */
  async append(chunk: Uint8Array, expected: number): Promise<void> {
    const size = this.size + chunk.length;
    if (size > this.bytes.length || this.#isLent || this.#isOversized(size))
      await this.#resize(Math.max(size, expected, this.#usual));
    else if (this.end + chunk.length > this.bytes.length) this.#moveToFront(this.bytes);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** A region that grew for one huge row goes back to its usual size after it. */
  #isOversized(size: number): boolean {
    return this.bytes.length > 4 * this.#usual && size < this.#usual;
  }

  async #resize(capacity: number): Promise<void> {
    this.#isLent = false;
    await this.#claim(capacity);
    this.#moveToFront(Buffer.allocUnsafeSlow(capacity));
  }

  #moveToFront(into: Buffer): void {
    const size = this.size;
    this.bytes.copy(into, 0, this.start, this.end);
    if (into !== this.bytes) this.free();
    this.bytes = into;
    this.start = 0;
    this.end = size;
  }

  /** Gives large bytes back at once: the collector would let a huge row lie until its own thread needs memory. */
  free(): void {
    if (this.bytes.length < LARGE_BYTES) return;
    (this.bytes.buffer as ArrayBuffer).transfer(0); // allocUnsafeSlow: the buffer is ours alone
  }
}
