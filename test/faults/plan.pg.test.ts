import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { expectFailure, type Failure } from './cli.ts';
import { runHere } from './here.ts';
import { CONFIG, type HowToSync, useWorld } from './world.ts';

const withPair = useWorld({ events: 500 });
const { 'app.person': PERSON, 'app.orders': ORDERS, 'app.event': EVENT } = CONFIG.tables;

const configOf = (tables: object, rest: object = {}) => ({
  ...CONFIG,
  ...rest,
  tables: { ...CONFIG.tables, ...tables },
});
const person = (columns: object, keep = PERSON.keep) => ({
  'app.person': { keep, columns: { ...PERSON.columns, ...columns } },
});
const refused = (findings: readonly ErrorCode[], ...says: readonly string[]): Failure => ({
  code: 'ANON_PLAN_REFUSED',
  findings,
  exit: 78,
  says: [...says, 'nothing was written to the target'],
});

/** Cases that need the same databases share them. Arguments are the command line's, for a process of its own. */
type Case = readonly [what: string, config: unknown, failure: Failure, how?: HowToSync];

const NAMES: readonly Case[] = [
  [
    'a table that is misspelt, and so is undecided',
    { ...CONFIG, tables: { 'app.persn': PERSON, 'app.orders': ORDERS, 'app.event': EVENT } },
    refused(
      // app.orders.person would have taken the rule of its key
      ['ANON_PLAN_UNKNOWN_TABLE', 'ANON_PLAN_TABLE_UNDECIDED', 'ANON_PLAN_COLUMN_UNDECIDED'],
      'tables."app.persn": the source has no such table. Did you mean "app.person"?',
      'app.person: nothing decides this table. The configuration has "app.persn".',
    ),
  ],
  [
    'a pattern that matches nothing',
    configOf({ 'app.oders*': 'keep' }),
    refused(['ANON_PLAN_GLOB_MATCHES_NOTHING'], 'tables."app.oders*"'),
  ],
  [
    'a column that is misspelt, and so is undecided',
    configOf({ 'app.person': { keep: PERSON.keep, columns: { emial: 'email', name: 'hash', note: 'hash' } } }),
    refused(
      ['ANON_PLAN_UNKNOWN_COLUMN', 'ANON_PLAN_COLUMN_UNDECIDED'],
      'tables."app.person": column emial: the table has no such column. Did you mean "email"?',
      'app.person.email (text): nothing decides this column. The configuration has "emial".',
    ),
  ],
  [
    'a strategy that is misspelt',
    configOf(person({ note: 'hahs' })),
    refused(['ANON_PLAN_UNKNOWN_STRATEGY'], 'app.person.note: there is no strategy "hahs". Did you mean "hash"?'),
  ],
  [
    'an option that is misspelt',
    configOf(person({ note: { strategy: 'hash', lenght: 9 } })),
    refused(['ANON_PLAN_UNKNOWN_OPTION'], 'strategy "hash" has no option "lenght". Did you mean "length"?'),
  ],
  [
    '--table that no table has',
    CONFIG,
    refused(
      ['ANON_PLAN_UNKNOWN_TABLE'],
      '--table app.persons: the source has no such table. Did you mean "app.person"?',
    ),
    { args: ['--table', 'app.persons'] },
  ],
];

