// Runs through a network that fails, on each of the three connections that a run has: whatever happens, the target then holds
// exactly what it is to hold, or the run ended with an error of the catalogue and the target is in a promised state.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnonymizeError, migrate, type SyncEvent, withControl } from '../../src/index.ts';
import { createDatabase, type Query, type TestDatabase } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';
import { contentsOf, emptied, expectNoSessions, expectTyped, isLeftToNext } from './promised.ts';
import { withProxy } from './proxy.ts';
import { writeRecord } from './record.ts';
import { draws, repeats, seed } from './scale.ts';
import { type Meter, measure, resetAtByte, resetAtCommit, type Strike, slowFromByte, stallAtByte } from './strikes.ts';

// Two rows to a page: a table of several slices without many bytes. On the target it has none of that.
const SCHEMA = `
create schema app;
create table app.event (id bigint primary key, payload text not null, note text) with (fillfactor = 10);
create index event_payload on app.event (md5(payload));
create table app.person (id int primary key, email text not null unique, name text);
create table app.visit (id int primary key, person int not null references app.person, at date);
create table app.city (id int primary key, name text);`;

const ROWS = `
insert into app.event select n, 'payload ' || n || repeat('x', 300), 'note ' || n % 7 from generate_series(1, 18000) n;
insert into app.person select n, 'person' || n || '@mail.example', 'name ' || n from generate_series(1, 1500) n;
insert into app.visit select n, 1 + n % 1500, date '2020-01-01' + n % 900 from generate_series(1, 2000) n;
insert into app.city select n, 'city ' || n from generate_series(1, 100) n; analyze`;

const TABLES = {
  'app.event': { keep: ['id', 'note'], columns: { payload: { strategy: 'hash', length: 24 } } },
  'app.person': { keep: ['id'], columns: { email: { strategy: 'tokenize', domain: 'email' }, name: 'hash' } },
  'app.visit': 'keep',
  'app.city': { keep: ['id'], columns: { name: 'hash' } },
};
const NAMES = Object.keys(TABLES);
const CONFIG = configOf(TABLES, {
  control: { url: 'env:CONTROL_URL' },
  parallel: 2,
  trial_rows: 20,
  retries: { attempts: 5, within: '5s', stall_after: '1s' },
});

type Side = 'source' | 'target' | 'control';
const SIDES: readonly Side[] = ['source', 'target', 'control'];

let pair: Pair;
let control: TestDatabase;
let structure: readonly string[];
let wanted: readonly string[];
const bytes: Record<Side, Meter> = { source: { bytes: 0 }, target: { bytes: 0 }, control: { bytes: 0 } };

beforeAll(async () => {
  pair = await createPair(SCHEMA);
  control = await createDatabase();
  await pair.source.query(ROWS);
  await withControl(CONFIG, environment({}), migrate);
  structure = await catalogState(pair.target.query);
  for (const side of SIDES) await runThrough(side, measure(bytes[side]));
  wanted = await contents(pair.target.query);
  const kept = (query: Query) => query('select count(*), sum(hashtextextended(v::text, 0)::numeric) from app.visit v');
  expect(await kept(pair.target.query)).toEqual(await kept(pair.source.query));
  expect(await pair.target.query('select count(*)::int as n from app.event')).toEqual([{ n: 18_000 }]);
});
afterAll(async () => {
  await dropPair(pair);
  await control.drop();
});

const environment = (urls: Readonly<Record<string, string>>) => ({
  ...environmentOf(pair),
  CONTROL_URL: control.url,
  ...urls,
});

const contents = (query: Query) => contentsOf(query, NAMES);

interface Outcome {
  readonly error: AnonymizeError | undefined;
  readonly retries: number;
}

const SERVER: Readonly<Record<Side, () => string>> = {
  source: () => pair.source.url,
  target: () => pair.target.url,
  control: () => control.url,
};

