// An error as the user sees it: code, what happened, what to do; every finding on its own.

import { type AnonymizeError, type ExitCode, type Finding, unexpected } from '../errors.ts';

/** The lines of an error. */
export function renderError(error: AnonymizeError): string {
  // biome-ignore lint/plugin: an error of the catalogue
  const lines = [`${error.code}: ${error.message}`];
  for (const found of error.findings) lines.push('', ...renderFinding(found));
  lines.push('', error.fix);
  return `${lines.join('\n')}\n`;
}

function renderFinding({ code, message, fix }: Finding): string[] {
  return [`  ${code}`, `    ${message}`, `    ${fix}`];
}

/** As the other events have it (see progress-events.ts): pino's number. */
const ERROR_LEVEL = 50;

/** Prints an error, for people or as one JSON object; returns the exit code. */
export function reportError(
  cause: unknown,
  { err, asJson }: { readonly err: (text: string) => void; readonly asJson: boolean },
): ExitCode {
  const error = unexpected(cause);
  // biome-ignore lint/plugin: an error of the catalogue
  const { code, message, fix, findings, exitCode } = error;
  const time = new Date().toISOString();
  if (asJson)
    err(
      `${JSON.stringify({ level: ERROR_LEVEL, time, event: 'error', code, exit: exitCode, message, fix, findings })}\n`,
    );
  else err(renderError(error));
  return exitCode;
}
