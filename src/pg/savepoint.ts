// Work in a session whose transaction must outlive it: the snapshot of a run ends with its transaction.

import type { ClientBase } from 'pg';

/** Runs `work`; where the session is in a transaction, an error of `work` undoes its statements and leaves the rest of it usable. */
export async function atSavepoint<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  if (client.getTransactionStatus() !== 'T') return await work();
  await client.query('savepoint pgveil_work');
  try {
    const result = await work();
    await client.query('release savepoint pgveil_work');
    return result;
  } catch (cause) {
    // A session that is lost cannot do this either; the error that led here says so.
    await client.query('rollback to savepoint pgveil_work; release savepoint pgveil_work').catch(() => undefined);
    throw cause;
  }
}
