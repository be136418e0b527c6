// Compiles assembly/ to hmac.wasm (`npm run kernels`). The result is committed, so that nothing is built after `npm ci`;
// a test holds it equal to a fresh build. `npm run build` runs it again with dist's folder as its argument.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as compile, createMemoryStream } from 'assemblyscript/asc';

const HERE = import.meta.dirname;
const OPTIONS = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

/**
 * The WebAssembly module of assembly/hmac.ts.
 * @throws {Error} with the compiler's messages
 */
export async function buildKernel(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const messages = createMemoryStream();
  const { error } = await compile(
    ['hmac.ts', '--baseDir', join(HERE, 'assembly'), '--outFile', 'hmac.wasm', ...OPTIONS],
    {
      stderr: messages,
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error || !wasm) throw new Error(`assembly/hmac.ts does not compile.\n${messages.toString()}`, { cause: error });
  return wasm;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? HERE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hmac.wasm'), await buildKernel());
}
