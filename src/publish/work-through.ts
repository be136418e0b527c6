// Works through tasks over several sessions of the target at once, and cancels what the server is doing when asked to stop.

import type { ClientBase } from 'pg';
import type { Connect } from './target-session.ts';

export interface WorkOptions {
  /** Sessions at the same time. Cancelling borrows one more. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

const CANCEL = 'select pg_cancel_backend(pid) from unnest($1::int[]) as pid';
const CANCEL_AGAIN_MS = 200;

/**
 * Gives every task to `work`, first come, first served, each with a session that is used for nothing else meanwhile. After an
 * error no further task is begun; the error is thrown when all sessions are idle again.
 * @throws the signal's reason when it aborts
 */
export async function workThrough<Task>(
  connect: Connect,
  tasks: readonly Task[],
  { parallel, signal, work }: WorkOptions & { readonly work: (client: ClientBase, task: Task) => Promise<void> },
): Promise<void> {
  const queue = tasks.values();
  const backends = new Set<number>();
  let hasFailed = false;
  const session = () =>
    connect(async client => {
      const pid = await backendOf(client);
      backends.add(pid);
      try {
        for (const task of queue) {
          if (hasFailed || signal?.aborted) break;
          await work(client, task);
        }
      } finally {
        backends.delete(pid);
      }
    }).catch((error: unknown) => {
      hasFailed = true;
      throw error;
    });
  const stopCancelling = cancelOnAbort(connect, backends, signal);
  const sessions = Array.from({ length: Math.min(Math.max(parallel, 1), tasks.length) }, session);
  const outcomes = await Promise.allSettled(sessions);
  await stopCancelling();
  signal?.throwIfAborted();
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function backendOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** A cancel that arrives between two statements does nothing, so it is repeated until the sessions have stopped. */
function cancelOnAbort(
  connect: Connect,
  backends: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let cancelling: Promise<unknown> = Promise.resolve();
  const cancel = (): void => {
    cancelling = connect(client => client.query(CANCEL, [[...backends]]))
      // Without a session to cancel from, the sessions stop after their current statement.
      .catch(() => {})
      .then(() => {
        if (backends.size > 0) timer = setTimeout(cancel, CANCEL_AGAIN_MS);
      });
  };
  if (signal?.aborted) return async () => {};
  signal?.addEventListener('abort', cancel, { once: true });
  return async () => {
    signal?.removeEventListener('abort', cancel);
    clearTimeout(timer);
    await cancelling;
  };
}
