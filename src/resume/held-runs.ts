// The rows of pgveil.held: what an unfinished run goes on from. One is there from the moment when a process holds the run's
// snapshot until the run is done or undone.

import type { ClientBase } from 'pg';
import type { Catalog } from '../pg/catalog-types.ts';
import { tableKey } from '../pg/table-key.ts';
import { type Connect, oneStatement } from '../publish/target-session.ts';
import type { Fingerprint } from './fingerprint.ts';

/** What statistics and disk said of a table when the plan was made; slices and widths follow from it. */
export interface TableStatistics {
  readonly rows: number;
  readonly bytes: number;
  readonly pages: number;
}

/** By tableKey. */
export type Statistics = Readonly<Record<string, TableStatistics>>;

/** What the main thread knows of a run that is held. */
export interface HeldFacts {
  /** Of the snapshot. */
  readonly ageMs: number;
  /** For which the tables were cut into slices. */
  readonly workers: number;
  /** How many there are. */
  readonly slices: number;
  readonly facts: Fingerprint;
  readonly statistics: Statistics;
}

export interface HeldRecord extends HeldFacts {
  readonly run: string;
  /** Exported by the process that holds it. */
  readonly snapshot: string;
  readonly holdForMs: number;
}

const NOTE = `
insert into pgveil.held (run, snapshot, taken, hold_for_ms, workers, slices, facts, statistics)
values ($1, $2, clock_timestamp() - $3::float8 * interval '1 ms', $4, $5, $6, $7, $8)`;

/** Notes that a run can be gone on with. */
export async function noteHeld(connect: Connect, held: HeldRecord): Promise<void> {
  const { run, snapshot, ageMs, holdForMs, workers, slices, facts, statistics } = held;
  const values = [run, snapshot, ageMs, holdForMs, workers, slices, JSON.stringify(facts), JSON.stringify(statistics)];
  await connect((client: ClientBase) => client.query(NOTE, values));
}

/** A run of the ledger that neither came to its end nor was undone. */
export interface UnfinishedRun {
  readonly run: string;
  readonly started: Date;
  readonly configSha256: string;
  readonly keyCheck: string | null;
  /** The exported snapshot that it began with. */
  readonly snapshot: string;
  /** Nothing, where it cannot be gone on with. */
  readonly held: HeldRecord | undefined;
  /** Slices that are in the target. */
  readonly slicesDone: number;
  /** The database beside the target that has its rows and its ledger, where a swap fills one. */
  readonly beside: string | undefined;
}

const UNFINISHED = `
select r.id as run, r.started, r.config_sha256 as "configSha256", r.key_check as "keyCheck", r.snapshot,
  case when h.run is not null then json_build_object(
    'run', h.run, 'snapshot', h.snapshot, 'holdForMs', h.hold_for_ms, 'workers', h.workers, 'slices', h.slices,
    'facts', h.facts, 'statistics', h.statistics,
    'ageMs', extract(epoch from clock_timestamp() - h.taken)::float8 * 1000) end as held,
  (select count(*)::int from pgveil.slice s where s.run = r.id) as "slicesDone"
from pgveil.run r left join pgveil.held h on h.run = r.id
where r.state = 'running' or h.run is not null and (r.state = 'interrupted' or r.state = 'done' and $1)
order by r.started desc`;

/**
 * The unfinished runs of a ledger that is there, the latest first. What is done is unfinished as long as it is beside the target:
 * it has not taken its place.
 */
export async function unfinishedRuns(connect: Connect, beside?: string): Promise<readonly UnfinishedRun[]> {
  const { rows } = await oneStatement<UnfinishedRun & { held: HeldRecord | null }>(connect, 'pgveil.run', UNFINISHED, [
    beside !== undefined,
  ]);
  return rows.map(row => ({ ...row, held: row.held ?? undefined, beside }));
}

/** The statistics of all tables of a catalogue. */
export function statisticsOf({ tables }: Catalog): Statistics {
  return Object.fromEntries(
    tables.map(table => [tableKey(table), { rows: table.rows, bytes: table.bytes, pages: table.pages }]),
  );
}

/** A catalogue with the statistics of before. */
export function withStatistics(catalog: Catalog, statistics: Statistics): Catalog {
  return { ...catalog, tables: catalog.tables.map(table => ({ ...table, ...statistics[tableKey(table)] })) };
}
