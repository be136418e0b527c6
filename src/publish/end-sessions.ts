// Sessions that a server still has although their client is gone, or should be: it may not have noticed yet. Until they end
// they hold locks, and could still commit.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError } from '../errors.ts';
import type { Backend } from '../pg/backends.ts';
import { type Connect, oneStatement } from './target-session.ts';

const ENDED_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** Sessions bear the name of their run (see databases.ts and slice-worker.ts). */
const END_SESSIONS = `
select count(pg_catalog.pg_terminate_backend(pid))::int as sessions
from unnest($1::text[]) as ending (name)
join pg_catalog.pg_stat_activity on starts_with(application_name, ending.name)
where datname = current_database() and usename = current_user and pid <> pg_catalog.pg_backend_pid() and pid <> all($2::int[])
  and not starts_with(application_name, $3)`;

const CLOSE_RUNS = `
with forgotten as (delete from pgveil.held where run = any ($1))
update pgveil.run set state = 'failed', finished = clock_timestamp() where id = any ($1)`;

/** Ends what unfinished runs have left of themselves on the target, and closes them. The caller holds the target. */
export async function endDeadRuns(connect: Connect, runs: readonly string[]): Promise<void> {
  if (runs.length === 0) return;
  await endSessions(
    connect,
    runs.map(run => `anonymize/${run}`),
  );
  await oneStatement(connect, 'pgveil.run', CLOSE_RUNS, [runs]);
}

/** Ends what the workers of a run and its programs have left on the target. */
export async function endWorkers(connect: Connect, run: string): Promise<void> {
  await endSessions(connect, [`anonymize/${run}/worker`, `anonymize/${run}/pg_`]);
}

/** Ends what the main thread's own work has left on the target, but for the session that holds it. */
export async function endStrays(connect: Connect, run: string, holder: Backend | undefined): Promise<void> {
  await endSessions(connect, [`anonymize/${run}/main`], { kept: holder ? [holder.pid] : [] });
}

/** No name begins with it: the server replaces what cannot be printed. */
const NOBODY = '\u0001';

/** What is not ended although its name begins like that: processes, or whatever has a longer name. */
interface Spared {
  readonly kept?: readonly number[];
  readonly name?: string;
}

/**
 * Ends the sessions of our role whose names begin like one of these, but for our own, and waits until they have ended.
 * @throws {AnonymizeError} ANON_ALREADY_RUNNING when they do not end
 */
export async function endSessions(
  connect: Connect,
  names: readonly string[],
  { kept = [], name = NOBODY }: Spared = {},
): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS;
  const end = () => oneStatement<{ sessions: number }>(connect, 'pg_stat_activity', END_SESSIONS, [names, kept, name]);
  while (((await end()).rows[0]?.sessions ?? 0) > 0) {
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(ASK_EVERY_MS);
  }
}
