// The one error class and the error catalogue, which is data: code → exit code, message, fix. docs/errors.md is generated from it.
// A message names the place, the fact and the fix; it never holds a row's value, nor a database's own message text.

import { COMMAND_LINE } from './catalogue/command-line.ts';
import { CONFIGURATION } from './catalogue/configuration.ts';
import { CONTROL } from './catalogue/control.ts';
import { DATA } from './catalogue/data.ts';
import { DATABASES } from './catalogue/databases.ts';
import type { CatalogueEntry, ExitCode } from './catalogue/entry.ts';
import { PLAN } from './catalogue/plan.ts';
import { PREFLIGHT } from './catalogue/preflight.ts';
import { QUARANTINE } from './catalogue/quarantine.ts';
import { RESUME } from './catalogue/resume.ts';

export { EXIT, type ExitCode } from './catalogue/entry.ts';

/** Every error, by its code; catalogue/ has a file for each subject. */
export const CATALOGUE = {
  ...COMMAND_LINE,
  ...CONFIGURATION,
  ...PLAN,
  ...PREFLIGHT,
  ...DATABASES,
  ...RESUME,
  ...CONTROL,
  ...DATA,
  ...QUARANTINE,
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
export type Facts = Readonly<Record<string, string | number | undefined>>;

/** One thing that is wrong with a configuration, a plan or a database; checks collect them and show them together. */
export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
}

const fill = (template: string, facts: Facts): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));

/** Fills a catalogue entry with facts: names and numbers, never a row's value. */
export function finding(code: ErrorCode, facts: Facts = {}): Finding {
  const { message, fix } = CATALOGUE[code];
  return { code, message: fill(message, facts), fix: fill(fix, facts) };
}

/** The one error class. `findings` holds what a refused check found. */
export class AnonymizeError extends Error {
  override name = 'AnonymizeError';
  readonly code: ErrorCode;
  readonly fix: string;
  /** What filled the message: names and numbers. */
  readonly facts: Facts;
  readonly findings: readonly Finding[];

  constructor(code: ErrorCode, facts: Facts = {}, findings: readonly Finding[] = []) {
    const filled = finding(code, facts);
    super(filled.message);
    this.code = code;
    this.fix = filled.fix;
    this.facts = facts;
    this.findings = findings;
  }

  /** The same error, with more findings: what followed from it. */
  with(findings: readonly Finding[]): AnonymizeError {
    return new AnonymizeError(this.code, this.facts, [...this.findings, ...findings]);
  }

  /** A refusal exits with the code of its findings where they agree. What other errors list only followed from them. */
  get exitCode(): ExitCode {
    const refused = this.code.endsWith('_REFUSED') ? this.findings : [];
    const exits = new Set(refused.map(found => CATALOGUE[found.code].exit));
    const [only] = exits;
    return exits.size === 1 && only !== undefined ? only : CATALOGUE[this.code].exit;
  }
}

/** Throws `code` with all findings, unless there are none. */
export function refuseIf(findings: readonly Finding[], code: ErrorCode): void {
  if (findings.length > 0) throw new AnonymizeError(code, { count: findings.length }, findings);
}

/** An AnonymizeError as plain data: what a thread may send to another. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
}

/** Makes an error ready for structured clone, which would strip it of its class and code. */
export function toPlain({ code, facts, findings }: AnonymizeError): PlainError {
  return { code, facts, findings };
}

/** The error that `toPlain` was given, on the other side of the thread. */
export function fromPlain({ code, facts, findings }: PlainError): AnonymizeError {
  return new AnonymizeError(code, facts, findings);
}

/**
 * What nobody expected, as ANON_BUG: the class of the error and where it was thrown.
 * Its own message stays out, because a row's value may be in it.
 */
export function unexpected(cause: unknown): AnonymizeError {
  if (cause instanceof AnonymizeError) return cause;
  if (!(cause instanceof Error)) return new AnonymizeError('ANON_BUG', { detail: `a ${typeof cause} was thrown` });
  return new AnonymizeError('ANON_BUG', { detail: whereThrown(cause) });
}

/** The class of an error and the line that threw it: `TypeError at create (file:///…/tally.ts:12:3)`. Never its message. */
export function whereThrown(cause: Error): string {
  const frame = firstFrame(cause);
  return `${cause.name}${frame ? ` ${frame.trim()}` : ''}`;
}

/** The first `at …` line of a stack; searched behind the message, which may hold lines that look like one. */
// biome-ignore lint/plugin: only a line of the stack behind the message is passed on
function firstFrame({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined; // the stack holds another message
  const frames = stack.slice(start + message.length).split('\n');
  return frames.find(line => /^\s+at .*:\d+:\d+\)?$/.test(line));
}
