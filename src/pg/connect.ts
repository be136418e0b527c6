// Pools and sessions. Every client is opened, set up, watched and given back here, on every path; what goes wrong becomes an
// error of the catalogue. The driver gets plain settings: neither a URL nor the process's environment.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { type ConnectionSettings, describeServer } from '../config/connection-url.ts';
import { AnonymizeError } from '../errors.ts';
import { backendOf, rememberBackend } from './backends.ts';
import { type DatabasePlace, databaseError, isDatabaseError, rememberOrigin, type Side } from './errors.ts';
import { CONNECT_TIMEOUT_MS } from './network-errors.ts';
import { sessionSetup } from './session.ts';
import { IS_WORKING, Stalls } from './watch-stalls.ts';

/** Milliseconds of silence after which TCP asks whether the server is still there. */
const KEEPALIVE_AFTER_MS = 30_000;
/** Milliseconds that a rollback may take before the connection is given up instead. */
const ROLLBACK_WITHIN_MS = 2_000;
const STALL_AFTER_MS = 600_000;
/** Milliseconds within which a server must say whether it works. */
const ANSWER_WITHIN_MS = 10_000;
/** PostgreSQL cuts longer names off. */
const MAX_APPLICATION_NAME = 63;

/** A client of a pool, set up by sessionSetup. */
export type Client = pg.PoolClient;

export interface PoolOptions {
  readonly side: Side;
  /** Connections that are open at once. */
  readonly max: number;
  /** Milliseconds after which an idle client is closed; the driver's ten seconds unless given. */
  readonly idleMs?: number;
  readonly applicationName: string;
  /** Milliseconds without a byte after which a connection is given up, unless the server works; ten minutes unless given. */
  readonly stallAfterMs?: number | undefined;
}

/** A pool and where it leads. */
export interface DatabasePool {
  readonly pool: pg.Pool;
  readonly at: DatabasePlace;
}

/** Opens a pool; it connects when the first client is asked for. Close it with closePool, or use withPool. */
export function openPool(settings: ConnectionSettings, options: PoolOptions): DatabasePool {
  const { side, max, idleMs } = options;
  const at: DatabasePlace = {
    side,
    role: settings.user,
    database: settings.database,
    server: describeServer(settings),
  };
  const stalls = stallsOf(settings, options);
  const pool = new pg.Pool({
    max,
    ...(idleMs !== undefined && { idleTimeoutMillis: idleMs }),
    // The types want a class without parameters of its own, which is what this is.
    Client: sessionClient(settings, options.applicationName, at),
    onConnect: client => {
      stalls.add(client as unknown as pg.Client); // the types know what all clients have
      return setUp(client, side, settings);
    },
  });
  pool.on('remove', client => stalls.remove(client as unknown as pg.Client));
  // The pool drops an idle client whose connection ends; whoever needs one next sees whether the server is still there.
  pool.on('error', () => undefined);
  return { pool, at };
}

function stallsOf(settings: ConnectionSettings, options: PoolOptions): Stalls {
  const { stallAfterMs: afterMs = STALL_AFTER_MS, ...others } = options;
  const ask = { ...others, max: 1 };
  return new Stalls({ afterMs, isWorking: client => isWorking(client, work => withPool(settings, ask, work)) });
}

type Ask = (work: (pool: DatabasePool) => Promise<boolean>) => Promise<boolean>;

/** A server without room for the question is there; one that does not answer is as good as gone. */
async function isWorking(client: pg.Client, open: Ask): Promise<boolean> {
  const backend = backendOf(client);
  if (!backend) return false;
  const ask = (pool: DatabasePool): Promise<boolean> =>
    withClient(pool, async asking => {
      const { rows } = await asking.query<{ working: boolean }>(IS_WORKING, [backend.pid, backend.started]);
      return rows[0]?.working === true;
    });
  const timer = new AbortController();
  const timeout = sleep(ANSWER_WITHIN_MS, false, timer).catch(() => false);
  const answer = open(ask).catch(
    (cause: unknown) => cause instanceof AnonymizeError && cause.code === 'ANON_CONNECTIONS',
  );
  const isBusy = await Promise.race([answer, timeout]);
  timer.abort();
  return isBusy;
}

