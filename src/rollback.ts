// Puts a database back that a swap has replaced. The one that it replaces is kept as well, so that a second rollback goes
// forward again.

import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { connectionSettings } from './config/connection-url.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Environment } from './config/references.ts';
import { AnonymizeError, unexpected } from './errors.ts';
import { withClient, withPool } from './pg/connect.ts';
import { displayName } from './pg/identifiers.ts';
import { withRunLock } from './pg/run-lock.ts';
import { freePreviousName, readBeside } from './publish/swap/database-names.ts';
import { exchange } from './publish/swap/exchange.ts';
import { type Maintaining, withMaintenance } from './publish/swap/maintenance.ts';

export interface RollbackOptions {
  /** Where env: references are looked up. */
  readonly env: Environment;
  /** A previous database; the one that was replaced last, unless given. */
  readonly to?: string | undefined;
}

/** What a rollback did. */
export interface RolledBack {
  /** The target, by its name. */
  readonly database: string;
  /** What it was called until now. */
  readonly restored: string;
  /** What the database is called now that was the target until now. */
  readonly kept: string;
}

/** The databases that swaps have replaced and kept, the latest first. */
export async function listPrevious(config: LoadedConfig, { env }: RollbackOptions): Promise<readonly string[]> {
  const settings = connectionSettings(config, 'target', { env, user: userInfo().username });
  const maintaining = { settings, run: randomUUID() };
  try {
    return (await withMaintenance(maintaining, client => readBeside(client, settings.database))).previous;
  } catch (cause) {
    throw unexpected(cause);
  }
}

/**
 * Exchanges the target with one of its previous databases. No run may be writing to it.
 * @throws {AnonymizeError} ANON_ROLLBACK_NOTHING, ANON_ALREADY_RUNNING, ANON_SWAP_BUSY; the names are as before then
 */
export async function rollback(config: LoadedConfig, { env, to }: RollbackOptions): Promise<RolledBack> {
  const settings = connectionSettings(config, 'target', { env, user: userInfo().username });
  const maintaining: Maintaining = { settings, run: randomUUID() };
  const options = { side: 'target', max: 1, applicationName: `anonymize/${maintaining.run}/rollback` } as const;
  try {
    return await withPool(settings, options, pool =>
      withClient(pool, session =>
        withRunLock(session, async () => {
          const beside = await withMaintenance(maintaining, client => readBeside(client, settings.database));
          const restored = choose(beside.previous, to);
          const kept = freePreviousName(settings.database, beside);
          // Renaming ends this session too, and with it the lock, when nobody else can get in any more.
          await exchange(maintaining, { name: settings.database, successor: restored, aside: kept });
          return { database: settings.database, restored, kept };
        }),
      ),
    );
  } catch (cause) {
    throw unexpected(cause);
  }
}

function choose(previous: readonly string[], to: string | undefined): string {
  const chosen = to === undefined ? previous[0] : previous.find(name => name === to);
  if (chosen !== undefined) return chosen;
  const kept =
    previous.length === 0 ? 'None is kept.' : `Kept are: ${previous.map(name => displayName(name)).join(', ')}.`;
  const wanted = to === undefined ? 'previous database' : `previous database ${displayName(to)}`;
  throw new AnonymizeError('ANON_ROLLBACK_NOTHING', { wanted, kept });
}
