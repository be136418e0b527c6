// A source and a target as a fault finds them: every value of the source is a canary, and the target has old rows, indexes,
// constraints, foreign keys and a trigger that must all be as before after a run that fails.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { createDatabase, hashTable, type TableHash, type TestDatabase } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { CANARY, type Ended, type Running, type RunningCli, SECRET, startCli } from './cli.ts';
import { startHere } from './here.ts';
import { holdAfter } from './proxy.ts';

const TABLES = `
create schema app;
create table app.person (
  id int primary key,
  email text not null constraint person_email unique,
  name varchar(40) not null,
  note text,
  born date,
  amount int constraint person_amount check (amount is null or amount > 0),
  boss int constraint person_boss references app.person,
  shout text generated always as (upper(name)) stored
);
create index person_name on app.person (lower(name));
create table app.orders (
  id int primary key,
  person int not null constraint orders_person references app.person,
  total numeric(12,2),
  room int4range,
  constraint orders_room exclude using gist (room with &&)
);
create table app.event (id bigint primary key, payload text not null);
create index event_payload on app.event (md5(payload));`;

const rows = (events: number): string => `
insert into app.person (id, email, name, note, born, amount, boss)
select n, '${CANARY}-' || n || '@example.org', '${CANARY} ' || n, '${CANARY}', date '1970-01-01' + n, 471147000 + n, nullif(n - 1, 0)
from generate_series(1, 300) n;
insert into app.orders select n, 1 + n % 300, 471147.11, int4range(471147000 + 2 * n, 471147001 + 2 * n) from generate_series(1, 500) n;
insert into app.event select n, '${CANARY} ' || repeat('x', 200) from generate_series(1, ${events}) n;`;

const OLD_ROWS = `
create function app.noop() returns trigger language plpgsql as 'begin raise exception $$a trigger fired$$; end';
insert into app.person (id, email, name) values (1, 'old@example.org', 'old');
insert into app.orders values (1, 1, 1, null);
insert into app.event values (1, 'old');
create trigger person_noop before insert or update or delete on app.person for each row execute function app.noop();
analyze app.person, app.orders, app.event`;

/** A target with old rows, as SQL. */
export const TARGET = `${TABLES}\n${OLD_ROWS}`;

const NAMES = ['app.person', 'app.orders', 'app.event'] as const;

/** SQL that is run in one side before the command. */
export interface Change {
  readonly source?: string;
  readonly target?: string;
}

/** How to run `anonymize sync`; everything has a default. */
export interface HowToSync {
  /** Instead of CONFIG. */
  readonly config?: unknown;
  /** Added to SOURCE_URL, TARGET_URL and ANONYMIZE_SECRET. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After `sync --config FILE`. */
  readonly args?: readonly string[];
}

/** One source and one target. */
export interface Pair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** Writes a configuration; gives its file and the environment that goes with it. */
  configure(config: unknown): { readonly file: string; readonly env: Readonly<Record<string, string>> };
  /** The command in a process of its own. */
  start(how?: HowToSync): RunningCli;
  /** The command in ours. */
  startHere(how?: HowToSync): Running;
  /** The same to its end. */
  sync(how?: HowToSync): Promise<Ended>;
  /** The target is as it was: structure, rows, and no ledger begun. */
  expectUntouched(): Promise<void>;
  /** The target has its structure back, and its planned tables are empty. */
  expectEmptied(): Promise<void>;
  /** The target has its structure back, and all rows of the source. */
  expectComplete(): Promise<void>;
}

/** Rows of app.event: several times what the gates below let through. */
export const EVENTS = 6_000;

/** Shuts amid app.event on its way from the source; the catalogue is far smaller. */
export const amidRead = () => holdAfter(400_000);
/** The same on its way into the target, with shorter values. */
export const amidWrite = () => holdAfter(100_000);

/** A configuration that works: everything that holds a value is replaced. */
export const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL' },
  target: { url: 'env:TARGET_URL' },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 1, // a second worker takes time to start
  tables: {
    'app.person': {
      keep: ['id', 'born', 'amount', 'boss'],
      columns: { email: 'email', name: { strategy: 'hash', length: 16 }, note: 'hash' },
    },
    'app.orders': { keep: ['id', 'total', 'room'] },
    'app.event': { keep: ['id'], columns: { payload: 'hash' } },
  },
};

