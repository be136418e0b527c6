// Which process of the server serves a client, so that it can be found again from another session: by its id and the moment of
// its start, as ids are used again.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase, QueryResult } from 'pg';
import { AnonymizeError } from '../errors.ts';

/** A process of a server. */
export interface Backend {
  readonly pid: number;
  /** As text, to the microsecond. */
  readonly started: string;
}

/** Ends what a session is set up with; through a pooler, the driver's own number would be the pooler's. */
export const OWN_BACKEND = `
select pid, backend_start::pg_catalog.text as started from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())`;

const backends = new WeakMap<ClientBase, Backend>();

/** Keeps the answer to OWN_BACKEND, the last of `results`. */
export function rememberBackend(client: ClientBase, results: QueryResult | readonly QueryResult[]): void {
  const [backend] = [results].flat().at(-1)?.rows ?? [];
  if (backend) backends.set(client, backend);
}

/** The process behind a client of openPool. */
export const backendOf = (client: ClientBase): Backend | undefined => backends.get(client);

const GONE_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** Ended or not, those that are still there are counted. */
const END = `
select count(pg_catalog.pg_terminate_backend(pid))::int as left
from pg_catalog.pg_stat_activity
join unnest($1::int[], $2::text[]) as ending (pid, started) using (pid)
where backend_start::text = started`;

/**
 * Ends processes of the server and waits until they are gone: from then on nothing that they were doing can still be committed.
 * @throws {AnonymizeError} ANON_ALREADY_RUNNING when one of them does not go
 */
export async function endBackends(client: ClientBase, ending: readonly Backend[]): Promise<void> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  const wanted = [ending.map(({ pid }) => pid), ending.map(({ started }) => started)];
  for (;;) {
    const { rows } = await client.query<{ left: number }>(END, wanted);
    if ((rows[0]?.left ?? 0) === 0) return;
    if (Date.now() > deadline) throw new AnonymizeError('ANON_ALREADY_RUNNING');
    await sleep(ASK_EVERY_MS);
  }
}
