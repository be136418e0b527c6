// The structure of a database as an archive of pg_dump: in a private temporary folder, which goes on every path. It holds
// definitions, never rows.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../config/connection-url.ts';
import { AnonymizeError } from '../../errors.ts';
import type { Side } from '../errors.ts';
import { showInvisible } from '../identifiers.ts';
import type { PgTools } from './find-tools.ts';
import { pipeTools, readTool, runTool, type Tool, type ToolEnd, toolFailed } from './run-tool.ts';
import { toolEnvironment } from './tool-environment.ts';

/** What all programs of a run share. */
export interface Toolbox {
  readonly tools: PgTools;
  readonly run: string;
  readonly signal: AbortSignal;
}

/** What is dumped, and how. */
export interface Dumping {
  readonly settings: ConnectionSettings;
  readonly side: Side;
  /** Exported; the dump sees what the rows are read from. */
  readonly snapshot?: string | undefined;
  /** Options of pg_dump besides those that every archive of a structure has. */
  readonly options: readonly string[];
  /** Entries that are not restored, by what their names begin with. */
  readonly leftOut?: RegExp;
}

/** An archive on disk. */
export interface Archive {
  readonly file: string;
  readonly folder: string;
  readonly box: Toolbox;
  /** Options of pg_restore for all of it, such as --no-owner. */
  readonly options: readonly string[];
}

/** One line of an archive's table of contents. */
export interface Entry {
  readonly id: number;
  /** `FK CONSTRAINT public orders orders_person`, for messages. */
  readonly name: string;
}

/** Milliseconds that pg_dump waits for each lock. */
const LOCK_WAIT_MS = 30_000;

/** Runs `callback` with a private folder, which is removed afterwards. */
async function withFolder<Result>(callback: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'pgveil-structure-'));
  try {
    return await callback(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Dumps a structure and runs `callback` with the archive. Our own schema is no part of it, and neither are subscriptions: a
 * copy must not connect to where its original gets changes from.
 */
export function withArchive<Result>(
  box: Toolbox,
  { settings, side, snapshot, options }: Dumping,
  callback: (archive: Archive) => Promise<Result>,
): Promise<Result> {
  return withFolder(async folder => {
    const file = join(folder, 'structure');
    const args = [
      '--format=custom',
      '--schema-only',
      '--no-subscriptions',
      '--exclude-schema=pgveil',
      '--no-password',
      `--lock-wait-timeout=${LOCK_WAIT_MS}`,
      `--file=${file}`,
      ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
      ...options,
    ];
    const env = await toolEnvironment(settings, { folder, applicationName: `anonymize/${box.run}/pg_dump` });
    const tool: Tool = { file: box.tools.pgDump, args, env, side };
    if (!(await runTool(tool, box.signal)).isOk) throw toolFailed(tool);
    return await callback({ file, folder, box, options: options.filter(option => option.startsWith('--no-')) });
  });
}

/** The table of contents. */
export async function listEntries(archive: Archive): Promise<readonly Entry[]> {
  const { box, file } = archive;
  const list = await readTool({ file: box.tools.pgRestore, args: ['--list', file], env: PLAIN, side: 'target' });
  return list.split('\n').flatMap(line => {
    const [, id, name] = /^(\d+); \d+ \d+ (.*)$/.exec(line) ?? [];
    // The last word is the owner.
    return id === undefined || name === undefined
      ? []
      : [{ id: Number(id), name: showInvisible(name.replace(/ \S*$/, '')) }];
  });
}

/** The SQL of some entries, without the commands of psql that pg_restore puts around it. */
export async function entrySql(archive: Archive, ids: readonly number[]): Promise<string> {
  const { box, file, options } = archive;
  const list = await writeList(archive, ids);
  const args = [`--use-list=${list}`, '--file=-', ...options, file];
  const sql = await readTool({ file: box.tools.pgRestore, args, env: PLAIN, side: 'target' });
  // Older servers do not know the setting; our sessions have it at 0 where it exists.
  return sql.replace(/^\\(?:un)?restrict \w+$/gm, '').replace(/^SET transaction_timeout = 0;$/gm, '');
}

const PLAIN: NodeJS.ProcessEnv = { LC_ALL: 'C' };

/** What rows need, or what follows them. */
export type Section = 'pre-data' | 'post-data';

export interface Restoring {
  readonly into: ConnectionSettings;
  readonly section: Section;
  /** Sessions at the same time. */
  readonly jobs: number;
  /** The entries to restore, as far as they belong to the section. */
  readonly only: readonly Entry[];
}

/** Restores a section into a database. @returns what the server refused. @throws when the program fails as a whole */
export async function restoreSection(
  archive: Archive,
  { into, section, jobs, only }: Restoring,
): Promise<readonly number[]> {
  const { box, folder, file, options } = archive;
  const ids = only.map(entry => entry.id);
  const list = await writeList(archive, ids);
  const args = [
    // Without it, errors do not say which entry they are about.
    '--verbose',
    `--section=${section}`,
    `--jobs=${jobs}`,
    '--no-password',
    `--dbname=${databaseParameter(into)}`,
    `--use-list=${list}`,
    ...options,
    file,
  ];
  const env = await toolEnvironment(into, { folder, applicationName: `anonymize/${box.run}/pg_restore` });
  const tool: Tool = { file: box.tools.pgRestore, args, env, side: 'target' };
  return refusedBy(tool, await runTool(tool, box.signal));
}

function refusedBy(tool: Tool, { isOk, failed, isOnlyAboutSettings }: ToolEnd): readonly number[] {
  if (isOk || isOnlyAboutSettings) return [];
  if (failed.length === 0) throw toolFailed(tool);
  return failed;
}

let lists = 0;

async function writeList({ folder }: Archive, ids: readonly number[]): Promise<string> {
  const list = join(folder, `list-${++lists}`);
  await writeFile(list, ids.map(id => `${id};\n`).join(''), { mode: 0o600 });
  return list;
}

/** As a connection string with one parameter: a bare name that holds `=` would be read as such a string. */
const databaseParameter = ({ database }: ConnectionSettings): string =>
  `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Moves rows of `tables` from one database to another: through a pipe, never through a file. */
export async function pipeRows(
  box: Toolbox,
  { from, into, tables }: { from: ConnectionSettings; into: ConnectionSettings; tables: readonly string[] },
): Promise<void> {
  if (tables.length === 0) throw new AnonymizeError('ANON_BUG', { detail: 'all tables would be moved.' });
  await withFolder(async folder => {
    const envOf = (settings: ConnectionSettings, name: string): Promise<NodeJS.ProcessEnv> =>
      toolEnvironment(settings, { folder, applicationName: `anonymize/${box.run}/${name}` });
    const shared = ['--data-only', '--no-password'];
    const args = [...shared, '--format=custom', '--compress=0', ...tables.map(table => `--table=${table}`)];
    const writer: Tool = { file: box.tools.pgDump, args, env: await envOf(from, 'pg_dump'), side: 'target' };
    const target = [...shared, `--dbname=${databaseParameter(into)}`];
    const reader: Tool = {
      file: box.tools.pgRestore,
      args: target,
      env: await envOf(into, 'pg_restore'),
      side: 'target',
    };
    await pipeTools(writer, reader, box.signal);
  });
}
