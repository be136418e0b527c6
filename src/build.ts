// `npm run build`: dist/, or the folder of the argument, as the package ships it. Types by tsc and the kernels by their own
// build come beside what this writes: the modules that are started or imported by name, and what they share in chunks. Three
// libraries of many small files are bundled in, with their licences: loading them file by file took longer than asking both
// databases for their catalogues; and what faker draws for common fakes is stored, for the same reason (docs/decisions/0014).

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build, type ChunkingContext, type OutputChunk } from 'rolldown';
import { drawNow } from './kernels/faker-draws.ts';
import { STORED_KINDS, storeDraws } from './kernels/stored-draws.ts';

const ROOT = new URL('../', import.meta.url);
const FOLDER = resolve(argv[2] ?? pathOf('dist'));
const BUNDLED = ['commander', 'yaml', 'zod'];

const HOLDER = 'src/resume/holder';
/** What is found by its path at run time (see own-files.ts). */
const ENTRIES = ['src/cli', 'src/index', 'src/workers/slice-worker', HOLDER];
/** Found in the same way, and plain JavaScript. */
const THREAD = 'src/workers/thread.cjs';

const strategies = readdirSync(new URL('strategies/', ROOT))
  .filter(file => file.endsWith('.ts'))
  .map(file => `strategies/${file.slice(0, -'.ts'.length)}`);
const isBundled = (id: string): boolean => BUNDLED.some(name => id === name || id.startsWith(`${name}/`));
/** What a worker loads at first and what else a sync does: one file each instead of some fifty, which take 10 ms to find. */
const LOADED_TOGETHER = { worker: 'src/workers/slice-worker', sync: 'src/commands/sync' };
const isOwn = (id: string): boolean => /^[./]/.test(id) || /^[A-Z]:\\/i.test(id);

const imported = new Map<string, ReadonlySet<string>>();

rmSync(FOLDER, { recursive: true, force: true });
const { output } = await build({
  input: Object.fromEntries([...ENTRIES, ...strategies].map(name => [name, pathOf(`${name}.ts`)])),
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  external: id => !isOwn(id) && !isBundled(id),
  output: {
    dir: FOLDER,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'src/chunk-[name].js', // in src/, where own-files.ts believes to be
    codeSplitting: {
      includeDependenciesRecursively: false, // of zod, only what is used
      groups: [
        { name: 'yaml', test: /node_modules.yaml/ }, // or what every file needs would lie beside it
        ...Object.entries(LOADED_TOGETHER).map(([debugName, path]) => ({
          debugName,
          name: (id: string, modules: ChunkingContext) => (isTogether(id, path, modules) ? debugName : null),
          test: (id: string) => !id.includes('node_modules'),
        })),
      ],
    },
  },
});
copyFileSync(pathOf(THREAD), join(FOLDER, THREAD));
for (const source of STORED_KINDS) await storeDraws(FOLDER, source, await drawNow(source, String));
writeFileSync(join(FOLDER, 'THIRD-PARTY-LICENSES.txt'), [...BUNDLED, '@faker-js/faker'].map(licence).join('\n'));
const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
const code = chunks.reduce((sum, { code: { length } }) => sum + length, 0);
process.stdout.write(`${argv[2] ?? 'dist/'}: ${chunks.length} files, ${Math.round(code / 1000)} kB\n`);

/**
 * What the command line needs before it knows the command stays apart; and so does what strategies and the holder share with a sync,
 * as a worker that loads a strategy, or a process that only waits, is not to load all that the main thread does.
 */
function isTogether(id: string, path: string, modules: ChunkingContext): boolean {
  const isIn = (root: string): boolean => importedBy(pathOf(`${root}.ts`), modules).has(id);
  if (!isIn(path) || isIn('src/cli')) return false;
  return path === LOADED_TOGETHER.worker || ![...strategies, HOLDER].some(isIn);
}

/** A module and all that it imports, other than by import(). */
function importedBy(root: string, modules: ChunkingContext): ReadonlySet<string> {
  const known = imported.get(root);
  if (known) return known;
  const found = new Set([root]);
  for (const id of found) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next);
  imported.set(root, found);
  return found;
}

function licence(name: string): string {
  const folder = new URL(`node_modules/${name}/`, ROOT);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} ${version} comes without its licence`);
  return `${name} ${version}\n\n${readFileSync(new URL(file, folder), 'utf8')}`;
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}
