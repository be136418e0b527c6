// The command line in the test's own process: all of it but what only a process has, such as signals and streams. Those are
// for startCli, which costs half a second of CPU for each sync.

import { isJsonLog, runCommandLine } from '../../src/command-line.ts';
import { reportError } from '../../src/commands/report-error.ts';
import type { Terminal } from '../../src/commands/terminal.ts';
import { type Ended, Heard, type Running, usualEnvironment } from './cli.ts';

/**
 * Starts `anonymize` here. Nobody presses Ctrl-C.
 * @param env the environment besides the usual variables
 * @param ask who sits at its terminal; nobody unless given
 */
export function startHere(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  ask?: Terminal['ask'],
): Running {
  const [stdout, stderr] = [new Heard(), new Heard()];
  const err = (text: string): void => stderr.add(text);
  const run = async (): Promise<Ended> => {
    let exitCode = 0;
    try {
      await runCommandLine(args, {
        out: text => stdout.add(text),
        drained: async () => {},
        err,
        env: { ...usualEnvironment(), ...env },
        isInteractive: false,
        ask,
        stopCleanly: () => {},
        signal: new AbortController().signal,
        onExit: () => {},
      });
    } catch (cause) {
      exitCode = reportError(cause, { err, asJson: isJsonLog(args) });
    }
    return { exitCode, signal: null, stdout: stdout.text, stderr: stderr.text };
  };
  const ended = run();
  return { ended, said: text => stderr.said(text, ended), output: () => stderr.text };
}

/** Runs `anonymize` here, to its end. */
export function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  return startHere(args, env).ended;
}
