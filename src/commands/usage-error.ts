// A malformed command line as one clear sentence. What was typed is named, a value that was given with it never: it may be a secret.

import type { Command, CommanderError } from 'commander';
import { AnonymizeError } from '../errors.ts';

/**
 * The error of the catalogue for what commander refuses, or undefined where it only printed what was asked for.
 * @param program whose options are known, wherever they belong
 */
export function usageError({ code, exitCode, message }: CommanderError, program: Command): AnonymizeError | undefined {
  if (exitCode === 0) return undefined;
  const typed = /'([^'=]*)/.exec(message)?.[1] ?? '';
  const meant = /\(Did you mean (.*)\?\)$/.exec(message)?.[1];
  const suggestion = meant === undefined ? '' : ` Did you mean ${meant}?`;
  switch (code) {
    case 'commander.help':
      return refuse('A command is missing: `anonymize --help` lists them.');
    case 'commander.unknownCommand':
      return refuse(`There is no command "${typed}".${suggestion}`);
    case 'commander.unknownOption':
      return refuse(
        isFlag(typed, message, program) ? `${typed} takes no value.` : `There is no option ${typed}.${suggestion}`,
      );
    case 'commander.optionMissingArgument':
      return refuse(`${typed} needs a value.`);
    default:
      return refuse(withoutValues(message));
  }
}

/** `--json=yes` is no option, although `--json` is one. */
function isFlag(typed: string, message: string, { commands }: Command): boolean {
  const isKnown = commands.some(({ options }) => options.some(option => option.long === typed));
  return isKnown && message.includes(`'${typed}=`);
}

const refuse = (detail: string): AnonymizeError => new AnonymizeError('ANON_USAGE', { detail });

/** Commander's own sentence, without the values that it quotes. */
function withoutValues(message: string): string {
  const sentence = message
    .replace(/^error: /, '')
    .replace(/option '([^']*)' argument '.*' is invalid/s, '$1 is invalid')
    .replace(/(Expected \d+ arguments? but got \d+): .*$/s, '$1.');
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
