// What PostgreSQL says when it does not start, as an error that says what to do.

import { AnonymizeError } from '../errors.ts';

const FIXES: readonly (readonly [RegExp, string])[] = [
  [/No space left/, 'Make room there, or set TMPDIR to a folder with 1 GB free.'],
  [/is taken/, 'Stop what listens there, or leave the port out to get a free one.'],
  [/could not look up effective user ID/, 'PostgreSQL needs a user that /etc/passwd knows; run as one.'],
  [/not empty/, 'Name an empty folder, or one that an embedded server has made.'],
];

/** The error of a start in `dataDir`, from what the programs wrote. */
export function refusal(output: string, dataDir: string): AnonymizeError {
  const fix = FIXES.find(([pattern]) => pattern.test(output))?.[1] ?? 'Correct what it says, then run again.';
  const end = output.trim().split('\n').slice(-3).join(' · ');
  return new AnonymizeError('ANON_EMBEDDED_POSTGRES', { detail: `${end} (in ${dataDir})`, fixHint: fix });
}
