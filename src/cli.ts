#!/usr/bin/env node
// The process of a command. The only place that prints, reads the environment or exits.

import { once } from 'node:events';
import { enableCompileCache } from 'node:module';
import { createInterface } from 'node:readline/promises';
import { isJsonLog, runCommandLine } from './command-line.ts';
import { reportError } from './commands/report-error.ts';
import type { Terminal } from './commands/terminal.ts';
import { AnonymizeError } from './errors.ts';
import { keepMemoryPrivate } from './own-memory.ts';

// Compiled code from one run to the next, also of worker threads, in the temporary folder as with other command lines
// (docs/decisions/0014). NODE_DISABLE_COMPILE_CACHE=1 does without.
const { directory: compileCache } = enableCompileCache();
if (compileCache) process.env.NODE_COMPILE_CACHE ??= compileCache;

const args = process.argv.slice(2);
const stop = new AbortController();
let onStop: (() => void) | undefined;
const restores: (() => void)[] = [];

const terminal: Terminal = {
  out: text => void process.stdout.write(text),
  drained: () => drained(process.stdout),
  err: text => void process.stderr.write(text),
  env: process.env,
  isInteractive: process.stderr.isTTY === true,
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  signal: stop.signal,
  stopCleanly: told => {
    onStop = told;
  },
  onExit: restore => void restores.push(restore),
};

const fail = (cause: unknown): number => reportError(cause, { err: terminal.err, asJson: isJsonLog(args) });

/** Ends the process now. */
function leave(cause: unknown): never {
  for (const restore of restores) restore();
  process.exit(fail(cause));
}

/** Once, when a command has begun to write: stop cleanly. Else, or twice: now; the next run puts the target right. */
function interrupt(): void {
  if (!onStop || stop.signal.aborted) {
    const detail = onStop ? 'The target is left as it is; the next run puts it right.' : 'Nothing was written.';
    leave(new AnonymizeError('ANON_INTERRUPTED', { detail }));
  }
  onStop();
  stop.abort();
}

/** One line from whoever sits at the terminal. Ctrl-C there means the process, and Ctrl-D is an empty answer. */
async function ask(question: string): Promise<string> {
  const terminalLine = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(terminalLine, 'close').then(() => '');
    terminalLine.once('SIGINT', interrupt);
    return await Promise.race([terminalLine.question(question), closed]);
  } finally {
    terminalLine.close();
  }
}

/** A stream that is gone drains nothing, and keeps nobody waiting. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race(['drain', 'close'].map(event => once(stream, event, { signal }).catch(() => {})));
  over.abort();
}

process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// Node would print the message and the stack, and a row's value may be in them.
process.on('uncaughtException', leave);
// `anonymize plan | head`: whoever read has seen enough.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
try {
  keepMemoryPrivate({ options: process.execArgv, environment: process.env.NODE_OPTIONS });
  await runCommandLine(args, terminal);
} catch (cause) {
  process.exitCode = fail(cause);
}
