// HMAC-SHA-256 (RFC 2104, FIPS 180-4) over a column: by WebAssembly SIMD where it runs and proves right, else by node:crypto.
// One module, instance and memory per thread, shared by all keys.

import { readFileSync } from 'node:fs';
import type { Column } from '../batch/column.ts';
import { ownFile } from '../own-files.ts';
import { hmacColumnByNode } from './hmac-node.ts';
import { createSimdKernel } from './hmac-simd.ts';

export { hmacColumnByNode } from './hmac-node.ts';

/** Takes a key of any length; what it returns takes a column and returns its digests, 32 bytes each. */
export type HmacKernel = (key: Uint8Array) => (column: Column) => Uint8Array;

/** Around the edges of SHA-256's blocks: what a broken kernel would get wrong. */
const CHECKED_LENGTHS = [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 200];

let chosen: { readonly name: 'simd' | 'node:crypto'; readonly kernel: HmacKernel } | undefined;

/**
 * A function that returns the HMAC-SHA-256 of every value of a column, one after another.
 * The array is the kernel's own memory: it is valid until the next call on any such function of this thread.
 * @param key of any length; 32 bytes are usual
 */
export function hmacColumn(key: Uint8Array): (column: Column) => Uint8Array {
  return choose().kernel(key);
}

/** What computes the digests of this thread. */
export function kernelName(): 'simd' | 'node:crypto' {
  return choose().name;
}

/** The SIMD kernel, or undefined where it does not run or does not agree with node:crypto. */
export function loadSimdKernel(wasm: Uint8Array): HmacKernel | undefined {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(wasm)) return undefined; // node --jitless has none
  const kernel = createSimdKernel(wasm);
  return agreesWithNode(kernel) ? kernel : undefined;
}

function choose(): NonNullable<typeof chosen> {
  if (chosen) return chosen;
  const simd = loadSimdKernel(readFileSync(ownFile('src/kernels/hmac.wasm')));
  chosen = simd ? { name: 'simd', kernel: simd } : { name: 'node:crypto', kernel: hmacColumnByNode };
  return chosen;
}

function agreesWithNode(kernel: HmacKernel): boolean {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index * 7);
  const lengths = Int32Array.from(CHECKED_LENGTHS);
  const column = { bytes, offsets: lengths.map((_, index) => index), lengths, count: lengths.length };
  const key = bytes.subarray(100, 132);
  return Buffer.compare(kernel(key)(column), hmacColumnByNode(key)(column)) === 0;
}
