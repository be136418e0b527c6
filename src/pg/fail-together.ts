// Two connections with a stream between them.

import type { ClientBase } from 'pg';
import { closeNow } from './connect.ts';

export interface Together {
  readonly clients: readonly ClientBase[];
  readonly signal: AbortSignal;
}

/**
 * Runs a stream between connections. When one side fails or the signal aborts, the other may be waiting for its server, for
 * as long as that likes: so all are closed. What follows from that is not what went wrong: the first failure is thrown.
 * @param run is given what to tell of a failure, at once and on whichever side
 */
export async function failTogether(
  { clients, signal }: Together,
  run: (fail: (cause: unknown) => void) => Promise<void>,
): Promise<void> {
  let first: unknown;
  const fail = (cause: unknown): void => {
    first ??= cause;
    for (const client of clients) closeNow(client);
  };
  const abort = (): void => fail(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    await run(fail);
  } catch (cause) {
    throw first ?? cause;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
