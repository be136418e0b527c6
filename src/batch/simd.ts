// The thread's one instance of the WebAssembly module for rows; none where it does not run, or does not prove right.

import { readFileSync } from 'node:fs';
import { ownFile } from '../own-files.ts';
import { agreesWithJavaScript } from './simd-check.ts';
import { SimdRows } from './simd-rows.ts';

let loaded: { readonly rows: SimdRows | undefined } | undefined;

/** Loads it when it is first asked for. */
export function simdRows(): SimdRows | undefined {
  loaded ??= { rows: loadSimdRows() };
  return loaded.rows;
}

/** An instance of its own, or undefined where the module does not run or does not agree with JavaScript. */
export function loadSimdRows(
  wasm: Uint8Array<ArrayBuffer> = readFileSync(ownFile('src/kernels/rows.wasm')),
): SimdRows | undefined {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(wasm)) return undefined; // node --jitless has none
  const rows = new SimdRows(wasm);
  return agreesWithJavaScript(rows) ? rows : undefined;
}
