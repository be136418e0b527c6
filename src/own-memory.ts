// What a process holds in memory while it works, rows and secrets, must not get into a file or onto a port by way of a crash or a
// signal. Node can neither limit core files nor make itself undumpable; what it can do is here, and what remains in SECURITY.md.

import { writeFileSync } from 'node:fs';
import { AnonymizeError } from './errors.ts';

/** Options of Node that write memory into a file, or let a debugger read it. */
const TELLING =
  /^--(?:heapsnapshot-signal|heapsnapshot-near-heap-limit|heap-prof|report-on-fatalerror|report-on-signal|report-uncaught-exception|inspect(?:-brk|-wait)?)(?=[=\s]|$)/;

/** Which parts of memory the kernel writes into a core file (core(5)); threads share it, children inherit it. */
const CORE_FILTER = '/proc/self/coredump_filter';
/** No part: registers only. */
const NOTHING = '0';

export interface NodeStart {
  /** Options that Node was started with. */
  readonly options: readonly string[];
  /** The value of NODE_OPTIONS. */
  readonly environment: string | undefined;
}

/**
 * Keeps the memory of this process out of core files (on Linux) and from debuggers that a signal would let in.
 * @throws {AnonymizeError} ANON_NODE_OPTION where Node was started with an option that shows memory
 */
export function keepMemoryPrivate({ options, environment = '' }: NodeStart): void {
  const given = [...options, ...environment.split(/\s+/)];
  const option = given.map(one => TELLING.exec(one)?.[0]).find(found => found !== undefined);
  if (option !== undefined) throw new AnonymizeError('ANON_NODE_OPTION', { option });
  // Without a listener of ours, it starts the inspector, to which every local user may connect.
  process.on('SIGUSR1', () => {});
  try {
    writeFileSync(CORE_FILTER, NOTHING);
  } catch {
    // Not Linux, or /proc is read only: what is left is `ulimit -c 0`, which is the caller's to say.
  }
}
