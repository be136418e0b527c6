// Errors of going on with a run that was not finished.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const RESUME = {
  ANON_RESUME_NOTHING: entry(
    EXIT.usage,
    'There is nothing to go on with: {detail}',
    'Run `anonymize sync` without --resume; `anonymize runs` lists what the target knows.',
  ),
  ANON_RESUME_PLAN: entry(
    EXIT.config,
    'Run {run} had another plan. What differs: {detail}.',
    'Undo the change to go on, or start over: `anonymize sync --restart`.',
  ),
  ANON_RESUME_KEY: entry(
    EXIT.config,
    'Run {run} had another secret: its rows would not fit those that follow.',
    'Use its secret to go on, or start over: `anonymize sync --restart`.',
  ),
  ANON_RESUME_SCHEMA: entry(
    EXIT.config,
    'Tables are not as they were when run {run} began: {detail}.',
    'Start over: `anonymize sync --restart`.',
  ),
  ANON_RESUME_ROWS: entry(
    EXIT.config,
    '{place}: rows that run {run} has copied are not in the target any more.',
    'Start over: `anonymize sync --restart`.',
  ),
  ANON_RESUMABLE: entry(
    EXIT.databaseAway,
    'Run {run} can go on where it was: {rows} rows are in the target. Its snapshot is kept for {time}.',
    'Run `anonymize sync --resume` when the cause is gone; `anonymize sync --restart` starts over.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
