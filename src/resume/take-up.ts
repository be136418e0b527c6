// Going on with a run that was not finished: which one, that nothing of it is still at work, and what the target has of it.

import { userInfo } from 'node:os';
import type { ClientBase } from 'pg';
import { connectionSettings } from '../config/connection-url.ts';
import { formatDuration } from '../config/duration.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { keyCheckValue } from '../crypto/keys.ts';
import { AnonymizeError } from '../errors.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import type { Databases } from '../pg/databases.ts';
import { showInvisible, type TableName } from '../pg/identifiers.ts';
import { importSnapshot } from '../pg/snapshot.ts';
import { tableKey } from '../pg/table-key.ts';
import { endSessions } from '../publish/end-sessions.ts';
import { findLedger } from '../publish/ledger.ts';
import { askLedgers, withTargetServer } from '../publish/ledgers.ts';
import { type Connect, oneStatement } from '../publish/target-session.ts';
import { differences, type Fingerprint, type Hashes, hashOf, shapesIn } from './fingerprint.ts';
import { type HeldRecord, type UnfinishedRun, unfinishedRuns } from './held-runs.ts';
import { holderName } from './holder-messages.ts';

/** A run that this one goes on with: it has its id, its snapshot, its slices. */
export interface EarlierRun extends UnfinishedRun {
  readonly held: HeldRecord;
  /** What the target has of it. */
  readonly done: SlicesDone;
  /** The target's tables are emptied, and what would stop the load is put aside. */
  readonly isPutAside: boolean;
  /** All rows of a database that is built are in it, and what follows them has begun. */
  readonly isLoaded: boolean;
  /** Lends sessions of the database that has its rows and its ledger. */
  readonly connect: Connect;
}

/** What the ledger has: by tableKey, then by the number of the slice. */
export type SlicesDone = ReadonlyMap<string, ReadonlyMap<number, { readonly rows: number; readonly bytes: number }>>;

/** Whether runs of this configuration build the tables that they fill. */
export const isBuilt = ({ target: { publish, schema } }: LoadedConfig): boolean =>
  publish === 'swap' || schema === 'copy';

const nothing = (detail: string): AnonymizeError => new AnonymizeError('ANON_RESUME_NOTHING', { detail });

const STATE = 'select state from pgveil.run where id = $1';
const TOLD: Readonly<Record<string, string>> = { done: 'is done', failed: 'was undone', interrupted: 'was undone' };

/**
 * The run to go on with, before anything is opened under its name.
 * @param options `resume` is its id; any other value means the latest
 * @throws {AnonymizeError} ANON_RESUME_NOTHING
 */
export async function findUnfinished(
  config: LoadedConfig,
  { env, resume }: { readonly env: Environment; readonly resume?: boolean | string | undefined },
): Promise<string> {
  const wanted = typeof resume === 'string' ? resume : undefined;
  const settings = connectionSettings(config, 'target', { env, user: userInfo().username });
  return await withTargetServer(settings, 'anonymize/resume', async server => {
    let hasOwn = false;
    const found = await askLedgers(config, server, async (connect, beside) => {
      const has = await findLedger(connect);
      if (beside === undefined) hasOwn = has;
      return has ? await unfinishedRuns(connect, beside) : [];
    });
    if (!hasOwn && found.length === 0) throw nothing('the target knows no run.');
    const run = found.find(one => (wanted === undefined ? one.held : one.run === wanted)) ?? found[0];
    if (run?.held && (wanted === undefined || run.run === wanted)) return run.run;
    if (run && (wanted === undefined || run.run === wanted)) {
      const built = isBuilt(config) ? 'before it had built its tables, or ' : '';
      throw nothing(`run ${run.run} ended ${built}before anything held its snapshot (see \`hold_after\`).`);
    }
    if (wanted === undefined) throw nothing('the target has no unfinished run.');
    if (!hasOwn) throw nothing(`the target knows no run ${wanted}.`);
    const { rows } = await oneStatement<{ state: string }>(server.connectTarget, 'pgveil.run', STATE, [wanted]);
    throw nothing(rows[0] ? `run ${wanted} ${TOLD[rows[0].state]}.` : `the target knows no run ${wanted}.`);
  });
}

const DONE = `
select schema_name as schema, table_name as name, slice as number, rows::float8 as rows, bytes::float8 as bytes
from pgveil.slice where run = $1`;
const PUT_ASIDE = `
select coalesce(bool_or(kind = 'rows'), false) as "isPutAside", coalesce(bool_or(kind = 'loaded'), false) as "isLoaded"
from pgveil.put_aside where run = $1`;

/**
 * Ends what is left of the run on both sides, but for what holds its snapshot, and reads what the target has of it. The caller
 * holds the target.
 * @throws {AnonymizeError} ANON_RESUME_NOTHING when the run ended meanwhile, ANON_RESUME_KEY
 */
