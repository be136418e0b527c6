// Starts the process that holds a run's snapshot: detached, so that it outlives the run, its terminal and its process group.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config/references.ts';
import type { ErrorCode } from '../errors.ts';
import { ownModule } from '../own-files.ts';
import type { FromHolder, HolderTask, ToHolder } from './holder-messages.ts';

const HOLDER_FILE = fileURLToPath(ownModule('src/resume/holder'));
/** It holds a session and waits; 54 MB, most of them Node's and shared with it, must not grow in hours. */
const FLAGS = ['--max-old-space-size=32', '--max-semi-space-size=1', '--no-warnings'];
/** What TLS and the loader of programs need; nothing else of our environment is passed on, least of all secrets. */
const PASSED_ON = [
  'LD_LIBRARY_PATH',
  'NODE_EXTRA_CA_CERTS',
  'OPENSSL_CONF',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'SystemRoot',
];
/** A process that does not end by itself within this time keeps nobody waiting. */
const END_WITHIN_MS = 1_500;

/** A process that holds, or soon will. */
export interface Holder {
  /** What it has exported. @throws never; the code of what kept it from holding, where it does not */
  readonly held: Promise<FromHolder>;
  /** Tells it that the ledger has the snapshot: from then on it outlives us. */
  noted(): void;
  /** Ends it. */
  end(): Promise<void>;
}

/** Starts it. Our process does not wait for it when it ends. */
export function startHolder(task: HolderTask, env: Environment): Holder {
  const child = fork(HOLDER_FILE, [], {
    cwd: '/',
    detached: true,
    env: Object.fromEntries(PASSED_ON.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]))),
    execArgv: FLAGS,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const gone = Promise.withResolvers<void>();
  const held = Promise.withResolvers<FromHolder>();
  const fail = (failed: ErrorCode): void => {
    held.resolve({ failed });
    gone.resolve();
  };
  child.once('error', () => fail('ANON_BUG'));
  child.once('exit', () => fail('ANON_CONNECTION_LOST'));
  child.on('message', message => held.resolve(message as FromHolder));
  // A channel that is closed has nobody at its end.
  const tell = (message: ToHolder): void => void (child.connected && child.send(message, () => undefined));
  tell({ task });
  child.unref();
  child.channel?.unref();
  return {
    held: held.promise,
    noted: () => tell('noted'),
    async end() {
      child.ref();
      const late = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      tell('end');
      await gone.promise;
      clearTimeout(late);
    },
  };
}
