// The moment of a swap: the target gets the name of an earlier one, and the new database that of the target, in one
// transaction. Renaming locks a database against new sessions and then waits some seconds for the others to leave, so
// whoever is left is ended meanwhile, by a second session: nobody can slip in between, and a run that dies at any point
// leaves the names as they were.

import { setTimeout as sleep } from 'node:timers/promises';
import pg, { type ClientBase } from 'pg';
import { AnonymizeError } from '../../errors.ts';
import { withTransaction } from '../../pg/connect.ts';
import { displayName, quoteName } from '../../pg/identifiers.ts';
import { commentStatement } from './database-settings.ts';
import { type Maintaining, withMaintenance } from './maintenance.ts';

export interface Exchange {
  /** The target: the name that readers use. */
  readonly name: string;
  /** What becomes the target, and what it is called until then. */
  readonly successor: string;
  /** What the target is called from then on. */
  readonly aside: string;
  /** The comment that the successor has as the target; as it is unless given. */
  readonly comment?: string | null;
}

/** A statement that is running gets this long; PostgreSQL gives up renaming after five seconds. */
const STATEMENT_GRACE_MS = 2_000;
const END_EVERY_MS = 50;
const TRY_AGAIN_FOR_MS = 8_000;

/**
 * Exchanges the two databases. Sessions in either are ended: idle ones at once, others after a grace.
 * @throws {AnonymizeError} ANON_SWAP_BUSY when there are sessions that the role may not end; the names are as before
 */
export async function exchange(maintaining: Maintaining, { name, successor, aside, comment }: Exchange): Promise<void> {
  const statements = [
    `alter database ${quoteName(name)} rename to ${quoteName(aside)}`,
    `alter database ${quoteName(successor)} rename to ${quoteName(name)}`,
    ...(comment === undefined ? [] : [commentStatement(name, comment)]),
  ];
  const wanted = await withMaintenance(maintaining, client => oidOf(client, successor));
  const deadline = Date.now() + TRY_AGAIN_FOR_MS;
  for (;;) {
    try {
      return await withMaintenance(maintaining, renaming =>
        withMaintenance(maintaining, ending =>
          whileEnding(ending, [name, successor], () =>
            withTransaction(renaming, 'begin', async () => {
              for (const statement of statements) await renaming.query(statement);
            }),
          ),
        ),
      );
    } catch (cause) {
      if (!isInUse(cause)) {
        // The answer to COMMIT may have been lost: what counts is who bears the name.
        if (await withMaintenance(maintaining, client => bears(client, name, wanted))) return;
        throw cause;
      }
      if (Date.now() > deadline) throw await busy(maintaining, name);
    }
  }
}

const OID = `select oid::bigint::text as oid from pg_catalog.pg_database where datname = $1`;

async function oidOf(client: ClientBase, database: string): Promise<string | undefined> {
  return (await client.query<{ oid: string }>(OID, [database])).rows[0]?.oid;
}

const bears = async (client: ClientBase, name: string, oid: string | undefined): Promise<boolean> =>
  oid !== undefined && (await oidOf(client, name)) === oid;

/** object_in_use, as it passes withClient. */
const isInUse = (cause: unknown): boolean =>
  (cause instanceof AnonymizeError && cause.facts.sqlstate === '55006') ||
  (cause instanceof pg.DatabaseError && cause.code === '55006');

/** Sessions that the role may end: its own, those of roles that it belongs to, or all but superusers' as a signaller. */
const END_SESSIONS = `
select pg_catalog.pg_terminate_backend(s.pid)
from pg_catalog.pg_stat_activity s
join pg_catalog.pg_roles r on r.oid = s.usesysid
join pg_catalog.pg_roles me on me.rolname = current_user
where s.datname = any ($1) and s.pid <> pg_catalog.pg_backend_pid()
  and (s.state = 'idle' or $2)
  and (me.rolsuper or (not r.rolsuper and (pg_catalog.pg_has_role(r.oid, 'usage')
                                          or pg_catalog.pg_has_role('pg_signal_backend', 'usage'))))`;

async function whileEnding<Result>(
  client: ClientBase,
  databases: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const started = Date.now();
  let isOver = false;
  const working = work().finally(() => {
    isOver = true;
  });
  const end = async (): Promise<void> => {
    // Not at once: until the first lock is held, whoever is ended would come back.
    for (await sleep(END_EVERY_MS); !isOver; await sleep(END_EVERY_MS)) {
      await client.query(END_SESSIONS, [databases, Date.now() - started > STATEMENT_GRACE_MS]);
    }
  };
  const [result, ended] = await Promise.allSettled([working, end()]);
  if (result.status === 'rejected') throw result.reason;
  if (ended.status === 'rejected') throw ended.reason;
  return result.value;
}

const SESSIONS = `
select count(*)::int as sessions, coalesce(string_agg(distinct usename, ', ' order by usename), '') as roles
from pg_catalog.pg_stat_activity where datname = $1`;

/** Sessions that are left, or what else keeps a database from being renamed. */
async function busy(maintaining: Maintaining, name: string): Promise<AnonymizeError> {
  const { rows } = await withMaintenance(maintaining, client =>
    client.query<{ sessions: number; roles: string }>(SESSIONS, [name]),
  );
  const { sessions = 0, roles = '' } = rows[0] ?? {};
  const why =
    sessions > 0 ? `${sessions} session(s) of ${roles}` : 'prepared transactions, or sessions that come and go';
  return new AnonymizeError('ANON_SWAP_BUSY', {
    database: displayName(name),
    why,
    role: displayName(maintaining.settings.user),
  });
}
