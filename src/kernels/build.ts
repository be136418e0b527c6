// Builds hmac.wasm and rows.wasm (`npm run kernels`): assembly/ compiled, compress-code.ts's function linked into the
// first. The results are committed, so that nothing is built after `npm ci`; tests hold them equal to a fresh build.
// `npm run build` gives dist's folder as the argument.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as compile, createMemoryStream } from 'assemblyscript/asc';
import binaryen from 'assemblyscript/binaryen';
import { defineCompress, type Layout } from './compress-code.ts';

const HERE = import.meta.dirname;
const OPTIONS = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
const { Features } = binaryen;
const FEATURES =
  Features.MVP |
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.MutableGlobals |
  Features.SIMD128 |
  Features.SignExt;

/**
 * The WebAssembly module of assembly/hmac.ts.
 * @throws {Error} with the compiler's messages
 */
export async function buildKernel(): Promise<Uint8Array> {
  const compiled = await compileAssembly('hmac');
  const module = binaryen.readBinaryWithFeatures(compiled, FEATURES);
  const imported = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  ).find(({ module: from }) => from === 'sha256');
  if (!imported) throw new Error('assembly/hmac.ts imports no compress.');
  defineCompress(module, imported.name, layoutOf(compiled));
  if (!module.validate()) throw new Error('compress-code.ts writes no valid function.');
  return module.emitBinary();
}

/**
 * The WebAssembly module of assembly/rows.ts.
 * @throws {Error} with the compiler's messages
 */
export function buildRows(): Promise<Uint8Array> {
  return compileAssembly('rows');
}

async function compileAssembly(name: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const messages = createMemoryStream();
  const { error } = await compile(
    [`${name}.ts`, '--baseDir', join(HERE, 'assembly'), '--outFile', `${name}.wasm`, ...OPTIONS],
    {
      stderr: messages,
      writeFile: (_path, contents) => {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error || !wasm)
    throw new Error(`assembly/${name}.ts does not compile.\n${messages.toString()}`, { cause: error });
  return wasm;
}

/** The addresses that the compiler chose, as the module exports them. */
function layoutOf(wasm: Uint8Array): Layout {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { sha256: { compress: () => {} } });
  const addressOf = (name: string): number => (exports[name] as WebAssembly.Global).value;
  return { K: addressOf('K'), WORDS: addressOf('WORDS'), VECTORS: addressOf('VECTORS') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? HERE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hmac.wasm'), await buildKernel());
  writeFileSync(join(folder, 'rows.wasm'), await buildRows());
}
