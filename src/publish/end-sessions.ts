// Sessions that a server still has although their client is gone, or should be: it may not have noticed yet. Until they end
// they hold locks, and could still commit.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError } from '../errors.ts';
import type { Backend } from '../pg/backends.ts';
import { type Connect, inTransaction } from './target-session.ts';

const ENDED_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** Sessions bear the name of their run (see databases.ts and slice-worker.ts). */
const END_SESSIONS = `
select count(pg_catalog.pg_terminate_backend(pid))::int as sessions
from unnest($1::text[]) as ending (name)
join pg_catalog.pg_stat_activity on starts_with(application_name, ending.name)
where datname = current_database() and usename = current_user and pid <> pg_catalog.pg_backend_pid() and pid <> all($2::int[])`;

const DEAD_RUNS = `select id from pgveil.run where state = 'running'`;

const CLOSE_RUNS = `
update pgveil.run set state = 'failed', finished = clock_timestamp() where state = 'running'`;

/** Ends the sessions of runs that the ledger believes to be running, and closes these. The caller holds the target. */
export async function endDeadRuns(connect: Connect): Promise<void> {
  const { rows } = await inTransaction(connect, 'pgveil.run', client => client.query<{ id: string }>(DEAD_RUNS));
  if (rows.length === 0) return;
  await endSessions(
    connect,
    rows.map(({ id }) => `anonymize/${id}`),
  );
  await inTransaction(connect, 'pgveil.run', client => client.query(CLOSE_RUNS));
}

/** Ends what the workers of a run and its programs have left on the target. */
export async function endWorkers(connect: Connect, run: string): Promise<void> {
  await endSessions(connect, [`anonymize/${run}/worker`, `anonymize/${run}/pg_`]);
}

/** Ends what the main thread's own work has left on the target, but for the session that holds it. */
export async function endStrays(connect: Connect, run: string, holder: Backend | undefined): Promise<void> {
  await endSessions(connect, [`anonymize/${run}/main`], holder ? [holder.pid] : []);
}

async function endSessions(connect: Connect, names: readonly string[], kept: readonly number[] = []): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS;
  const end = () =>
    inTransaction(connect, 'pg_stat_activity', client =>
      client.query<{ sessions: number }>(END_SESSIONS, [names, kept]),
    );
  while (((await end()).rows[0]?.sessions ?? 0) > 0) {
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(ASK_EVERY_MS);
  }
}
