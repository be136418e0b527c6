// The package as `npm run build` makes it, without types, for the commands, threads and holders that tests start: it starts
// in half of the CPU time that the sources take. Made afresh for each run of the tests, so it is never older than they are.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that stands for the installed package: dist/, and what is beside it. */
    builtFolder: string;
  }
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the package looks for above dist/ (src/own-files.ts), and its dependencies. */
const BESIDE = ['package.json', 'migrations', 'node_modules'];
const KERNELS = 'src/kernels';

/** Vitest calls it before the first test file, and what it returns after the last. In watch mode, every run has its own build. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-built-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    build(join(folder, 'dist'));
    for (const name of BESIDE) symlinkSync(join(ROOT, name), join(folder, name));
  } catch (cause) {
    remove();
    throw cause;
  }
  project.onTestsRerun(() => build(join(folder, 'dist')));
  project.provide('builtFolder', folder);
  return remove;
}

function build(dist: string): void {
  execFileSync(process.execPath, [join(ROOT, 'src/build.ts'), dist], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const kernel of readdirSync(join(ROOT, KERNELS)).filter(file => file.endsWith('.wasm')))
    cpSync(join(ROOT, KERNELS, kernel), join(dist, KERNELS, kernel));
}
