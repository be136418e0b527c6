// docs/errors.md, from the error catalogue.

import { CATALOGUE, EXIT } from '../errors.ts';
import { cell, code, GENERATED, table } from './markdown.ts';

/** What each exit code says; the names are those of EXIT. */
const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  bug: 'a bug of pgveil',
  usage: 'the command line is wrong',
  dataRefused: 'a value or a row was refused',
  databaseAway: 'a database is away or broke off',
  diskFull: 'a disk is full, or the report cannot be written',
  locked: 'something else runs or holds a lock',
  privilege: 'a privilege or a log-in is missing',
  config: 'the configuration or the plan is refused',
  interrupted: 'stopped on request',
};

/** The page as Markdown. */
export function errorsPage(): string {
  const exits = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => [
    String(EXIT[name as keyof typeof EXIT]), // its keys are those of EXIT
    meaning,
  ]);
  const errors = Object.entries(CATALOGUE).map(([name, { exit, message, fix }]) => [
    code(name),
    String(exit),
    cell(message),
    cell(fix),
  ]);
  return [
    '# Errors',
    '',
    GENERATED,
    '',
    'An error names the place, the fact and the fix, and never a value. `{…}` stands for a name or a number.',
    'What is wrong with a configuration or a plan is listed all at once, each finding with its own code.',
    '',
    '## Exit codes',
    '',
    table(['exit code', 'meaning'], exits),
    '',
    '## Codes',
    '',
    table(['code', 'exit code', 'message', 'fix'], errors),
    '',
  ].join('\n');
}
