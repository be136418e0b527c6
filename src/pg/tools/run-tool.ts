// Runs pg_dump or pg_restore. What they write to stderr may hold row values (the DETAIL of an error quotes keys), so it
// stays here: only numbers of archive entries and whether a lock was the matter are read out of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
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
  /** It complained about nothing but settings that an older server does not know. */
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

const FAILED_ENTRY = /^pg_restore: from TOC entry (\d+); /;
const ERROR = /^pg_(?:restore|dump): error: /;
const SETTING_ERROR = /^pg_restore: error: could not execute query: ERROR: {2}unrecognized configuration parameter /;

/** Reads numbers out of what a program says, line by line, and keeps nothing else of it. */
async function listen({ stderr }: ChildProcess): Promise<Omit<ToolEnd, 'isOk'>> {
  const failed = new Set<number>();
  let errors = 0;
  for await (const line of createInterface({ input: stderr ?? Readable.from([]) })) {
    const [, id] = FAILED_ENTRY.exec(line) ?? [];
    if (id !== undefined) failed.add(Number(id));
    if (ERROR.test(line)) errors += SETTING_ERROR.test(line) ? 0 : 1;
  }
  return { failed: [...failed], isOnlyAboutSettings: errors === 0 };
}

async function ending(child: ChildProcess, tool: Tool, signal: AbortSignal | undefined): Promise<ToolEnd> {
  const heard = listen(child);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  try {
    const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null];
    if (signal?.aborted) throw stopError(signal);
    const { isOnlyAboutSettings, ...said } = await heard;
    return { ...said, isOk: code === 0, isOnlyAboutSettings: code === 1 && isOnlyAboutSettings };
  } catch (cause) {
    if (!signal?.aborted) throw cause instanceof AnonymizeError ? cause : toolFailed(tool);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    throw stopError(signal);
  }
}
