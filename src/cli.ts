#!/usr/bin/env node
// argv → command. The only place that prints, reads the environment or exits.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { reportError } from './commands/report-error.ts';
import type { Terminal } from './commands/terminal.ts';
import { EXIT } from './errors.ts';
import { version } from './version.ts';

const stop = new AbortController();

const terminal: Terminal = {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  env: process.env,
  isInteractive: process.stderr.isTTY === true,
  signal: stop.signal,
};

/** Once: stop cleanly. Twice: now; the next run puts the target right. */
function interrupt(): void {
  if (stop.signal.aborted) process.exit(EXIT.interrupted);
  stop.abort();
  terminal.err('\nStopping; the target gets its structure back. Ctrl-C again stops at once.\n');
}

const program = new Command('anonymize')
  .description('Copies a PostgreSQL database into another one and pseudonymises it on the way.')
  .version(version)
  .exitOverride()
  .showHelpAfterError(false);

const config = new Option('-c, --config <file>', 'the configuration (YAML)').makeOptionMandatory();

program
  .command('sync')
  .description('copy the source into the target, with every column decided')
  .addOption(config)
  .option('--report <file>', 'write what was done as JSON')
  .addOption(new Option('--log <form>', 'of progress on stderr').choices(['text', 'json']).default('text'))
  .option('--parallel <n>', 'workers, instead of `parallel:`', positiveInteger)
  .option('--table <name...>', 'only these tables (schema.table)')
  .option('-y, --yes', 'accept that the secret is another one than before', false)
  .action(async options => (await import('./commands/sync.ts')).syncCommand(options, terminal));

program
  .command('plan')
  .description('show what sync would do, and everything that stands against it')
  .addOption(config)
  .option('--json', 'as JSON', false)
  .option('--table <name...>', 'only these tables (schema.table)')
  .action(async options => (await import('./commands/plan.ts')).planCommand(options, terminal));

program
  .command('strategies')
  .description('list the strategies, or describe one')
  .argument('[name]', 'a strategy')
  .option('--json', 'as JSON', false)
  .option('-c, --config <file>', 'also those of the folder that this configuration names')
  .action(async (name, options) =>
    (await import('./commands/strategies.ts')).strategiesCommand(name, options, terminal),
  );

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

/** Errors take the form of the log. */
function isJsonLog(): boolean {
  const { argv } = process;
  return argv.includes('--log=json') || argv[argv.indexOf('--log') + 1] === 'json';
}

process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
try {
  await program.parseAsync();
} catch (cause) {
  // Commander has printed its message, or the help that was asked for.
  if (cause instanceof CommanderError) process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage;
  else process.exitCode = reportError(cause, { err: terminal.err, asJson: isJsonLog() });
}
