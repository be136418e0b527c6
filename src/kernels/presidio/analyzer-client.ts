// Asks a Presidio analyzer over HTTP. What goes wrong fails the run by name; neither a text nor an answer is in a message.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError } from '../../errors.ts';
import type { AnalyzerUrl } from './analyzer-url.ts';

/** Whom is asked, and what. */
export interface AnalyzerSettings extends AnalyzerUrl {
  /** The column, for messages. */
  readonly place: string;
  readonly language: string;
  /** All that the analyzer knows, where none are named. */
  readonly entities: readonly string[] | undefined;
  readonly minScore: number;
  readonly timeoutMs: number;
}

/** Tries of one question, and milliseconds before the next one. */
const PAUSES_MS = [100, 500] as const;
/** Too many requests, and what a server or a proxy answers that will be there in a moment. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** No answer about a text is longer. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

/** Something that another try may mend. */
class Passing extends Error {
  override name = 'Passing';
}

/** The run ends with this: the analyzer does not answer as it should. */
export function analyzerAway({ place, shown }: AnalyzerSettings, detail: string): AnonymizeError {
  return new AnonymizeError('ANON_ANALYZER_AWAY', { place, url: shown, detail });
}

/** The run ends with this: what the analyzer says cannot be so. */
export function wrongAnswer({ place, shown }: AnalyzerSettings, detail: string): AnonymizeError {
  return new AnonymizeError('ANON_ANALYZER_ANSWER', { place, url: shown, detail });
}

/**
 * What the analyzer says about a text: parsed JSON, not looked at. Connections are kept and used again.
 * @param stop ends the question at once
 * @throws {AnonymizeError} ANON_ANALYZER_AWAY, ANON_ANALYZER_ANSWER
 */
export async function ask(text: string, settings: AnalyzerSettings, stop: AbortSignal): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    try {
      return await askOnce(text, settings, stop);
    } catch (cause) {
      if (!(cause instanceof Passing)) throw cause;
      const pause = PAUSES_MS[tries];
      // biome-ignore lint/plugin: our own
      if (pause === undefined || stop.aborted) throw analyzerAway(settings, cause.message);
      await sleep(pause, undefined, { signal: stop }).catch(() => undefined); // the next try sees that it is to stop
    }
  }
}

async function askOnce(text: string, settings: AnalyzerSettings, stop: AbortSignal): Promise<unknown> {
  const { url, authorization, language, entities, minScore, timeoutMs } = settings;
  const body = JSON.stringify({ text, language, score_threshold: minScore, ...(entities && { entities }) });
  let answer: string | undefined;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body,
      redirect: 'manual', // texts go where the configuration says
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), stop]),
    });
    refuseStatus(response, settings);
    answer = await readAnswer(response);
  } catch (cause) {
    if (cause instanceof AnonymizeError || cause instanceof Passing) throw cause;
    throw new Passing(howUnreachable(cause, timeoutMs));
  }
  if (answer === undefined) throw wrongAnswer(settings, `it has more than ${MOST_ANSWER_BYTES / 1024 ** 2} MB`);
  return parsed(answer, settings);
}

function refuseStatus(response: Response, settings: AnalyzerSettings): void {
  const { ok, status } = response;
  if (ok) return;
  void response.body?.cancel().catch(() => undefined); // it may quote the text
  const detail = `answered with HTTP ${status}`;
  throw PASSING.has(status) ? new Passing(detail) : analyzerAway(settings, detail);
}

/** The body, or undefined where there is too much of it. */
async function readAnswer({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The parser's own message quotes what it got. */
function parsed(answer: string, settings: AnalyzerSettings): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    throw wrongAnswer(settings, 'it is not JSON');
  }
}

function howUnreachable(cause: unknown, timeoutMs: number): string {
  if (cause instanceof Error && cause.name === 'TimeoutError') return `gave no answer within ${timeoutMs / 1000} s`;
  const code = codeOf(cause);
  return `cannot be reached${code === undefined ? '' : ` (${code})`}`;
}

/** The first code of an error and of what caused it, such as ECONNREFUSED. */
function codeOf(cause: unknown): string | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  }
  return undefined;
}
