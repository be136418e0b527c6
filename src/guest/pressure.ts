// What the governor looks at: how far standbys are behind, and what the sessions of others are doing. Our own do not count:
// their work is what is to be paced.

import type { ClientBase } from 'pg';
import { quoteLiteral } from '../pg/identifiers.ts';

/** What a database has to bear. */
export interface Pressure {
  /** Milliseconds by which the last of its standbys is behind, or it itself, if it is one; 0 without any. */
  readonly replicaLagMs: number;
  readonly activeSessions: number;
  readonly lockWaits: number;
  readonly ioWaits: number;
}

/** In a transaction, pg_stat_activity would stay as it was first seen. */
const FORGET = 'select pg_catalog.pg_stat_clear_snapshot()';

// A standby that has replayed all that it has is not behind, however long ago the primary last wrote.
const pressure = (run: string): string => `
select coalesce(1000 * extract(epoch from case when pg_catalog.pg_is_in_recovery()
    then case when pg_catalog.pg_last_wal_receive_lsn() is distinct from pg_catalog.pg_last_wal_replay_lsn()
         then clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp() end
    else (select max(replay_lag) from pg_catalog.pg_stat_replication) end), 0)::float8 as "replicaLagMs",
  count(*) filter (where state = 'active')::int as "activeSessions",
  count(*) filter (where state = 'active' and wait_event_type = 'Lock')::int as "lockWaits",
  count(*) filter (where state = 'active' and wait_event_type = 'IO')::int as "ioWaits"
from pg_catalog.pg_stat_activity
where backend_type = 'client backend' and not starts_with(application_name, ${quoteLiteral(`anonymize/${run}/`)})`;

/** Asks a database what it has to bear besides this run. */
export async function measurePressure(client: ClientBase, run: string): Promise<Pressure> {
  await client.query(FORGET);
  const { rows } = await client.query<Pressure>(pressure(run));
  return rows[0]!; // an aggregate yields one row
}