export async function takeUp(
  databases: Databases,
  run: string,
  unfinished: readonly UnfinishedRun[],
): Promise<EarlierRun> {
  const { targetSession, sourceSession, connectTarget, openBeside, secret } = databases;
  const found = unfinished.find(one => one.run === run);
  if (!found?.held) throw nothing(`run ${run} has ended meanwhile.`);
  if ((secret ? keyCheckValue(secret) : null) !== found.keyCheck) throw new AnonymizeError('ANON_RESUME_KEY', { run });
  const connect = found.beside === undefined ? connectTarget : openBeside(found.beside);
  await Promise.all([
    endSessions(work => work(targetSession), [`anonymize/${run}/`]),
    endSessions(work => work(sourceSession), [`anonymize/${run}/`], { name: holderName(run) }),
    found.beside === undefined ? undefined : endSessions(connect, [`anonymize/${run}/`]),
  ]);
  // Only now: until they had ended, they could still commit.
  return { ...found, held: found.held, connect, ...(await connect(client => readDone(client, run))) };
}

async function readDone(
  client: ClientBase,
  run: string,
): Promise<Pick<EarlierRun, 'done' | 'isPutAside' | 'isLoaded'>> {
  const slices = await client.query<TableName & { number: number; rows: number; bytes: number }>(DONE, [run]);
  const aside = await client.query<Pick<EarlierRun, 'isPutAside' | 'isLoaded'>>(PUT_ASIDE, [run]);
  const done = new Map(
    [...Map.groupBy(slices.rows, tableKey)].map(([table, own]) => [table, new Map(own.map(row => [row.number, row]))]),
  );
  return { ...aside.rows[0]!, done }; // an aggregate
}

/** @throws {AnonymizeError} ANON_RESUME_SCHEMA when planned tables are not the same any more, or not as they were */
export function refuseOtherShapes(
  { run, held: { facts } }: EarlierRun,
  secret: Uint8Array | undefined,
  catalogs: Partial<Readonly<Record<'source' | 'target', Catalog>>>,
): void {
  const hash = hashOf(run, secret);
  const changed = (['source', 'target'] as const).flatMap(side => {
    const { [side]: before = {} } = facts;
    const { [side]: catalog } = catalogs;
    if (!catalog) return [];
    const now = shapesIn(catalog, new Set(Object.keys(before)), { hash, side });
    return differences(before, now).map(table => `${table} of the ${side}`);
  });
  refuseChanged(run, changed);
}

/** @throws {AnonymizeError} ANON_RESUME_SCHEMA when tables that the run has built are not as it did */
export async function refuseRebuilt(earlier: EarlierRun, read: () => Promise<Hashes>): Promise<void> {
  const { built } = earlier.held.facts;
  if (built)
    refuseChanged(
      earlier.run,
      differences(built, await read()).map(table => `${table} of the database that it has built`),
    );
}

function refuseChanged(run: string, changed: readonly string[]): void {
  if (changed.length > 0) throw new AnonymizeError('ANON_RESUME_SCHEMA', { run, detail: listed(changed) });
}

/** @throws {AnonymizeError} ANON_RESUME_SCHEMA when planned tables of the source are not as they were */
export function refuseAltered(earlier: EarlierRun, secret: Uint8Array | undefined, source: Catalog): void {
  refuseOtherShapes(earlier, secret, { source });
}

/** @throws {AnonymizeError} ANON_RESUME_PLAN when other rows would come of it than before */
export function refuseOtherPlan({ run, held: { facts } }: EarlierRun, now: Fingerprint): void {
  const changed = differences(facts.plan, now.plan);
  if (changed.length > 0) throw new AnonymizeError('ANON_RESUME_PLAN', { run, detail: listed(changed) });
}

const MOST_LISTED = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).map(showInvisible).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Goes on with the snapshot of the run, as long as it is held.
 * @returns what this session has exported for the workers
 * @throws {AnonymizeError} ANON_SNAPSHOT_GONE: other rows are never mixed with those that are there
 */
export async function importHeld(
  { sourceSession }: Pick<Databases, 'sourceSession'>,
  { run, held: { snapshot, ageMs, holdForMs } }: EarlierRun,
  tables: readonly TableName[],
): Promise<string> {
  try {
    return await importSnapshot(sourceSession, snapshot, tables);
  } catch (cause) {
    if (!(cause instanceof AnonymizeError) || cause.code !== 'ANON_SNAPSHOT_GONE') throw cause;
    const limits = `nothing keeps it for longer than ${formatDuration(holdForMs)} without a run, or beyond a restart of the source`;
    const detail = `: that of run ${run} was taken ${formatDuration(ageMs)} ago, and ${limits}`;
    throw new AnonymizeError('ANON_SNAPSHOT_GONE', { detail });
  }
}
