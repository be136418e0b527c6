import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CANARY, expectFailure, type Failure, withFolder } from './cli.ts';
import { CONFIG, useWorld } from './world.ts';

const withPair = useWorld({ events: 500 });
type Tables = Readonly<Record<string, unknown>>;
/** Without a trial, which would find some of this before the run. */
const configOf = (tables: Tables, rest: object = {}) => ({
  ...CONFIG,
  trial_rows: 0,
  ...rest,
  tables: { ...CONFIG.tables, ...tables },
});

describe('a target that refuses rows', () => {
  test.each<[string, { target?: string; source?: string; where?: string }, Failure]>([
    [
      'that are no longer unique',
      { target: 'create unique index person_born on app.person ((1))' },
      {
        code: 'ANON_TARGET_UNIQUE',
        says: ['app.person: the target refuses duplicates: constraint or index person_born'],
      },
    ],
    [
      'by a check',
      { target: `alter table app.person add constraint few check (amount < 100)` },
      { code: 'ANON_TARGET_CHECK', says: ['app.person: a row violates check constraint few (row 1 of its slice)'] },
    ],
    [
      'by a check of a masked value',
      { target: `alter table app.person add constraint plain check (note like 'CANARY%')` },
      { code: 'ANON_TARGET_CHECK', says: ['check constraint plain'] },
    ],
    [
      'for a NULL',
      {
        target: `truncate app.orders, app.person; alter table app.person alter note set not null`,
        source: 'update app.person set note = null where id = 7',
      },
      { code: 'ANON_TARGET_NOT_NULL', says: ['app.person.note: NULL in a NOT NULL column (row '] },
    ],
    [
      'by an exclusion',
      {
        source: `alter table app.orders drop constraint orders_room; update app.orders set room = '[1,471147)' where id in (3, 4)`,
      },
      { code: 'ANON_TARGET_EXCLUSION', says: ['app.orders: rows violate exclusion constraint orders_room'] },
    ],
    [
      'by a foreign key, because its rows were filtered away',
      { where: 'id < 250' },
      { code: 'ANON_TARGET_FOREIGN_KEY', says: ['app.orders: rows violate foreign key orders_person'] },
    ],
    [
      'by several constraints at once',
      {
        target: 'create unique index one on app.person ((1)); create unique index two on app.person ((2))',
      },
      {
        code: 'ANON_TARGET_REFUSED',
        findings: ['ANON_TARGET_UNIQUE', 'ANON_TARGET_UNIQUE'],
        says: ['index one', 'index two', 'planned tables are empty again'],
      },
    ],
    [
      'by an expression of an index that fails',
      { target: `create index broken on app.person ((1 / (id - 300)))` },
      { code: 'ANON_TARGET_DEFINITION', says: ['app.person: index broken cannot be restored (SQLSTATE 22012)'] },
    ],
    [
      'by a generated column that overflows',
      { target: `alter table app.orders add twice int generated always as ((total * 1000000)::int) stored` },
      { code: 'ANON_TARGET_VALUE', says: ['app.orders', 'SQLSTATE 22003'] },
    ],
    [
      'because its disk is full',
      {
        target: `
          create function app.fill() returns boolean language plpgsql as
            $$ begin execute 'copy (select repeat(''x'', 100000)) to ''/dev/full'''; return true; end $$;
          alter table app.event add constraint fills check (app.fill()) not valid`,
      },
      { code: 'ANON_DISK_FULL', exit: 73, says: ['target: the disk is full at app.event'] },
    ],
  ])('%s: names the constraint and no value', async (_, { where, ...change }, failure) => {
    await withPair(change, async pair => {
      const person = { ...CONFIG.tables['app.person'], ...(where && { where }) };
      expectFailure(await pair.sync({ config: configOf({ 'app.person': person }) }), failure);
      await pair.expectEmptied();
      expect(await pair.target.query('select state from pgveil.run')).toEqual([{ state: 'failed' }]);
    });
  });
});

