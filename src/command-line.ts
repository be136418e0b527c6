// argv → command: what can be typed, and which file of commands/ does it. A command loads its file when it is typed.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './commands/terminal.ts';
import { usageError } from './commands/usage-error.ts';
import { version } from './version.ts';

/**
 * Runs the command that was typed.
 * @param args what was typed after `anonymize`
 * @throws {AnonymizeError} ANON_USAGE, and what the command throws
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<void> {
  const program = describeProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (cause) {
    const error = cause instanceof CommanderError ? usageError(cause, program) : cause;
    if (error !== undefined) throw error;
  }
}

/** Errors take the form of the log. */
export function isJsonLog(args: readonly string[]): boolean {
  return args.some((arg, n) => arg === '--log=json' || (arg === '--log' && args[n + 1] === 'json'));
}

function describeProgram(terminal: Terminal): Command {
  const program = new Command('anonymize')
    .description('Copies a PostgreSQL database into another one and pseudonymises it on the way.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    // Errors are reported in our own form.
    .configureOutput({ writeOut: terminal.out, writeErr: () => {} })
    .configureHelp({ showGlobalOptions: false });
  for (const add of [addCopying, addStrategies, addControl, addReversal, addVault, addQuarantine])
    add(program, terminal);
  return program;
}

const config = new Option('-c, --config <file>', 'the configuration (YAML)');
const table = new Option('--table <name...>', 'only these tables (schema.table)');
const logForm = new Option('--log <form>', 'of progress and errors on stderr')
  .choices(['text', 'json'])
  .default('text');
const domain = new Option('--domain <name>', 'the domain of the tokens').makeOptionMandatory();

function addCopying(program: Command, terminal: Terminal): void {
  program
    .command('sync')
    .summary('copy the source into the target, with every column decided')
    .description(
      'Copies the source into the target, with every column decided: replaced by its strategy, or kept by name. ' +
        'Progress goes to stderr, the summary to stdout. Ctrl-C once gives the target its structure back and leaves the ' +
        'planned tables empty (with `publish: swap`, the target is as it was); Ctrl-C twice stops at once, and the next run puts ' +
        'the target right. A run that was killed, or that lost a server, goes on with --resume where it was.',
    )
    .usage('--config <file> [options]')
    .addOption(config)
    .option('--report <file>', 'write what was done as JSON')
    .addOption(logForm)
    .option('--parallel <n>', 'workers, instead of `parallel:`', positiveInteger)
    .addOption(table)
    .option('-y, --yes', 'accept that the secret is another one than before')
    .addOption(new Option('--resume [run]', 'go on with the unfinished run, or with this one').conflicts('restart'))
    .option('--restart', 'start over, also where an unfinished run could go on')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/sync.ts')).syncCommand(options, terminal));

  program
    .command('plan')
    .summary('show what sync would do, and everything that stands against it')
    .description(
      'Shows what sync would do with every table and column, and everything that stands against it. Writes nothing.',
    )
    .usage('--config <file> [options]')
    .addOption(config)
    .option('--json', 'print JSON')
    .addOption(table)
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/plan.ts')).planCommand(options, terminal));

  program
    .command('runs')
    .summary('list the runs that the target knows, and which of them could go on')
    .description(
      'Lists the runs that the ledger of the target knows, the latest first: how far each came, and whether it could go on ' +
        '(`anonymize sync --resume`), or why not.',
    )
    .usage('--config <file> [--json]')
    .addOption(config)
    .option('--json', 'print JSON')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/runs.ts')).runsCommand(options, terminal));

  program
    .command('rollback')
    .summary('put back the database that a swap has replaced')
    .description(
      'Puts back the database that `publish: swap` has replaced last, by renaming both. The one that is replaced now is kept ' +
        'too, so a second rollback goes forward again. Sessions in the target are ended.',
    )
    .usage('--config <file> [options]')
    .addOption(config)
    .option('--to <database>', 'another one of those that are kept')
    .option('--list', 'list those that are kept, the latest first')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/rollback.ts')).rollbackCommand(options, terminal));
}

function addStrategies(program: Command, terminal: Terminal): void {
  program
    .command('strategies')
    .summary('list the strategies, or describe one')
    .description('Lists the strategies, or describes one: its options, what it accepts and promises, and examples.')
    .argument('[name]', 'a strategy')
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'also those of the folder that this configuration names')
    .option('--new <name>', 'write a starting file and its test into that folder')
    .action(async (name, options) =>
      (await import('./commands/strategies.ts')).strategiesCommand(name, options, terminal),
    );
}

function addControl(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .summary('create or update the schema of the control database')
    .description(
      'Creates or updates the schema of the control database: the vault of `tokenize`, and the budget of privacy.',
    )
    .usage('--config <file>')
    .addOption(config)
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/migrate.ts')).migrateCommand(options, terminal));

  program
    .command('budget')
    .summary('show what runs have spent of local differential privacy')
    .description(
      'Shows what each row of a table has spent of local differential privacy, by column and epoch, as the control database has ' +
        'it: runs that repeated an epoch have spent nothing more. `budget:` in the configuration is the ceiling.',
    )
    .usage('--config <file> [--json]')
    .addOption(config)
    .option('--json', 'print JSON')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/budget.ts')).budgetCommand(options, terminal));
}

