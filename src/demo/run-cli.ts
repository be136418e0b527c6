// Runs the real command line in a process of its own, as a user would.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

/** How a command ended, and what it wrote to standard output. Its progress went to our standard error. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs `anonymize` with these arguments and these variables added to the environment. */
export async function runCli(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  const cli = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  cli.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  const [exitCode] = await once(cli, 'close');
  return { exitCode: exitCode ?? 1, output };
}
