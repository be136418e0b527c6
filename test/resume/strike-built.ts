// What strikes runs that build their database: they are held at the proxy, or at a gate of the structure, and killed there.

import pg from 'pg';
import type { TestDatabase } from '../database.ts';
import type { RunningCli } from '../faults/cli.ts';
import { type Gates, holdAfter, withProxy } from '../faults/proxy.ts';
import { until } from '../faults/world.ts';
import { type BuiltPair, type How, server } from './built.ts';

/** Where a run waits as long as a session is called like that: amid the rows of skipped tables, or amid an index. */
export type GateName = 'gate rows' | 'gate index';

/** Far more than what comes before app.event on a connection, and less than its rows. */
const AMID_EVENTS = 150_000;

export async function kill(cli: RunningCli): Promise<void> {
  cli.process.kill('SIGKILL');
  await cli.ended;
}

/** A run that cannot be held goes on, and says so. */
async function untilHeld(cli: RunningCli): Promise<void> {
  await Promise.race([
    cli.said('its snapshot is held'),
    cli.said('the snapshot cannot be held').then(() => Promise.reject(new Error(cli.output()))),
  ]);
}

/** Runs through a gate of the proxy, and strikes when it has shut and the run is held. */
export async function whileShut<Result>(
  pair: BuiltPair,
  { gate, reached }: { readonly gate: NonNullable<Gates['toServer']>; readonly reached: Promise<void> },
  strike: (cli: RunningCli, cut: () => void) => Promise<Result>,
  { isHeld = true, ...how }: How & { readonly isHeld?: boolean } = {},
): Promise<Result> {
  return await withProxy(pair.target.url, { toServer: gate }, async ({ url, cut }) => {
    const cli = pair.start({ ...how, env: { ...how.env, TARGET_URL: url } });
    try {
      await Promise.race([reached, cli.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
      if (isHeld) await untilHeld(cli);
      return await strike(cli, cut);
    } finally {
      await kill(cli);
    }
  });
}

/** What a ledger has of them. */
export const SLICES = 'select schema_name, table_name, slice, committed_at from pgveil.slice order by 1, 2, 3';
/** Each look there opens a session. */
const LOOK_EVERY_MS = 80;

/** Shuts amid app.event. */
export const amidEvents = () => holdAfter(AMID_EVENTS);

/** Holds a run up until it is held: who has read everything lets go of the source. Then it runs on. */
export function onceHeld<Result>(pair: BuiltPair, work: (cli: RunningCli) => Promise<Result>): Promise<Result> {
  const shut = amidEvents();
  return whileShut(pair, shut, cli => {
    shut.open();
    return work(cli);
  });
}

const WAITS = (database: string): string =>
  `select from pg_stat_activity where wait_event = 'PgSleep' and starts_with(datname, '${database}')`;

/** Runs `callback` while a gate is shut; it is told how to wait until a run has come there. */
export async function whileGated(
  { source, target }: BuiltPair,
  name: GateName,
  callback: (waiting: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const gate = new pg.Client({ connectionString: server(), application_name: name });
  await gate.connect();
  try {
    await callback(() => until(async () => (await source.query(WAITS(target.name))).length > 0));
  } finally {
    await gate.end();
  }
}

/** Kills a run that waits at a gate of the structure, when that is due, and what its programs do there; the gate is open afterwards. */
export function killedAt(pair: BuiltPair, name: GateName, isDue = async () => true): Promise<void> {
  return whileGated(pair, name, async waiting => {
    await onceHeld(pair, async cli => {
      await waiting();
      await until(isDue, LOOK_EVERY_MS); // what another session does beside it may not be done yet
      await kill(cli);
    });
    await endAllSessions(pair);
  });
}

/** Waits for the first rows that are committed where a run builds. */
export const untilSlices = (pair: BuiltPair): Promise<void> =>
  until(async () => (await pair.whereBuilt(SLICES)).length > 0, LOOK_EVERY_MS);

/** PostgreSQL sees that a killed client is gone when it next hears or sends: until then its sessions are there. */
export const untilSessionsEnd = ({ source, target }: BuiltPair): Promise<void> =>
  until(async () => (await source.query(`select from pg_stat_activity where ${sessionsIn(target)}`)).length === 0);

/** Ends all sessions that runs have in the target and beside it. */
export async function endAllSessions({ source, target }: BuiltPair): Promise<void> {
  await until(async () => {
    const ended = await source.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where ${sessionsIn(target)}`,
    );
    return ended.length === 0;
  });
}

const sessionsIn = ({ name }: TestDatabase): string =>
  `starts_with(datname, '${name}') and application_name like 'anonymize/%'`;