function addReversal(program: Command, terminal: Terminal): void {
  program
    .command('detokenize')
    .summary('turn tokens back into values, and write down who did and why')
    .description(
      'Turns tokens back into values. Each line of stdout is a token, a tab and its value (\\N where the domain has none), ' +
        'escaped as in COPY. Every use is written into the append-only audit of the vault before a value is printed.',
    )
    .usage('--config <file> --domain <name> --reason <text> [tokens...]')
    .argument('[tokens...]', 'tokens')
    .addOption(config)
    .addOption(domain)
    .requiredOption('--reason <text>', 'why: it is written down')
    .option('--file <file>', 'tokens, one per line')
    .option('--column <column>', 'schema.table.column of the target')
    .option('--json', 'print JSON, one object per line')
    .hook('preAction', needsConfig)
    .action(async (tokens, options) =>
      (await import('./commands/detokenize.ts')).detokenizeCommand(tokens, options, terminal),
    );

  program
    .command('decrypt')
    .summary('turn what reversible strategies put out back into values, for who has the secret')
    .description(
      'Turns replacements back into values where the strategy is reversible by the secret, such as fpe. Each line of stdout is a ' +
        'replacement, a tab and its value (\\N where it cannot be told), and what the target holds in the columns that the value ' +
        'depends on, escaped as in COPY. The configuration must be the one of the run; another secret is refused.',
    )
    .usage('--config <file> (--column <column> | --table-column <column> [--with <column=value>] [values...])')
    .argument('[values...]', 'replacements')
    .addOption(config)
    .option('--column <column>', 'schema.table.column of the target: all that it holds')
    .option('--table-column <column>', 'schema.table.column whose rule the values or the file have')
    .option('--file <file>', 'replacements, one per line')
    .option(
      '--with <column=value>',
      'what the source holds in a column that the values depend on; without =value, NULL',
      collect,
    )
    .option('--unchecked', 'go on where the ledger of the target does not tell whether the secret is the right one')
    .option('--json', 'print JSON, one object per line')
    .hook('preAction', needsConfig)
    .action(async (values, options) =>
      (await import('./commands/decrypt.ts')).decryptCommand(values, options, terminal),
    );
}

function addVault(program: Command, terminal: Terminal): void {
  const vault = program.command('vault').summary('look at the vault of tokens, purge or rotate it');

  vault
    .command('stats')
    .description('Shows the domains of the vault, with their tokens and keys.')
    .addOption(config)
    .option('--json', 'print JSON')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/vault.ts')).vaultStatsCommand(options, terminal));

  vault
    .command('purge')
    .description(
      'Drops the keys of a domain, then its tokens: they stand for nothing any more, in backups of tokens too.',
    )
    .addOption(config)
    .addOption(domain)
    .option('--reason <text>', 'why: it is written down', 'purge')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/vault.ts')).vaultPurgeCommand(options, terminal));

  vault
    .command('rotate')
    .description('Gives a domain, or all of them, a new key. An interrupted rotation goes on where it stopped.')
    .addOption(config)
    .option('--domain <name>', 'only this domain')
    .option('--reason <text>', 'why: it is written down', 'rotation')
    .hook('preAction', needsConfig)
    .action(async options => (await import('./commands/vault.ts')).vaultRotateCommand(options, terminal));
}

function addQuarantine(program: Command, terminal: Terminal): void {
  const quarantine = program.command('quarantine').summary('open rows that the target refused; make the keys for it');

  quarantine
    .command('keygen')
    .description('Makes a pair of keys in two new files: FILE is private and opens, FILE.pub is public and seals.')
    .argument('<file>', 'the new file of the private key')
    .action(async file => (await import('./commands/quarantine.ts')).keygenCommand(file, terminal));

  quarantine
    .command('open')
    .description(
      'Tells the rows that the target refused, one JSON object each: table, place, reason and values, as they would have come to ' +
        'the target. The whole file is checked before the first row.',
    )
    .usage('<file> --private-key <reference> [--out <file>] [--unfinished]')
    .argument('<file>', 'the file that the run wrote')
    .requiredOption('--private-key <reference>', 'file:PATH (mode 0600) or env:NAME')
    .option('--out <file>', 'a new file for the rows, instead of stdout')
    .option('--unfinished', 'also a file whose run did not end: all that is there')
    .action(async (file, options) => (await import('./commands/quarantine.ts')).openCommand(file, options, terminal));
}

/** Asked here, because commander would miss `--config` before it sees that somebody wrote `--confg`. */
function needsConfig(command: Command): void {
  if (command.opts().config === undefined)
    command.error(`--config <file> is missing: ${command.name()} needs a configuration.`);
}

/** An option that may be given several times. */
function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}