/** Closes a pool after its clients have come back. */
export async function closePool({ pool }: DatabasePool): Promise<void> {
  await pool.end();
}

/** Runs `callback` with a pool that is closed afterwards. */
export async function withPool<Result>(
  settings: ConnectionSettings,
  options: PoolOptions,
  callback: (pool: DatabasePool) => Promise<Result>,
): Promise<Result> {
  const pool = openPool(settings, options);
  try {
    return await callback(pool);
  } finally {
    await closePool(pool);
  }
}

/**
 * Runs `callback` with a client of the pool. A client that saw an error, or is left inside a transaction, is closed
 * instead of given back: then the server ends whatever it was doing.
 * @throws {AnonymizeError} for every error of the database or the way to it; other errors pass through
 */
export async function withClient<Result>(
  pool: DatabasePool,
  callback: (client: Client) => Promise<Result>,
): Promise<Result> {
  return useClient(await connect(pool), pool, callback);
}

/** The same with a client of each pool; logging in to one does not wait for the other. The first that fails is thrown. */
export async function withClients<Result>(
  [one, other]: readonly [DatabasePool, DatabasePool],
  callback: (clients: readonly [Client, Client]) => Promise<Result>,
): Promise<Result> {
  const opening = [connect(one), connect(other)] as const;
  const outcomes = await Promise.allSettled(opening);
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) {
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.release();
    throw failed.reason;
  }
  const [first, second] = await Promise.all(opening);
  return useClient(first, one, () => useClient(second, other, () => callback([first, second])));
}

async function connect({ pool, at }: DatabasePool): Promise<Client> {
  return pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { ...at, isConnecting: true });
  });
}

async function useClient<Result>(
  client: Client,
  { at }: DatabasePool,
  callback: (client: Client) => Promise<Result>,
): Promise<Result> {
  let isClean = false;
  try {
    const result = await atPlaceOf({ client, at }, () => callback(client));
    isClean = isIdle(client);
    return result;
  } finally {
    client.release(!isClean);
  }
}

/** Runs `callback`; what the client's database or the way to it throws becomes an error of the catalogue, at `at`. */
export async function atPlaceOf<Result>(
  { client, at }: { readonly client: Client; readonly at: DatabasePlace },
  callback: () => Promise<Result>,
): Promise<Result> {
  try {
    return await callback();
  } catch (cause) {
    throw isDatabaseError(cause) ? databaseError(firstError(client, cause), at) : cause;
  }
}

/** Closes a client's connection whatever it is doing: a query that waits for its server fails at once. */
export function closeNow(client: pg.ClientBase): void {
  // Amid a query, the driver drops the socket; the server rolls back.
  void (client as pg.Client).end().catch(() => undefined);
}

/** Not in a transaction, and not amid an answer: right after an error the driver still knows the status of before. */
function isIdle(client: Client): boolean {
  const { readyForQuery } = client as unknown as { readyForQuery: boolean };
  return readyForQuery && client.getTransactionStatus() === 'I';
}

/**
 * Runs `callback` in a transaction that `begin` starts; commits it, or rolls it back when `callback` throws.
 * @param begin one or more statements, such as `begin isolation level repeatable read read only`
 */
export async function withTransaction<Result>(
  client: pg.ClientBase,
  begin: string,
  callback: () => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    await client.query(begin);
    result = await callback();
  } catch (cause) {
    await rollBack(client);
    throw cause;
  }
  const { command } = await client.query('commit');
  // The server answers ROLLBACK when a statement had failed and `callback` went on regardless.
  if (command !== 'COMMIT') throw new AnonymizeError('ANON_BUG', { detail: 'a failed transaction was committed.' });
  return result;
}

