// Runs the real command line as a child process, as a user does, and holds every failure to what all failures promise.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CATALOGUE, type ErrorCode } from '../../src/errors.ts';
import { atSources, builtCommand } from '../built/command.ts';

/** Stands in every value of the test databases; no output may hold it. */
export const CANARY = 'CANARY-471147';
/** The master secret of the tests. No output may hold it either. */
export const SECRET = 'a-secret-of-the-fault-tests-that-is-long-enough';

/** How a command ended, and all that it wrote. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has `text`. @throws when the command ends without it */
  said(text: string): Promise<void>;
  /** What stderr has so far. */
  output(): string;
}

/** One in a process of its own. */
export interface RunningCli extends Running {
  readonly process: ChildProcess;
}

/** Text that comes bit by bit, and who waits for some of it. */
export class Heard {
  text = '';
  readonly #waiting = new Set<() => void>();

  add(more: string): void {
    this.text += more;
    for (const look of this.#waiting) look();
  }

  /** @param ended after which nothing comes. @throws when that is before `text` */
  async said(text: string, ended: Promise<unknown>): Promise<void> {
    const heard = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.text.includes(text)) heard.resolve();
    };
    look();
    this.#waiting.add(look);
    void ended.then(() => heard.reject(new Error(`it ended without saying "${text}":\n${this.text}`)));
    await heard.promise.finally(() => this.#waiting.delete(look));
  }
}

/** What every command of these tests has in its environment. */
export const usualEnvironment = (): Readonly<Record<string, string | undefined>> => ({
  PATH: process.env.PATH,
  HOME: '/nonexistent',
});

/** Starts `anonymize`, as it was built. The environment holds these variables, the usual ones and the tests' compile cache, nothing else. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): RunningCli {
  const { NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [builtCommand(), ...args], {
    env: { ...usualEnvironment(), NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = [new Heard(), new Heard()];
  child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.add(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.add(text));
  const ended = once(child, 'close').then(
    ([exitCode, signal]): Ended => ({ exitCode, signal, stdout: stdout.text, stderr: atSources(stderr.text) }),
  );
  return { process: child, ended, said: text => stderr.said(text, ended), output: () => stderr.text };
}

/** Runs `anonymize` to its end. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  return startCli(args, env).ended;
}

/** Runs `callback` with a folder that is removed afterwards. */
export async function withFolder<Result>(callback: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-faults-'));
  try {
    return await callback(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `callback` with the path of a configuration. @param config YAML, or what becomes YAML (JSON is YAML) */
export function withConfig<Result>(config: unknown, callback: (file: string) => Promise<Result>): Promise<Result> {
  return withFolder(async folder => {
    const file = join(folder, 'anonymize.yaml');
    writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
    return callback(file);
  });
}

/** What a failure is expected to be. */
export interface Failure {
  /** The code that comes first; one of several, where that is a matter of timing. */
  readonly code: ErrorCode | readonly ErrorCode[];
  /** Codes of its findings, all of them, in any order. */
  readonly findings?: readonly ErrorCode[];
  /** The catalogue's exit code of `code` unless said. */
  readonly exit?: number;
  /** Texts that must be in the error. */
  readonly says?: readonly (string | RegExp)[];
  /** More that must not be anywhere in the output. */
  readonly hides?: readonly string[];
}

/** Holds a command that failed to its promises; returns the text of its error. */
export function expectFailure(
  ended: Ended,
  { code: codes, findings = [], exit, says = [], hides = [] }: Failure,
): string {
  const error = errorIn(ended.stderr);
  const code = [codes].flat().find(one => error.startsWith(`${one}: `));
  if (code === undefined) expect.fail(`${codes} is wanted first in\n${ended.stderr}`);
  expect(ended.exitCode, ended.stderr).toBe(exit ?? CATALOGUE[code].exit);
  const found = [...error.matchAll(/^ {2}(ANON_\w+)$/gm)].map(match => match[1]);
  expect(found.sort(), error).toEqual([...findings].sort());
  for (const text of says) expect(error).toMatch(text);
  expectFix(error, [code, ...findings]);
  expectNothingLeaked(ended, hides);
  return error;
}

/** The error is the last that stderr holds, and begins a line. */
function errorIn(stderr: string): string {
  const start = /^ANON_/m.exec(stderr)?.index ?? 0;
  return stderr.slice(start);
}

/** Every error and every finding ends in a line that says what to do: the catalogue's, filled. */
function expectFix(error: string, codes: readonly ErrorCode[]): void {
  const lines = error.split('\n').map(line => line.trim());
  for (const code of codes) {
    const parts = CATALOGUE[code].fix.split(/\{\w+\}/);
    const isFix = (line: string): boolean => line.length > 0 && parts.every(part => line.includes(part));
    expect(lines.slice(1).some(isFix), `${code} has its fix in\n${error}`).toBe(true);
  }
  expect(error, 'every placeholder is filled').not.toMatch(
    /\{\w+\}|undefined(?! (column|table|function|object))|\[object/,
  );
  expect(error, 'no sentence lost a part').not.toMatch(/ {2}\S.* {2}| [.:,]|\.\.$/m);
}

/** No value, no secret, no password, no stack trace. */
export function expectNothingLeaked({ stdout, stderr }: Ended, more: readonly string[] = []): void {
  for (const output of [stdout, stderr]) {
    for (const hidden of [CANARY, '471147', SECRET, ...more]) expect(output).not.toContain(hidden);
    expect(output, 'no stack trace').not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(output, 'no password in a URL').not.toMatch(/:\/\/[^\s/@]*:[^\s/@]+@/);
  }
}