const RULES: readonly Case[] = [
  [
    'a value that an option does not take',
    configOf(person({ note: { strategy: 'hash', length: 0 } })),
    refused(['ANON_PLAN_STRATEGY_OPTION'], 'app.person.note: option "length" of strategy "hash"'),
  ],
  [
    'options that do not go with the column',
    configOf(person({ note: { strategy: 'mask', keep: '(' } })),
    { ...refused([]), findings: ['ANON_PLAN_STRATEGY_REFUSED'] },
  ],
  [
    'a strategy that does not accept the type',
    configOf(person({ born: 'email' }, ['id', 'amount', 'boss'])),
    refused(['ANON_PLAN_TYPE'], 'app.person.born: strategy "email" does not accept date. It accepts text.'),
  ],
  [
    'NULL for NOT NULL',
    configOf(person({ name: 'nullify' })),
    refused(['ANON_PLAN_NOT_NULL'], 'app.person.name: the column is NOT NULL and strategy "nullify" yields NULL.'),
  ],
  [
    'an output that is longer than its column',
    configOf(person({ name: { strategy: 'hash', length: 41 } })),
    refused(
      ['ANON_PLAN_TOO_LONG'],
      'app.person.name: strategy "hash" writes up to 41 characters into character varying(40)',
    ),
  ],
  [
    'equal values for a unique column',
    configOf(person({ email: { strategy: 'constant', value: 'x@example.org' } })),
    refused(['ANON_PLAN_UNIQUE'], 'app.person.email: unique index person_email needs distinct values'),
  ],
  [
    'a foreign key with another rule than its key',
    configOf({ 'app.orders': { keep: ['id', 'total', 'room'], columns: { person: 'hash' } } }),
    refused(['ANON_PLAN_FOREIGN_KEY'], 'app.orders.person: foreign key orders_person references app.person.id'),
  ],
  [
    'references into a table that will be empty, some of which become NULL',
    configOf({
      'app.person': 'empty',
      'app.orders': {
        keep: ORDERS.keep.filter(name => name !== 'person'),
        columns: { person: [{ when: { less_than: 5 }, strategy: 'nullify' }, 'keep'] },
      },
    }),
    { ...refused([]), findings: ['ANON_PLAN_DANGLING', 'ANON_PLAN_NOT_NULL'] },
  ],
  [
    'references into a table that will be empty',
    configOf({ 'app.person': 'empty' }),
    { ...refused([]), findings: ['ANON_PLAN_DANGLING', 'ANON_PLAN_COLUMN_UNDECIDED'] },
  ],
  [
    'a column that is kept and replaced',
    configOf(person({ note: 'hash' }, [...PERSON.keep, 'note'])),
    refused(['ANON_PLAN_COLUMN_TWICE'], 'column note: the column is both kept and given a strategy'),
  ],
  [
    'a generated column',
    configOf(person({}, [...PERSON.keep, 'shout'])),
    refused(['ANON_PLAN_COLUMN_GENERATED'], 'column shout: the column is generated'),
  ],
  [
    'no table that is not skipped',
    { ...CONFIG, tables: { 'app.*': 'skip' } },
    refused(['ANON_PLAN_EMPTY'], 'Name at least one table'),
  ],
  [
    'a folder of strategies that is not there',
    { ...CONFIG, strategies: '/nonexistent/own' },
    { code: 'ANON_PLAN_STRATEGY_FILE', says: ['/nonexistent/own', 'there is no such folder'] },
  ],
  [
    'a constant that its column cannot hold',
    configOf(person({ born: { strategy: 'constant', value: 'soon' } }, ['id', 'amount', 'boss'])),
    { code: 'ANON_PREFLIGHT_REFUSED', findings: ['ANON_PLAN_OUTPUT'], exit: 78, says: ['app.person.born'] },
  ],
  ...['nope > 1', 'id in (', 'true) or (true', 'true; delete from app.person', 'payload'].map(
    (where): Case => [
      `a where that is not SQL: ${where}`,
      configOf({ 'app.event': { ...EVENT, where } }),
      {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_PLAN_WHERE'],
        exit: 78,
        says: ['app.event: the source does not understand its `where` (SQLSTATE 4'],
      },
    ],
  ),
];

describe('a plan that does not hold is refused before anything is written', () => {
  test.each([
    ['names', NAMES],
    ['rules', RULES],
  ])('because of its %s', async (_, cases) => {
    await withPair({}, async pair => {
      const [first, second] = [cases.filter((_, n) => n % 2 === 0), cases.filter((_, n) => n % 2 === 1)];
      const runAll = async (some: readonly Case[]) => {
        for (const [what, config, failure, how] of some) {
          const ended = await pair.sync({ config, ...how });
          expect(ended.stdout, what).toBe('');
          expectFailure(ended, failure);
        }
      };
      await Promise.all([runAll(first), runAll(second)]);
      await pair.expectUntouched();
      expect(await pair.target.query(`select to_regclass('pgveil.run') as ledger`)).toEqual([{ ledger: null }]);
    });
  });

  test('with all findings at once', async () => {
    await withPair({}, async pair => {
      const config = configOf({
        'app.person': { columns: { email: 'hahs', name: 'nullify', born: 'email', nope: 'hash' } },
        'app.evnt': 'keep',
      });
      expectFailure(await pair.sync({ config }), {
        code: 'ANON_PLAN_REFUSED',
        findings: [
          'ANON_PLAN_UNKNOWN_STRATEGY',
          'ANON_PLAN_NOT_NULL',
          'ANON_PLAN_TYPE',
          'ANON_PLAN_UNKNOWN_COLUMN',
          'ANON_PLAN_UNKNOWN_TABLE',
          ...['id', 'note', 'amount', 'boss'].map(() => 'ANON_PLAN_COLUMN_UNDECIDED' as const),
          'ANON_PLAN_COLUMN_UNDECIDED', // app.orders.person, which would have taken the rule of its key
        ],
        says: ['The plan has 10 finding(s).'],
      });
    });
  });
});

