// What tells one source's data from others, whatever host name or pooler leads there: a replica has the same people in it.

import type { ClientBase } from 'pg';
import pg from 'pg';
import { AnonymizeError } from '../errors.ts';

/** Under what spent privacy is recorded. */
export interface SourceIdentity {
  readonly id: string;
  /** For people. */
  readonly name: string;
}

const IDENTITY = `
select s.system_identifier || '/' || d.oid as id, d.datname as name
from pg_catalog.pg_control_system() as s, pg_catalog.pg_database as d where d.datname = current_database()`;

/**
 * The identity of the cluster and the OID of the database, which replicas share; or the name that the configuration gives:
 * a dump that is restored every night is a new database, of the same people.
 * @param session in no transaction
 * @throws {AnonymizeError} ANON_BUDGET_DATABASE where the role may not ask
 */
export async function sourceIdentity(session: ClientBase, database: string | undefined): Promise<SourceIdentity> {
  if (database !== undefined) return { id: `name:${database}`, name: database };
  try {
    const { rows } = await session.query<SourceIdentity>(IDENTITY);
    return rows[0]!; // one database has this name
  } catch (cause) {
    const mayNot = cause instanceof pg.DatabaseError && cause.code === '42501';
    throw mayNot ? new AnonymizeError('ANON_BUDGET_DATABASE', { sqlstate: cause.code }) : cause;
  }
}