/**
 * Makes the templates before the tests of a file, and returns what gives each test fresh databases.
 * @param world `events`: rows of app.event, fewer where a run need not last, because every test pays for them several times;
 * SQL for the side that all tests of the file want changed
 */
export function useWorld({
  events = EVENTS,
  ...changes
}: Change & { readonly events?: number } = {}): <Result>(
  change: Change,
  callback: (pair: Pair) => Promise<Result>,
) => Promise<Result> {
  let source: TestDatabase;
  let target: TestDatabase;
  let before: TargetState;
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-faults-'));
  beforeAll(async () => {
    [source, target] = await Promise.all([createDatabase(), createDatabase()]);
    await Promise.all([
      source.query(`${TABLES}\n${rows(events)}; analyze; ${changes.source ?? ''}`),
      target.query(`${TARGET}; ${changes.target ?? ''}`),
    ]);
    before = await stateOf(target);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await source.drop();
    await target.drop();
  });
  return async (change, callback) => {
    const own = [await createDatabase({ template: source }), await createDatabase({ template: target })] as const;
    try {
      if (change.source) await own[0].query(change.source);
      if (change.target) await own[1].query(change.target);
      const result = await callback(pairOf(own, { folder, before: change.target ? await stateOf(own[1]) : before }));
      for (const database of own) await database.drop();
      return result;
    } catch (error) {
      for (const database of own) await database.drop().catch(() => {}); // the first error says more
      throw error;
    }
  };
}

let configs = 0;

function pairOf(
  [source, target]: readonly [TestDatabase, TestDatabase],
  { folder, before }: { readonly folder: string; readonly before: TargetState },
): Pair {
  const configure = (config: unknown) => {
    const file = join(folder, `${++configs}.yaml`);
    writeFileSync(file, JSON.stringify(config)); // JSON is YAML
    return { file, env: { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: SECRET } };
  };
  const startBy =
    <Started>(start: (args: readonly string[], env: HowToSync['env']) => Started) =>
    ({ config = CONFIG, env = {}, args = [] }: HowToSync = {}): Started => {
      const configured = configure(config);
      return start(['sync', '--config', configured.file, ...args], { ...configured.env, ...env });
    };
  const here = startBy(startHere);
  return {
    source,
    target,
    configure,
    start: startBy(startCli),
    startHere: here,
    sync: how => here(how).ended,
    expectUntouched: async () => expect(await stateOf(target)).toEqual(before),
    expectEmptied: () => expectRows(target, before, '0 0 0'),
    expectComplete: async () => expectRows(target, before, await countsOf(source)),
  };
}

async function expectRows(target: TestDatabase, before: TargetState, counts: string | undefined): Promise<void> {
  expect(await catalogState(target.query)).toEqual(before.structure);
  expect(await countsOf(target)).toBe(counts);
  expect(await target.query('select * from pgveil.put_aside where restored_at is null')).toEqual([]);
}

interface TargetState {
  readonly structure: readonly string[];
  readonly rows: readonly TableHash[];
}

/** How many rows each table has. */
async function countsOf({ query }: TestDatabase): Promise<string | undefined> {
  const counts = NAMES.map(name => `(select count(*) from ${name})`);
  const [found] = await query<{ counts: string }>(`select concat_ws(' ', ${counts.join(', ')}) as counts`);
  return found?.counts;
}

async function rowsOf({ query }: TestDatabase): Promise<TableHash[]> {
  const rows: TableHash[] = [];
  for (const name of NAMES) rows.push(await hashTable(query, name));
  return rows;
}

async function stateOf(database: TestDatabase): Promise<TargetState> {
  return { structure: await catalogState(database.query), rows: await rowsOf(database) };
}

/** Waits until something is true. @throws after half a minute */
export async function until(isTrue: () => Promise<boolean>, everyMs = 20): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not happen');
    await sleep(everyMs);
  }
}
