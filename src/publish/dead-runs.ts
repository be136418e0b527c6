// Runs that the ledger believes to be running while another one holds the target: they are dead. A server may not have noticed
// yet that their client is gone, and work on; until its sessions end they hold locks, and could still commit.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnonymizeError } from '../errors.ts';
import { type Connect, inTransaction } from './target-session.ts';

const ENDED_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** The names of their sessions begin with the run's id (see databases.ts and slice-worker.ts). */
const END_SESSIONS = `
select count(pg_catalog.pg_terminate_backend(s.pid))::int as sessions
from pgveil.run r
join pg_catalog.pg_stat_activity s on s.application_name like 'anonymize/' || r.id || '%'
where r.state = 'running' and s.datname = current_database() and s.usename = current_user
  and s.pid <> pg_catalog.pg_backend_pid()`;

const CLOSE_RUNS = `
update pgveil.run set state = 'failed', finished = clock_timestamp() where state = 'running'`;

/** Ends the sessions of dead runs and closes these in the ledger. The caller holds the target. */
export async function endDeadRuns(connect: Connect): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS;
  for (let sessions = await endSessions(connect); sessions > 0; sessions = await endSessions(connect)) {
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(ASK_EVERY_MS);
  }
  await inTransaction(connect, 'pgveil.run', client => client.query(CLOSE_RUNS));
}

async function endSessions(connect: Connect): Promise<number> {
  const { rows } = await inTransaction(connect, 'pgveil.run', client =>
    client.query<{ sessions: number }>(END_SESSIONS),
  );
  return rows[0]?.sessions ?? 0;
}
