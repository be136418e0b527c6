// The runs that a target's ledger knows, or one beside it: how far each came, and whether it could go on.

import { userInfo } from 'node:os';
import type { ClientBase } from 'pg';
import { connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { unexpected } from '../errors.ts';
import { withClient, withPool } from '../pg/connect.ts';
import { askLedgers, withTargetServer } from '../publish/ledgers.ts';
import type { Connect } from '../publish/target-session.ts';
import { isHolding } from './hold.ts';
import { holderName } from './holder-messages.ts';

/** `running`: a session of it is there. `killed`: it should be running, and is not. `stopped`: left as it was when a server went away. */
export type RunState = 'running' | 'killed' | 'stopped' | 'done' | 'failed' | 'interrupted';

/** One run. Times are ISO 8601. */
export interface ListedRun {
  readonly run: string;
  readonly started: string;
  readonly finished: string | null;
  readonly state: RunState;
  /** Slices in the target, and their rows. */
  readonly slices_done: number;
  readonly rows_done: number;
  /** All slices, where the ledger knows: of what is done, or could go on. */
  readonly slices: number | null;
  readonly is_resumable: boolean;
  /** Why not. */
  readonly obstacle: string | null;
  readonly snapshot_age_seconds: number | null;
  /** The configuration's text is that of the run. */
  readonly is_same_config: boolean;
}

const HAS = `
select pg_catalog.to_regclass('pgveil.slice') is not null as ledger, pg_catalog.to_regclass('pgveil.held') is not null as held`;

/** In a ledger of before there was resuming, nothing is held. */
const NO_HELD = 'select null::text as run, null::int as slices, null::timestamptz as taken where false';

/** Sessions of a run are in the target, and in the database that it fills. What is done there has not taken its place yet. */
const runsSql = (held: string): string => `
select r.id as run, r.started, case when not $3 then r.finished end as finished, r.config_sha256 as sha256,
  case when $3 and r.state = 'done' then 'running' else r.state end as state, h.run is not null as "isNoted",
  coalesce(s.slices, 0)::int as done, coalesce(s.rows, 0)::float8 as rows, h.slices,
  extract(epoch from clock_timestamp() - h.taken)::float8 as age,
  exists (select from pg_catalog.pg_stat_activity
          where datname in (current_database(), $1) and starts_with(application_name, 'anonymize/' || r.id || '/')
            and application_name <> replace($2, '*', r.id)) as "isAlive"
from pgveil.run r
left join (${held}) h on h.run = r.id
left join (select run, count(*) as slices, sum(rows) as rows from pgveil.slice group by run) s on s.run = r.id
order by r.started desc`;

interface Row {
  readonly run: string;
  readonly started: Date;
  readonly finished: Date | null;
  readonly sha256: string;
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  readonly isNoted: boolean;
  readonly done: number;
  readonly rows: number;
  readonly slices: number | null;
  readonly age: number | null;
  readonly isAlive: boolean;
}

/** All runs that a target knows of, the latest first; none where there is no ledger. @throws {AnonymizeError} */
export async function listRuns(
  config: LoadedConfig,
  { env }: { readonly env: Environment },
): Promise<readonly ListedRun[]> {
  try {
    const rows = await readAll(config, env);
    const noted = rows.filter(row => row.isNoted && isUnfinished(row));
    const held = new Set<string>();
    if (noted.length > 0) {
      const options = { side: 'source', max: 1, applicationName: APPLICATION } as const;
      await withPool(settingsOf(config, env, 'source'), options, async pool => {
        const openSource: Connect = work => withClient(pool, work);
        for (const { run } of noted) if (await isHolding(openSource, run)) held.add(run);
      });
    }
    return rows.map(row => listed(row, { isHeld: held.has(row.run), sha256: config.sha256 }));
  } catch (cause) {
    throw unexpected(cause);
  }
}

const APPLICATION = 'anonymize/runs';

const settingsOf = (config: LoadedConfig, env: Environment, side: 'source' | 'target') =>
  connectionSettings(config, side, { env, user: userInfo().username });

function readAll(config: LoadedConfig, env: Environment): Promise<readonly Row[]> {
  return withTargetServer(settingsOf(config, env, 'target'), APPLICATION, server =>
    askLedgers(config, server, (connect, beside) =>
      connect(client => readRuns(client, { target: server.target.database, isBeside: beside !== undefined })),
    ),
  );
}

async function readRuns(
  client: ClientBase,
  { target, isBeside }: { readonly target: string; readonly isBeside: boolean },
): Promise<readonly Row[]> {
  const { rows } = await client.query<{ ledger: boolean; held: boolean }>(HAS);
  if (!rows[0]?.ledger) return [];
  const held = rows[0].held ? 'select run, slices, taken from pgveil.held' : NO_HELD;
  return (await client.query<Row>(runsSql(held), [target, holderName('*'), isBeside])).rows;
}

function listed(row: Row, now: { readonly isHeld: boolean; readonly sha256: string }): ListedRun {
  const obstacle = obstacleOf(row, now.isHeld);
  return {
    run: row.run,
    started: row.started.toISOString(),
    finished: row.finished?.toISOString() ?? null,
    state: stateOf(row),
    slices_done: row.done,
    rows_done: row.rows,
    slices: row.state === 'done' ? row.done : row.slices,
    is_resumable: obstacle === null,
    obstacle,
    snapshot_age_seconds: row.age === null ? null : Math.round(row.age),
    is_same_config: row.sha256 === now.sha256,
  };
}

function stateOf({ state, isAlive, isNoted }: Row): RunState {
  if (state === 'running') return isAlive ? 'running' : 'killed';
  return state === 'interrupted' && isNoted ? 'stopped' : state;
}

/** Nobody works on it. What was stopped may have a session whose end the server has not noticed yet. */
function isUnfinished(row: Row): boolean {
  const state = stateOf(row);
  return state === 'killed' || state === 'stopped';
}

function obstacleOf(row: Row, isHeld: boolean): string | null {
  const state = stateOf(row);
  if (state === 'running') return 'it is running';
  if (state === 'done') return 'it is done';
  if (state === 'failed' || state === 'interrupted') return 'it was undone';
  if (!row.isNoted) return 'it ended before anything held its snapshot';
  return isHeld ? null : 'nothing holds its snapshot any more';
}
