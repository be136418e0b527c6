// Commands, `anonymize sync` above all, in the test's own process: what they write and how they end, without the time that a
// process takes to start. What only a process has, such as signals, is for startCli.

import { parseArgs } from 'node:util';
import { reportError } from '../../src/commands/report-error.ts';
import { type SyncCommandOptions, syncCommand } from '../../src/commands/sync.ts';
import type { Terminal } from '../../src/commands/terminal.ts';
import type { Ended } from './cli.ts';

type Written = Record<'stdout' | 'stderr', string>;

/** Nobody sits there, and nobody presses Ctrl-C. */
const terminalOf = (written: Written, env: Terminal['env']): Terminal => ({
  out: text => {
    written.stdout += text;
  },
  drained: async () => {},
  err: text => {
    written.stderr += text;
  },
  env,
  isInteractive: false,
  ask: undefined,
  stopCleanly: () => {},
  signal: new AbortController().signal,
  onExit: () => {},
});

/** The options as src/cli.ts reads them. */
function optionsOf(config: string, args: readonly string[]): SyncCommandOptions {
  const at = args.indexOf('--resume');
  const run = at >= 0 && args[at + 1]?.startsWith('-') === false ? args[at + 1] : undefined;
  const { values } = parseArgs({
    args: args.filter((_, n) => at < 0 || (n !== at && (run === undefined || n !== at + 1))),
    options: {
      report: { type: 'string' },
      log: { type: 'string' },
      parallel: { type: 'string' },
      table: { type: 'string', multiple: true },
      yes: { type: 'boolean', short: 'y' },
      restart: { type: 'boolean' },
    },
  });
  const { log, parallel, ...same } = values;
  return {
    ...same,
    config,
    log: log === 'json' ? 'json' : 'text',
    ...(parallel !== undefined && { parallel: Number(parallel) }),
    ...(at >= 0 && { resume: run ?? true }),
  };
}

/** Runs what a command does here. @param env all of its environment */
export async function runHere(
  command: (terminal: Terminal) => Promise<void>,
  env: Terminal['env'],
  { asJson = false } = {},
): Promise<Ended> {
  const written: Written = { stdout: '', stderr: '' };
  const terminal = terminalOf(written, env);
  let exitCode = 0;
  try {
    await command(terminal);
  } catch (cause) {
    exitCode = reportError(cause, { err: terminal.err, asJson });
  }
  return { exitCode, signal: null, ...written };
}

/** Runs `anonymize sync --config FILE …` here. */
export function syncHere(config: string, args: readonly string[], env: Terminal['env']): Promise<Ended> {
  const options = optionsOf(config, args);
  return runHere(terminal => syncCommand(options, terminal), env, { asJson: options.log === 'json' });
}
