// The run's own work on a target, tried again when a connection, the server or a lock fails. It is for work that may be begun
// once more after any part of it: each is one transaction, or goes on where the ledger says.

import { endStrays } from './end-sessions.ts';
import type { Publishing } from './publication.ts';
import type { Connect } from './target-session.ts';

/** What is worked on, for whoever watches, and with which sessions. */
export interface Work {
  readonly what: string;
  readonly connect: Connect;
  readonly work: () => Promise<void>;
  /** Whether the work is done already: its last answer may have been lost. */
  readonly isDone?: () => Promise<boolean>;
}

/**
 * Does `work`, as often as it takes. Before it is repeated, the target is held again and nothing of the failed attempt is left
 * that could still commit.
 */
export async function again(publishing: Publishing, { what, connect, work, isDone }: Work): Promise<void> {
  const { lock, retries, record, signal } = publishing;
  let isRepeated = false;
  const before = async (): Promise<void> => {
    await lock.held();
    await endStrays(connect, record.id, lock.backend);
    isRepeated = true;
  };
  await retries.repeat(async () => (isRepeated && (await isDone?.()) ? undefined : await work()), {
    what,
    signal,
    before,
  });
}
