// Runs pg_dump or pg_restore. What they write to stderr may hold row values (the DETAIL of an error quotes keys), so it
// stays here: only numbers of archive entries and whether a lock was the matter are read out of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AnonymizeError } from '../../errors.ts';
import { stopError } from '../../workers/stop-error.ts';
import type { Side } from '../errors.ts';

/** A program with all that it is started with. */
export interface Tool {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Of the database that it connects to. */
  readonly side: Side;
}

/** How it ended. */
export interface ToolEnd {
  readonly isOk: boolean;
  /** Entries of the archive that the server refused, by number. */
  readonly failed: readonly number[];
  /** Errors that belong to no entry, such as a setting that an older server does not know. */
  readonly isOnlyAboutSettings: boolean;
}

/** @throws the reason of `signal` when it aborts; the program is ended then, and cancels what its sessions do */
export async function runTool(tool: Tool, signal?: AbortSignal): Promise<ToolEnd> {
  const child = start(tool, 'ignore', signal);
  child.stdout?.resume();
  return await ending(child, tool, signal);
}

/** Feeds what one program writes to another, without a file in between. @throws when one of them fails */
export async function pipeTools(from: Tool, to: Tool, signal?: AbortSignal): Promise<void> {
  const reader = start(to, 'pipe', signal);
  const writer = start(from, 'ignore', signal);
  const ends = Promise.all([ending(writer, from, signal), ending(reader, to, signal)]);
  // Whichever breaks the pipe ends with an error of its own, which says more.
  reader.stdout?.resume();
  if (writer.stdout && reader.stdin) await pipeline(writer.stdout, reader.stdin).catch(() => {});
  const [written, read] = await ends;
  if (!written.isOk) throw toolFailed(from);
  if (!read.isOk && !read.isOnlyAboutSettings) throw toolFailed(to);
}

/** What a program writes to stdout, such as the list of an archive. */
export async function readTool(tool: Tool, signal?: AbortSignal): Promise<string> {
  const child = start(tool, 'ignore', signal);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = await ending(child, tool, signal);
  if (!end.isOk) throw toolFailed(tool);
  return Buffer.concat(chunks).toString('utf8');
}

/** The error of a program that failed as a whole. */
export function toolFailed({ file, side }: Pick<Tool, 'file' | 'side'>): AnonymizeError {
  return new AnonymizeError('ANON_PG_TOOL_FAILED', { side, tool: basename(file) });
}

function start({ file, args, env }: Tool, stdin: 'ignore' | 'pipe', signal: AbortSignal | undefined): ChildProcess {
  return spawn(file, args, { env, stdio: [stdin, 'pipe', 'pipe'], ...(signal && { signal }) });
}

const FAILED_ENTRY = /^pg_restore: from TOC entry (\d+); /gm;
const ERROR = /^pg_(?:restore|dump): error: /gm;
const SETTING_ERROR = /^pg_restore: error: could not execute query: ERROR: {2}unrecognized configuration parameter /gm;
const KEPT_BYTES = 4 * 1024 * 1024;

async function ending(child: ChildProcess, { file, side }: Tool, signal: AbortSignal | undefined): Promise<ToolEnd> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stderr?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= KEPT_BYTES) chunks.push(chunk);
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  try {
    const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null];
    if (signal?.aborted) throw stopError(signal);
    const said = Buffer.concat(chunks).toString('utf8');
    const count = (pattern: RegExp): number => said.match(pattern)?.length ?? 0;
    return {
      isOk: code === 0,
      failed: [...new Set([...said.matchAll(FAILED_ENTRY)].map(([, id]) => Number(id)))],
      isOnlyAboutSettings: code === 1 && count(ERROR) > 0 && count(ERROR) === count(SETTING_ERROR),
    };
  } catch (cause) {
    if (!signal?.aborted) throw cause instanceof AnonymizeError ? cause : toolFailed({ file, side });
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    throw stopError(signal);
  }
}
