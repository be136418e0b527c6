// What PostgreSQL says when it does not start, as an error that says what to do.

import { AnonymizeError } from '../errors.ts';

const FIXES: readonly (readonly [RegExp, string])[] = [
  [/No space left/, 'Make room there, or set TMPDIR to a folder with 1 GB free.'],
  [/is taken/, 'Stop what listens there, or leave the port out to get a free one.'],
  [/could not look up effective user ID/, 'PostgreSQL needs a user that /etc/passwd knows; run as one.'],
  [/not empty/, 'Name an empty folder, or one that an embedded server has made.'],
];

/** The error of a start in `dataDir` that failed for the reason in `detail`. */
export function refusal(detail: string, dataDir: string): AnonymizeError {
  const fix = FIXES.find(([pattern]) => pattern.test(detail))?.[1] ?? 'Correct what it says, then run again.';
  return new AnonymizeError('ANON_EMBEDDED_POSTGRES', { detail: `${detail} (in ${dataDir})`, fixHint: fix });
}

/** The end of a program's output, on one line. */
export const lastLines = (output: string): string => output.trim().split('\n').slice(-3).join(' · ');