describe('a target whose schema is another one', () => {
  test.each<[string, string, ErrorCode, string]>([
    ['without a table', '', 'ANON_PLAN_TARGET_TABLE', 'app.extra: the target has no such table'],
    [
      'without a column',
      'alter table app.person drop column note',
      'ANON_PLAN_TARGET_COLUMN',
      'app.person.note: the target has no such column',
    ],
    [
      'with a column of another type',
      'alter table app.person alter born type timestamptz',
      'ANON_PLAN_TARGET_TYPE',
      'app.person.born: the column is date in the source and timestamp with time zone in the target',
    ],
    [
      'with a column that wants a value',
      'alter table app.orders add state text not null default $$x$$; alter table app.orders alter state drop default',
      'ANON_PLAN_TARGET_REQUIRED',
      'app.orders.state: the target wants a value in this column',
    ],
    ['with a view of its name', 'create view app.extra as select 1 as id', 'ANON_PLAN_TARGET_TABLE', 'app.extra'],
  ])('%s is refused', async (_, target, code, says) => {
    const extra = code === 'ANON_PLAN_TARGET_TABLE' ? { 'app.extra': 'keep' } : {};
    const source = code === 'ANON_PLAN_TARGET_TABLE' ? 'create table app.extra (id int)' : '';
    await withPair({ source, target }, async pair => {
      expectFailure(await pair.sync({ config: configOf(extra) }), refused([code], says));
      await pair.expectUntouched();
    });
  });
});

test('anonymize plan fails as sync would, with the same findings', async () => {
  await withPair({}, async pair => {
    const { file, env } = pair.configure(configOf(person({ note: 'hahs' })));
    const ended = await runHere(['plan', '--config', file, '--json'], env);
    expectFailure(ended, refused(['ANON_PLAN_UNKNOWN_STRATEGY'], 'Did you mean "hash"?'));
    expect(ended.stdout).toBe('');
  });
});

describe('tables of an unusual shape', () => {
  const SHAPES = `
    create table app.nothing ();
    create table app.empty (id int primary key, note text);
    create table app.derived (twice int generated always as (2) stored);`;
  const tables = {
    'app.nothing': 'keep',
    'app.empty': { keep: ['id'], columns: { note: 'hash' } },
    'app.derived': 'keep',
  };

  test.each(['copy', 'cursor'])('are copied by %s: empty, without columns, with generated columns only', async read => {
    const rows = `insert into app.nothing select from generate_series(1, 5); insert into app.derived default values`;
    await withPair({ source: `${SHAPES}${rows}`, target: SHAPES }, async pair => {
      const config = configOf(tables, { source: { url: 'env:SOURCE_URL', read } });
      expect(await pair.sync({ config })).toMatchObject({ exitCode: 0 });
      await pair.expectComplete();
      const [counts] = await pair.target.query(`
        select (select count(*)::int from app.nothing) as nothing, (select count(*)::int from app.empty) as empty,
               (select json_agg(d) from app.derived d) as derived`);
      expect(counts).toEqual({ nothing: 5, empty: 0, derived: [{ twice: 2 }] });
    });
  });

  test('no tables at all are refused', async () => {
    await withPair({ source: 'drop schema app cascade', target: 'select 1' }, async pair => {
      expectFailure(await pair.sync({ config: { ...CONFIG, tables: {} } }), refused(['ANON_PLAN_EMPTY']));
      await pair.expectUntouched();
    });
  });
});
