// The structure changes under a run: the target's amid the rows, the source's as far as no lock holds it. Each change either
// does no harm, and all rows are there; or the run fails with an error that names it, and the target is put right.

import { describe, expect, test } from 'vitest';
import { type Ended, expectFailure, type Failure } from './cli.ts';
import { holdWhen, withProxy } from './proxy.ts';
import { draws, repeats } from './scale.ts';
import { amidRead, CONFIG, EVENTS, type Pair, useWorld } from './world.ts';

const MORE = `
create type app.mood as enum ('calm', 'wild');
create domain app.score as int;
alter table app.person add mood app.mood default 'calm', add score app.score default 5;`;
const source = `${MORE} update app.person set mood = 'wild' where id % 2 = 0`;
const target = MORE;
const withPair = useWorld({ source, target });

const config = {
  ...CONFIG,
  tables: {
    ...CONFIG.tables,
    'app.person': {
      ...CONFIG.tables['app.person'],
      keep: [...CONFIG.tables['app.person'].keep, 'mood', 'score'],
    },
  },
};

/** Before the COPY of app.orders is asked for: app.event is there by then. */
const afterEvent = () => holdWhen(chunk => chunk.includes('copy "app"."orders"'));

interface Drift {
  readonly what: string;
  readonly side?: 'source';
  readonly sql: string;
  /** Nothing where it does no harm. */
  readonly failure?: Failure;
  /** Takes the change back, so that the target can be compared with what it was. */
  readonly back?: string;
  /** What was copied is under another name, where undoing does not look. */
  readonly keepsRows?: boolean;
}

const changed = (place: string): Failure => ({
  code: 'ANON_TARGET_CHANGED',
  exit: 75,
  says: [`${place} was emptied, altered, renamed or dropped`],
});

/** While app.event is being copied; app.person and app.orders come after it. */
const DRIFTS: readonly Drift[] = [
  { what: 'a column is added', sql: 'alter table app.orders add later int' },
  {
    what: 'a column is added that wants a value',
    sql: 'alter table app.person add later int not null',
    failure: { code: 'ANON_TARGET_NOT_NULL', says: ['app.person.later: NULL in a NOT NULL column'] },
    back: 'alter table app.person drop later',
  },
  {
    what: 'a column is dropped',
    sql: 'alter table app.person drop note',
    failure: changed('app.person'),
    back: 'alter table app.person add note text',
  },
  {
    what: 'a column is renamed',
    sql: 'alter table app.person rename note to remark',
    failure: changed('app.person'),
    back: 'alter table app.person rename remark to note',
  },
  {
    what: 'a column gets a wider type',
    sql: 'alter table app.person alter amount type bigint',
    failure: { code: 'ANON_TARGET_VALUE', says: ['app.person.amount: the target refuses a value'] },
    back: 'alter table app.person alter amount type int',
  },
  {
    what: 'a table is dropped',
    sql: 'drop table app.orders',
    failure: changed('app.orders'),
  },
  {
    what: 'a table is renamed',
    sql: 'alter table app.orders rename to commands',
    failure: changed('app.orders'),
    back: 'alter table app.commands rename to orders',
  },
  {
    what: 'a schema is renamed',
    sql: 'alter schema app rename to other',
    failure: changed('app.person'),
    back: 'alter schema other rename to app',
    keepsRows: true,
  },
  {
    what: 'a table is rewritten',
    sql: 'alter table app.person alter born type text using born::text; alter table app.person alter born type date using born::date',
  },
  {
    what: 'a constraint is added that rows violate',
    sql: 'alter table app.person add constraint small check (id < 100)',
    failure: { code: 'ANON_TARGET_CHECK', says: ['app.person: a row violates check constraint small'] },
    back: 'alter table app.person drop constraint if exists small',
  },
  {
    what: 'a unique index is created that rows violate',
    sql: 'create unique index one_mood on app.person (mood)',
    failure: { code: 'ANON_TARGET_UNIQUE', says: ['app.person: the target refuses duplicates', 'one_mood'] },
    back: 'drop index if exists app.one_mood',
  },
  { what: 'an index is created', sql: 'create index later on app.person (born)', back: 'drop index app.later' },
  {
    what: 'a domain gets a constraint that rows violate',
    sql: 'alter domain app.score add constraint low check (value < 5)',
    failure: { code: 'ANON_TARGET_CHECK', says: ['app.person', 'low'] },
    back: 'alter domain app.score drop constraint low',
  },
  {
    what: 'a table becomes a partition that has no place for its rows',
    sql: `create table app.whole (like app.orders) partition by range (id);
      alter table app.whole attach partition app.orders for values from (1) to (2)`,
    failure: { code: 'ANON_TARGET_PARTITION', says: ['app.orders'] },
    back: 'alter table app.whole detach partition app.orders; drop table app.whole',
  },
  { what: 'the source gets another label', side: 'source', sql: `alter type app.mood add value 'sad'` },
  {
    what: 'the source renames a label',
    side: 'source',
    sql: `alter type app.mood rename value 'wild' to 'loud'`,
    failure: { code: 'ANON_TARGET_VALUE', says: ['app.person.mood: the target refuses a value'] },
  },
];

const ALL_ROWS = [{ rows: 300 }, { rows: 500 }, { rows: EVENTS }];

const rowsOf = ({ target }: Pair) =>
  target.query(`select (select count(*) from app.person)::int as rows
    union all select count(*)::int from app.orders union all select count(*)::int from app.event`);

/** All of them in the long form; in the short one as many as there is time for, which the seed decides. */
function chosen(): readonly Drift[] {
  const draw = draws('drift');
  const shuffled = DRIFTS.map(drift => ({ drift, at: draw() })).sort((one, other) => one.at - other.at);
  return shuffled.slice(0, repeats(6, DRIFTS.length)).map(({ drift }) => drift);
}

async function driftAmid(
  pair: Pair,
  { side = 'target', sql }: { side?: 'source' | 'target'; sql: string },
): Promise<Ended> {
  const hold = amidRead();
  return withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
    const cli = pair.startHere({ config, env: { SOURCE_URL: url } });
    await hold.reached;
    await pair[side].query(sql);
    hold.open();
    return await cli.ended;
  });
}

describe('while rows are copied', () => {
  test.each(chosen())('$what', async ({ side, sql, failure, back, keepsRows = false }) => {
    await withPair({}, async pair => {
      const ended = await driftAmid(pair, { ...(side && { side }), sql });
      if (failure) expectFailure(ended, failure);
      else expect(ended).toMatchObject({ exitCode: 0 });
      if (back) await pair.target.query(back);
      if (failure) expect((await pair.target.query('select from app.event limit 1')).length > 0).toBe(keepsRows);
      else expect(await rowsOf(pair)).toEqual(ALL_ROWS);
    });
  });
});

test('rows that somebody deletes from the target by emptying their table are missed', async () => {
  await withPair({}, async pair => {
    const hold = afterEvent();
    await withProxy(pair.target.url, { toServer: hold.gate }, async ({ url }) => {
      const cli = pair.startHere({ config, env: { TARGET_URL: url } });
      await hold.reached;
      await pair.target.query('truncate app.event');
      hold.open();
      expectFailure(await cli.ended, changed('app.event'));
    });
    await pair.expectEmptied();
  });
});