async function runThrough(side: Side, strike: Strike): Promise<Outcome> {
  let retries = 0;
  const onEvent = ({ event }: SyncEvent): void => {
    if (event === 'retry') retries++;
  };
  return withProxy(SERVER[side](), strike, async ({ url }) => {
    const env = environment({ [`${side.toUpperCase()}_URL`]: url });
    const error = await syncPair(pair, CONFIG, { env, onEvent, acceptNewSecret: true }).then(
      () => undefined,
      (cause: unknown) => cause as AnonymizeError,
    );
    return { error, retries };
  });
}

/** The target equals the source, or is in a promised state. */
async function expectPromised(outcome: Outcome, before: readonly string[]): Promise<void> {
  const error = expectTyped(outcome.error);
  if (isLeftToNext(error)) {
    await syncPair(pair, CONFIG, { env: environment({}) });
    expect(await contents(pair.target.query)).toEqual(wanted);
  }
  const now = await contents(pair.target.query);
  if (!error) expect(now).toEqual(wanted);
  else if (JSON.stringify(now) !== JSON.stringify(before)) expect([emptied(NAMES), wanted]).toContainEqual(now);
  expect(await catalogState(pair.target.query)).toEqual(structure);
  await everyTokenIsKept();
  await expectNoSessions([pair.source, pair.target, control]);
}

/** No row of the target has a token that the vault does not know: the vault commits first. */
async function everyTokenIsKept(): Promise<void> {
  const tokens = await pair.target.query<{ email: string }>('select email from app.person');
  const sql = `
    select count(*)::int as n from unnest($1::text[]) as used (token)
    where not exists (select from pgveil_vault.token kept where kept.token = used.token)`;
  expect(await control.query(sql, [tokens.map(({ email }) => email)])).toEqual([{ n: 0 }]);
}

interface Kind {
  readonly name: string;
  readonly strike: (side: Side, random: () => number) => Strike;
  /** The run must succeed. */
  readonly isHarmless?: boolean;
}

const anyByte = (side: Side, random: () => number): number => Math.floor(random() * bytes[side].bytes);

const KINDS: readonly Kind[] = [
  {
    name: 'reset at COMMIT',
    strike: (side, random) => resetAtCommit(side, { nth: 1 + Math.floor(random() * 3), isHeard: random() < 0.75 }),
  },
  { name: 'reset at a random byte', strike: (side, random) => resetAtByte(anyByte(side, random)) },
  { name: 'stall', strike: (side, random) => stallAtByte(anyByte(side, random)) },
  {
    name: '10 KB/s',
    strike: (side, random) => slowFromByte(anyByte(side, random), { perSecond: 10_000, most: 10_000 }),
    isHarmless: true,
  },
];

const TIMES = repeats(1, 100);
const record: Record<string, unknown> = {};

/** In the short form, one side for each kind. */
const CASES = KINDS.flatMap(kind => {
  const drawn = SIDES[Math.floor(draws(`side of ${kind.name}`)() * SIDES.length)];
  return SIDES.filter(side => side === drawn || repeats(0, 1)).map(side => ({ ...kind, side }));
});

test.each(CASES)(`the connections to the $side, $name, ${TIMES} times: the target is right afterwards`, async kind => {
  const { side } = kind;
  const random = draws(`${side} ${kind.name}`);
  const tally = { runs: 0, struck: 0, succeeded: 0, retries: 0, failed: {} as Record<string, number> };
  for (let time = 1; time <= TIMES; time++) {
    const before = await contents(pair.target.query);
    const strike = kind.strike(side, random);
    const outcome = await runThrough(side, strike);
    const context = `seed ${seed}, ${side}, ${kind.name}, time ${time}`;
    await expectPromised(outcome, before).catch((cause: unknown) => {
      throw new Error(`${context}: ${outcome.error?.code ?? 'succeeded'}`, { cause });
    });
    if (kind.isHarmless) expect(outcome.error?.message, context).toBe(undefined);
    tally.runs++;
    if (strike.hasStruck()) tally.struck++;
    tally.retries += outcome.retries;
    if (outcome.error) tally.failed[outcome.error.code] = (tally.failed[outcome.error.code] ?? 0) + 1;
    else tally.succeeded++;
  }
  expect(tally.struck).toBeGreaterThan(0);
  record[`${side}: ${kind.name}`] = tally;
});

afterAll(() => writeRecord('network', { times: TIMES, ...record }));
