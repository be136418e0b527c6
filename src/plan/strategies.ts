// Finds strategies by file name: the built-in ones in strategies/, then those of the user's own folder. There is no registry.

import { readdir, realpath } from 'node:fs/promises';
import { join, parse, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AnonymizeError } from '../errors.ts';
import { OWN_EXTENSION, ownFile } from '../own-files.ts';
import { type StrategyDefinition, VALUE_KINDS } from '../strategy.ts';
import { resolveOwnPackage } from './own-package.ts';

/** A strategy under its name in the YAML. */
export interface NamedStrategy {
  readonly name: string;
  readonly definition: StrategyDefinition;
}

const NAME = /^[a-z][a-z0-9_]*$/;
const BUILT_IN = fileURLToPath(ownFile('strategies/'));
const USER_EXTENSIONS = ['.ts', '.js', '.mjs'];

/** The names of all strategies, sorted. @throws {AnonymizeError} see `loadStrategy` */
export async function strategyNames(folder?: string): Promise<string[]> {
  return [...(await filesOf(folder)).keys()].sort();
}

/** All strategies, sorted by name. @throws {AnonymizeError} see `loadStrategy` */
export async function listStrategies(folder?: string): Promise<NamedStrategy[]> {
  const files = [...(await filesOf(folder))].sort(([one], [other]) => (one < other ? -1 : 1));
  return Promise.all(files.map(async ([name, file]) => ({ name, definition: await definitionIn(file) })));
}

/**
 * The strategy of a name, or undefined where no file has it. Each file is imported once per thread.
 * @param folder the user's folder of strategies, a path on this machine
 * @throws {AnonymizeError} ANON_PLAN_STRATEGY_FILE for a folder or a file that cannot be used
 */
export async function loadStrategy(name: string, folder?: string): Promise<StrategyDefinition | undefined> {
  if (!NAME.test(name)) return undefined;
  const file = (await filesOf(folder)).get(name);
  return file === undefined ? undefined : definitionIn(file);
}

const listed = new Map<string, Promise<ReadonlyMap<string, string>>>();
const imported = new Map<string, Promise<StrategyDefinition>>();

/** Strategy name → file. */
function filesOf(folder = ''): Promise<ReadonlyMap<string, string>> {
  return cached(listed, folder, async () => {
    const files = await strategyFiles(BUILT_IN, [OWN_EXTENSION]);
    if (folder === '') return files;
    for (const [name, file] of await userFiles(folder)) {
      if (files.has(name)) refuse(file, `there already is a strategy "${name}"`);
      files.set(name, file);
    }
    return files;
  });
}

async function userFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(folder)) refuse(folder, 'it is not a folder on this machine');
  let root: string;
  try {
    root = await realpath(folder);
  } catch {
    return refuse(folder, 'there is no such folder');
  }
  resolveOwnPackage();
  const files = await strategyFiles(root, USER_EXTENSIONS);
  for (const file of files.values()) {
    if (!(await realpath(file)).startsWith(root + sep)) refuse(file, 'it links to a file outside of its folder');
  }
  return files;
}

async function strategyFiles(folder: string, extensions: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = await readdir(folder).catch(() => refuse(folder, 'it cannot be read as a folder'));
  for (const entry of entries) {
    const { name, ext } = parse(entry);
    if (!extensions.includes(ext) || /\.(d|test)$/.test(name)) continue;
    const file = join(folder, entry);
    if (!NAME.test(name)) refuse(file, 'its name must be lower-case letters, digits and _');
    if (files.has(name)) refuse(file, `there already is a strategy "${name}"`);
    files.set(name, file);
  }
  return files;
}

function definitionIn(file: string): Promise<StrategyDefinition> {
  return cached(imported, file, async () => {
    const module = await importFile(file);
    const definition = (module as { default?: unknown }).default;
    const missing = whatIsMissing(definition);
    if (missing !== undefined) refuse(file, missing);
    return definition as StrategyDefinition; // whatIsMissing found nothing
  });
}

async function importFile(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    // biome-ignore lint/plugin: what Node says of a module, before any row
    return refuse(file, cause instanceof Error ? `importing it fails: ${cause.message}` : 'importing it fails');
  }
}

/** What keeps an export from being a strategy, or undefined. Looks at shapes only: the file may have its own copy of zod. */
function whatIsMissing(exported: unknown): string | undefined {
  if (typeof exported !== 'object' || exported === null) return 'it has no default export';
  const { summary, options, accepts, guarantees, examples, create } = exported as Partial<StrategyDefinition>;
  if (typeof summary !== 'string') return 'summary is not a text';
  if (typeof options?.strict !== 'function') return 'options is not a zod object';
  if (accepts !== 'any' && !accepts?.every?.(kind => VALUE_KINDS.includes(kind)))
    return 'accepts is not a list of kinds';
  if (typeof guarantees !== 'object' && typeof guarantees !== 'function') return 'guarantees are missing';
  if (!Array.isArray(examples)) return 'examples is not a list';
  return typeof create === 'function' ? undefined : 'create is not a function';
}

/** Failures are not kept: the file may be corrected while a process lives. */
function cached<Value>(cache: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const known = cache.get(key);
  if (known) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.delete(key));
  return made;
}

function refuse(file: string, detail: string): never {
  throw new AnonymizeError('ANON_PLAN_STRATEGY_FILE', { file, detail });
}