const PERSON = CONFIG.tables['app.person'];
const STRATEGY = join(import.meta.dirname, '../../src/strategy.ts');
const own = (guarantees: string, create: string): string => `
import { defineStrategy, UnfitValue, z } from '${STRATEGY}';
export default defineStrategy({
  summary: 'Does what a test wants.',
  options: z.object({}),
  accepts: 'any',
  guarantees: { deterministic: true, reversible: false, uniqueness: 'preserved', keyed: false, yieldsNull: false, ${guarantees} },
  examples: [],
  create: () => (${create}),
});`;

/** So that a strategy comes to its row 15,000, some batches later. */
const MORE_EVENTS = `insert into app.event select 1000 + n, '${CANARY} ' || repeat('x', 200) from generate_series(1, 19500) n`;

describe('a strategy of the user', () => {
  test.each<[string, string, Failure, source?: string]>([
    [
      'that throws in row 15,000: says where, and in which row',
      own('', `{ n: 0, value(v) { if (++this.n === 15000) throw new TypeError(v); return 'x' + this.n; } }`),
      {
        code: 'ANON_STRATEGY_FAILED',
        says: [/app.event.payload: strategy "own" threw TypeError at .*own.mjs:\d+:\d+\)?, at row 15000 of its slice/],
      },
      MORE_EVENTS,
    ],
    [
      'that throws something that is no error',
      own('', `{ value(v) { throw v; } }`),
      {
        code: 'ANON_STRATEGY_FAILED',
        says: ['app.event.payload: strategy "own" threw a string, at row 1 of its slice'],
      },
    ],
    [
      'that cannot handle a value: says in which row',
      own(
        '',
        `{ n: 0, value(v) { if (++this.n === 33) throw new UnfitValue('only short texts are wanted.'); return v.length + 'x' + this.n; } }`,
      ),
      { code: 'ANON_VALUE_UNFIT', says: ['app.event.payload', 'row 33 of its slice: only short texts'] },
    ],
    [
      'that writes fewer values than it was given',
      own('', `{ column(input, output) { output.pushText?.('x'); } }`),
      { code: 'ANON_STRATEGY_FAILED', says: ['returned 0 values for'] },
    ],
    [
      'that yields NULL without saying so',
      own('', `{ value: v => null }`),
      { code: 'ANON_VALUE_NULL', says: ['app.event.payload', 'row 1 of its slice'] },
    ],
  ])('%s', async (_, text, failure, source) => {
    await withFolder(async folder => {
      mkdirSync(join(folder, 'own'));
      writeFileSync(join(folder, 'own/own.mjs'), text);
      const tables = { 'app.event': { keep: ['id'], columns: { payload: 'own' } } };
      await withPair({ ...(source && { source }) }, async pair => {
        expectFailure(await pair.sync({ config: configOf(tables, { strategies: join(folder, 'own') }) }), failure);
        await pair.expectEmptied();
      });
    });
  });

  test('whose output is longer than its column', async () => {
    await withFolder(async folder => {
      mkdirSync(join(folder, 'own'));
      writeFileSync(join(folder, 'own/own.mjs'), own('', `{ value: v => v.repeat(4) }`));
      const tables = { 'app.person': { ...PERSON, columns: { ...PERSON.columns, name: 'own' } } };
      await withPair({}, async pair => {
        const ended = await pair.sync({ config: configOf(tables, { strategies: join(folder, 'own') }) });
        expectFailure(ended, {
          code: 'ANON_VALUE_TOO_LONG',
          says: ['app.person.name', 'character varying(40)', 'row 1 of'],
        });
        await pair.expectEmptied();
      });
    });
  });

  test('whose output its column cannot hold', async () => {
    await withFolder(async folder => {
      mkdirSync(join(folder, 'own'));
      writeFileSync(join(folder, 'own/own.mjs'), own('', `{ value: v => 'CANARY-471147' }`));
      const tables = {
        'app.person': {
          ...CONFIG.tables['app.person'],
          keep: ['id', 'born', 'boss'],
          columns: { ...CONFIG.tables['app.person'].columns, amount: 'own' },
        },
      };
      await withPair({}, async pair => {
        const ended = await pair.sync({ config: configOf(tables, { strategies: join(folder, 'own') }) });
        expectFailure(ended, { code: 'ANON_VALUE_TYPE', says: ['app.person.amount', 'integer', 'row 1 of'] });
        await pair.expectEmptied();
      });
    });
  });
});
