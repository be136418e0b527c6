// A database can be created, renamed and dropped only from another one: sessions of the database that every server has for
// that.

import type { ConnectionSettings } from '../../config/connection-url.ts';
import { AnonymizeError } from '../../errors.ts';
import { type Client, withClient, withPool } from '../../pg/connect.ts';
import { displayName } from '../../pg/identifiers.ts';

export interface Maintaining {
  readonly settings: ConnectionSettings;
  readonly run: string;
}

const DATABASES = ['postgres', 'template1'] as const;
/** What the next database may do better: it is missing, or the role may not connect to it. */
const MAY_BE_ELSEWHERE: ReadonlySet<string> = new Set(['ANON_NO_DATABASE', 'ANON_PRIVILEGE', 'ANON_AUTHENTICATION']);

/** Runs `callback` with a session beside the target, of the same role. */
export async function withMaintenance<Result>(
  { settings, run }: Maintaining,
  callback: (client: Client) => Promise<Result>,
): Promise<Result> {
  const options = { side: 'target', max: 1, applicationName: `anonymize/${run}/maintenance` } as const;
  const candidates = DATABASES.filter(database => database !== settings.database);
  for (const database of candidates) {
    const isThere = await withPool({ ...settings, database }, options, pool =>
      withClient(pool, async () => true),
    ).catch((cause: unknown) => {
      if (cause instanceof AnonymizeError && MAY_BE_ELSEWHERE.has(cause.code)) return false;
      throw cause;
    });
    if (isThere) return await withPool({ ...settings, database }, options, pool => withClient(pool, callback));
  }
  const [place, role] = [candidates.join(' or '), displayName(settings.user)];
  const fixHint = `grant connect on database ${candidates[0]} to ${role}`;
  throw new AnonymizeError('ANON_PRIVILEGE', {
    side: 'target',
    place,
    role,
    privilege: 'CONNECT, so no database can be renamed',
    fixHint,
  });
}
