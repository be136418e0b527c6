// Errors of the command line and of what the demo needs.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const COMMAND_LINE = {
  ANON_USAGE: entry(EXIT.usage, '{detail}', 'Run `anonymize --help` for the commands and their options.'),
  ANON_NODE_OPTION: entry(
    EXIT.usage,
    'Node was started with {option}, which would show what this process has in memory: rows and secrets.',
    'Leave it out of the command and of NODE_OPTIONS.',
  ),
  ANON_BUG: entry(
    EXIT.bug,
    'Something happened that pgveil does not expect: {detail}',
    'Please report it, with this message and the command.',
  ),
  ANON_INTERRUPTED: entry(
    EXIT.interrupted,
    'Stopped on request. {detail}',
    'Run the same command again: it starts over.',
  ),
  ANON_REPORT_FILE: entry(
    EXIT.diskFull,
    '{state} the report {file} cannot be written ({detail}).',
    'Check the path given with --report, and the room on its disk.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
