// Both databases of a run as the main thread sees them: a source session that will keep the run's snapshot, a target session
// that will hold the run's lock, and a pool for everything else on the target.

import { availableParallelism, userInfo } from 'node:os';
import { type ConnectionSettings, connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Environment, resolveSecret } from '../config/references.ts';
import { type Finding, finding, refuseIf } from '../errors.ts';
import type { Connect } from '../publish/target-session.ts';
import { affordableWorkers } from '../workers/memory-shares.ts';
import { type Client, withClient, withClients, withPool } from './connect.ts';
import { refuseSameDatabase } from './preflight.ts';
import { openAhead, type SessionAhead } from './session-ahead.ts';

/**
 * The main thread's own session on each side; the workers share the rest of `max_connections`. While it plans, and they have none
 * yet, it has two of the source.
 */
const OWN_SESSIONS = 1;
/** Of the target's connections, those that are taken meanwhile: the run's lock, and one to prepare or to cancel with. */
const RESERVED_SESSIONS = 2;
/** Where workers want every other connection: whoever asks in the same turn still gets an idle client. */
const SHORT_IDLE_MS = 1;

export interface Databases {
  readonly source: ConnectionSettings;
  readonly target: ConnectionSettings;
  readonly sourceSession: Client;
  readonly targetSession: Client;
  /** The source session; another one for each call when that is lost. */
  readonly connectSource: Connect;
  readonly connectTarget: Connect;
  /** Open another session, besides those. */
  readonly openSource: OpenSession;
  readonly openTarget: OpenSession;
  /** Has another session of the source log in. */
  readonly sourceAhead: () => SessionAhead;
  /** Opens sessions of another database of the target's server. */
  readonly openBeside: (database: string) => OpenSession;
  /** Where tokens are kept, if the configuration says so. Opened by who needs it. */
  readonly control: ConnectionSettings | undefined;
  readonly secret: Uint8Array | undefined;
  /** After which a connection on which nothing moves is given up. */
  readonly stallAfterMs: number;
  /** Where references are looked up. */
  readonly env: Environment;
}

export type OpenSession = <T>(work: (client: Client) => Promise<T>) => Promise<T>;

export interface OpenOptions {
  readonly env: Environment;
  readonly run: string;
  /** Workers that there may be. */
  readonly limit: number;
}

/** Resolves references, opens both databases, makes sure that they are two; closes everything on every path. */
export async function withDatabases<T>(
  config: LoadedConfig,
  { env, run, limit }: OpenOptions,
  callback: (databases: Databases) => Promise<T>,
): Promise<T> {
  const secret = config.secret === undefined ? undefined : await resolveSecret(config, env);
  const user = userInfo().username;
  const source = connectionSettings(config, 'source', { env, user });
  const target = connectionSettings(config, 'target', { env, user });
  const control = config.control && connectionSettings(config, 'control', { env, user });
  const applicationName = `anonymize/${run}/main`;
  const { stallAfterMs } = config.retries;
  const sourceOptions = { side: 'source', max: OWN_SESSIONS, applicationName, stallAfterMs } as const;
  const targetOptions = {
    side: 'target',
    max: config.target.maxConnections,
    ...(limit + RESERVED_SESSIONS > config.target.maxConnections && { idleMs: SHORT_IDLE_MS }),
    applicationName,
    stallAfterMs,
  } as const;
  return withPool(source, sourceOptions, sourcePool =>
    withPool(target, targetOptions, targetPool =>
      withClients([sourcePool, targetPool], async ([sourceSession, targetSession]) => {
        await refuseSameDatabase(sourceSession, targetSession);
        let isSourceLost = false;
        sourceSession.once('error', () => {
          isSourceLost = true;
        });
        const openSource: OpenSession = work =>
          withPool(source, { ...sourceOptions, max: 1 }, pool => withClient(pool, work));
        const openBeside =
          (database: string): OpenSession =>
          work =>
            withPool({ ...target, database }, { ...targetOptions, max: 1 }, pool => withClient(pool, work));
        return await callback({
          source,
          target,
          control,
          secret,
          stallAfterMs,
          env,
          sourceSession,
          targetSession,
          connectSource: work => (isSourceLost ? openSource(work) : work(sourceSession)),
          connectTarget: work => withClient(targetPool, work),
          openSource,
          openTarget: openBeside(target.database),
          sourceAhead: () => openAhead(source, sourceOptions),
          openBeside,
        });
      }),
    ),
  );
}

/** Workers that may be used: as many as were asked for, or (`auto`) up to as many as there are cores, if the plan is large. */
export interface WorkerLimit {
  readonly limit: number;
  readonly isAuto: boolean;
}

/** What the configuration, the cores, the connections and the memory allow. */
export function workerLimit(config: LoadedConfig, parallel: number | undefined): WorkerLimit {
  const asked = parallel ?? config.parallel;
  const isAuto = asked === 'auto';
  const wanted = isAuto ? availableParallelism() : asked;
  const sides = ['source', 'target'] as const;
  refuseIf(
    sides.flatMap(side => connectionFindings(side, config[side].maxConnections)),
    'ANON_CONFIG_REFUSED',
  );
  const limit = Math.max(
    1,
    Math.min(
      wanted,
      affordableWorkers(config.memoryBytes),
      ...sides.map(side => config[side].maxConnections - OWN_SESSIONS),
    ),
  );
  return { limit, isAuto };
}

function connectionFindings(side: 'source' | 'target', max: number): Finding[] {
  if (max > OWN_SESSIONS) return [];
  return [
    finding('ANON_CONFIG_VALUE', {
      path: `${side}.max_connections`,
      detail: 'must be at least 2: one for the run, one for a worker.',
    }),
  ];
}

/** Sessions on the target that workers may open while another of ours prepares it. */
export function sessionsBesidePreparing({ target }: LoadedConfig): number {
  return Math.max(0, target.maxConnections - RESERVED_SESSIONS);
}

/** Sessions on the target that may rebuild at once, when the workers have closed theirs. */
export function rebuildingSessions({ target }: LoadedConfig): number {
  return Math.max(1, target.maxConnections - RESERVED_SESSIONS);
}