/** Never throws and never hangs: a connection that cannot answer (lost, or amid a COPY) is closed by withClient. */
async function rollBack(client: pg.ClientBase): Promise<void> {
  const timer = new AbortController();
  const rolledBack = client.query('rollback').then(
    () => undefined,
    () => undefined, // the error that led here says more
  );
  const timeout = sleep(ROLLBACK_WITHIN_MS, undefined, timer).catch(() => undefined);
  await Promise.race([rolledBack, timeout]);
  timer.abort();
}

async function setUp(client: pg.ClientBase, side: Side, { options }: ConnectionSettings): Promise<void> {
  rememberBackend(client, await client.query(sessionSetup(side, options)));
}

const lostBy = new WeakMap<pg.ClientBase, Error>();

/** A client outside a query hears that its connection ended; the query that fails next only knows that it did. */
const firstError = (client: Client, cause: unknown): unknown => lostBy.get(client) ?? cause;

function sessionClient(settings: ConnectionSettings, applicationName: string, at: DatabasePlace) {
  return class SessionClient extends pg.Client {
    constructor() {
      super(clientConfig(settings, applicationName, at));
      ignoreEnvironment(this, settings);
      tellFirstError(this);
      // Without a listener, a connection that ends between two queries would end the process.
      this.on('error', error => {
        rememberOrigin(error, at);
        if (!lostBy.has(this)) lostBy.set(this, error);
      });
      this.connection.on('errorMessage', (error: Error) => rememberOrigin(error, at));
      this.connection.on('error', (error: Error) => {
        rememberOrigin(error, at);
        // The driver leaves the socket open when a log-in fails on our side; the server would wait for its rest for a minute.
        this.connection.stream.destroy();
      });
    }
  };
}

/** Of a connection that has ended, a query only says that it has: why, and whose it was, is in the error of before. */
function tellFirstError(client: pg.Client): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const told = (...given: unknown[]): unknown => {
    const result = query(...given);
    if (!(result instanceof Promise)) return result;
    return result.catch((cause: unknown) => {
      throw lostBy.get(client) ?? cause;
    });
  };
  Object.assign(client, { query: told });
}

function clientConfig(settings: ConnectionSettings, applicationName: string, at: DatabasePlace): pg.ClientConfig {
  const { host, port, user, database, tls } = settings;
  return {
    host,
    port,
    user,
    database,
    // A function, because the driver would look for a missing password itself: in the environment and in files.
    password: () => settings.password ?? refusePassword(settings, at),
    ssl: tls && tlsOptions(tls),
    sslnegotiation: 'postgres',
    enableChannelBinding: settings.channelBinding,
    // Ours first: a later run finds the sessions of a dead one by it.
    application_name: `${applicationName} ${settings.applicationName ?? ''}`.trim().slice(0, MAX_APPLICATION_NAME),
    client_encoding: 'UTF8',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
  };
}

/** PGOPTIONS and PGREPLICATION have no setting that keeps them out. */
function ignoreEnvironment(client: pg.Client, { options }: ConnectionSettings): void {
  const { connectionParameters } = client as unknown as { connectionParameters: Record<string, unknown> };
  Object.assign(connectionParameters, { options, replication: undefined });
}

function refusePassword({ ignoredPassfile }: ConnectionSettings, { side, role = '' }: DatabasePlace): never {
  const passfile = ignoredPassfile === undefined ? '' : ` ${ignoredPassfile} was passed over: others can read it.`;
  throw new AnonymizeError('ANON_AUTHENTICATION', { side, role, detail: ` No password was given.${passfile}` });
}

function tlsOptions({ verify, ca, cert, key }: Exclude<ConnectionSettings['tls'], false>): ConnectionOptions {
  return {
    rejectUnauthorized: verify !== 'none',
    ...(verify === 'ca' && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
