import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { abandon, leftovers, markComplete } from '../../src/publish/abandon.ts';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { Connect, TargetTable } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { PLANNED_TABLES } from './every-shape.ts';
import { createEveryShape, withSessions } from './target.ts';

let template: TestDatabase;
let target: TestDatabase;
let tables: readonly TargetTable[];
let before: readonly string[];

beforeAll(async () => {
  template = await createEveryShape();
  tables = await template.query<TargetTable>(PLANNED_TABLES);
  await withSessions(template.url, ensureLedger);
  before = await catalogState(template.query);
});
afterAll(() => template.drop());
beforeEach(async () => {
  target = await createDatabase({ template });
});
afterEach(() => target.drop());

const onTarget = <T>(callback: (connect: Connect) => Promise<T>): Promise<T> => withSessions(target.url, callback);
const count = async (from: string): Promise<number> => {
  const [row] = await target.query<{ rows: number }>(`select count(*)::int as rows from ${from}`);
  return row?.rows ?? Number.NaN;
};

test('what was put aside comes back exactly as it was', async () => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables });
    expect(await restore(connect, { run: 'r', parallel: 3 })).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('nothing is left that slows down, stops or reacts to a load', async () => {
  await onTarget(connect => putAside(connect, { run: 'r', tables }));
  const left = (await catalogState(target.query)).map(line => line.split(' | '));
  const inPlace = left.filter(([what, table, , detail]) => {
    if (table?.startsWith('outside.')) return false;
    return what === 'index' || (what === 'trigger' && detail !== 'D') || detail?.startsWith('FOREIGN KEY');
  });
  // Each stays because something else needs it, it is not valid, or a leaf of its tree is not planned.
  expect(inPlace.map(([what, name]) => `${what} ${name}`)).toEqual([
    'index app.doubtful_a',
    'index app.half_1_b',
    'index app.half_b',
    'index app.needed_pkey',
    'index app.partly_1_pkey',
    'index app.partly_pkey',
    'index app.ruled_key',
    'trigger app.event', // rows that are loaded into a leaf do not fire a trigger of its parent
    'trigger app.event_2024',
  ]);
});

test('planned tables are empty, and no row of another table is gone', async () => {
  await target.query(`insert into app.person (id, code) overriding system value values (1, 'a');
    insert into app.base values (1, 1); insert into app.derived values (2, 1, 'x');
    insert into app.partly values (2, null);
    alter table app.shop disable trigger user;
    insert into app.shop (id) values (1);
    insert into outside.note values (1, 1, null)`);
  await onTarget(connect => putAside(connect, { run: 'r', tables }));
  expect(await count('app.person')).toBe(0);
  expect(await count('app.base')).toBe(0);
  expect(await count('app.shop')).toBe(0);
  expect(await count('outside.note')).toBe(1);
  expect(await count('outside.reference')).toBe(5);
  expect(await count('outside.partly_2')).toBe(1);
});

test('a load meets no trigger, no foreign key and no row security', async () => {
  const role = `owner_${process.pid}`;
  await target.query(`create role ${role}; grant usage on schema app to ${role}; alter table app.secret owner to ${role};
    create trigger t before insert on app.secret for each row execute function app.noop();
    grant all on schema pgveil to ${role}; grant all on all tables in schema pgveil to ${role}`);
  const secret = [{ schema: 'app', name: 'secret' }];
  const asOwner = (sql: string) => target.query(`set role ${role}; ${sql}; reset role`);
  await expect(asOwner(`insert into app.secret values (1)`)).rejects.toThrow();
  await target.query('rollback; reset role');
  const shape = await catalogState(target.query);
  await withSessions(target.url, pool =>
    (async (connect: Connect) => {
      await putAside(connect, { run: 'r', tables: secret });
      await asOwner(`insert into app.secret values (1)`);
      expect(await restore(connect, { run: 'r', parallel: 1 })).toEqual([]);
    })(work =>
      pool(async client => {
        await client.query(`set role ${role}`);
        return work(client).finally(() => client.query('reset role'));
      }),
    ),
  );
  expect(await count('app.secret')).toBe(1);
  expect(await catalogState(target.query)).toEqual(shape);
  await target.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
});

test('a run that was killed before it restored anything is put right by another', async () => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'killed', tables });
    await connect(client => client.query('select pg_terminate_backend(pg_backend_pid())')).catch(() => {});
  });
  await onTarget(async connect => {
    expect(await leftovers(connect)).toEqual(['killed']);
    expect(await abandon(connect, { run: 'killed', parallel: 2 })).toEqual([]);
    expect(await leftovers(connect)).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('a put-aside that is cut before its commit changes nothing', async () => {
  await target.query(`insert into app.base values (1)`);
  const cut = (connect: Connect): Connect => {
    return work =>
      connect(client => {
        const query = client.query.bind(client) as (...all: readonly unknown[]) => Promise<unknown>;
        const interrupted = (...all: readonly unknown[]) =>
          String(all[0]).includes('truncate only')
            ? query('select pg_terminate_backend(pg_backend_pid())')
            : query(...all);
        return work(Object.assign(Object.create(client), { query: interrupted }));
      });
  };
  await onTarget(async connect => {
    await expect(putAside(cut(connect), { run: 'r', tables })).rejects.toMatchObject({ code: 'ANON_SERVER_SHUTDOWN' });
    expect(await leftovers(connect)).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
  expect(await count('app.base')).toBe(1);
});

// Makes each row that goes into one index of the table take a while to build.
const SLOW_INDEXES = `
create table app.slow (id int, a int, b int);
create function app.slowly(value int) returns int language plpgsql immutable as 'begin perform pg_sleep(0.1); return value; end';
create index slow_a on app.slow (app.slowly(a));
create index slow_b on app.slow (app.slowly(b))`;

const slowTarget = async () => {
  await target.query(SLOW_INDEXES);
  return { shape: await catalogState(target.query), planned: [...tables, { schema: 'app', name: 'slow' }] };
};

test('a restore that is killed half way goes on from another session', async () => {
  const { shape, planned } = await slowTarget();
  await onTarget(connect => putAside(connect, { run: 'r', tables: planned }));
  await target.query('insert into app.slow select n, n, n from generate_series(1, 10) n');
  await onTarget(async connect => {
    const outcome = restore(connect, { run: 'r', parallel: 2 }).then(
      () => 'restored',
      (error: unknown) => error,
    );
    await target.query(`select pg_sleep(0.4)`);
    await target.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`);
    expect(await outcome).toMatchObject({ code: 'ANON_SERVER_SHUTDOWN' });
    expect(await leftovers(connect)).toEqual(['r']);
  });
  await onTarget(async connect => expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]));
  expect(await catalogState(target.query)).toEqual(shape);
  expect(await count('app.slow')).toBe(10);
});

test('an abort cancels builds that are under way, and abandon still brings everything back', async () => {
  const { shape, planned } = await slowTarget();
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables: planned });
    await target.query('insert into app.slow select n, n, n from generate_series(1, 200) n');
    const reason = new Error('stop');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 300);
    const started = performance.now();
    await expect(restore(connect, { run: 'r', parallel: 2, signal: controller.signal })).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(5_000); // the builds take 20 s each
    expect(await abandon(connect, { run: 'r', parallel: 2 })).toEqual([]);
  });
  expect(await count('app.slow')).toBe(0);
  expect(await catalogState(target.query)).toEqual(shape);
});

test.each([
  ['before anything is back', async () => {}],
  [
    'after everything is back',
    async (connect: Connect) => {
      expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
    },
  ],
])('abandoning %s empties half-loaded tables and brings back the structure', async (_, first) => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables });
    await target.query(`insert into app.shop (id) values (1), (2); insert into app.owner values (1, 1, null, null);
      insert into app.event (id, at) values (1, '2023-05-05'), (2, '2024-11-11')`);
    await first(connect);
    expect(await abandon(connect, { run: 'r', parallel: 2 })).toEqual([]);
    expect(await leftovers(connect)).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
  for (const table of ['app.shop', 'app.owner', 'app.event']) expect(await count(table)).toBe(0);
});

test('a run that is complete is not a leftover, and abandoning it empties nothing', async () => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables });
    await target.query('insert into app.base values (1)');
    await restore(connect, { run: 'r', parallel: 2 });
    expect(await leftovers(connect)).toEqual(['r']);
    await markComplete(connect, 'r');
    expect(await leftovers(connect)).toEqual([]);
    await abandon(connect, { run: 'r', parallel: 2 });
  });
  expect(await count('app.base')).toBe(1);
});

test('runs one after another leave the structure as it was and no record behind', async () => {
  await onTarget(async connect => {
    for (const run of ['first', 'second', 'third']) {
      await putAside(connect, { run, tables });
      expect(await restore(connect, { run, parallel: 2 })).toEqual([]);
      await markComplete(connect, run);
    }
  });
  expect(await catalogState(target.query)).toEqual(before);
  expect(await target.query('select distinct run from pgveil.put_aside')).toEqual([{ run: 'third' }]);
});

test('an index that somebody made by hand meanwhile is accepted', async () => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables });
    await target.query('create index derived_extra on app.derived (extra)');
    await target.query('alter table app.visit add constraint visit_pkey primary key (id)');
    expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('a table that somebody dropped meanwhile stops nothing, and a foreign key to it is reported once', async () => {
  await onTarget(async connect => {
    await putAside(connect, { run: 'r', tables });
    await target.query('drop table app.derived, outside.reference');
    const problems = await abandon(connect, { run: 'r', parallel: 2 });
    expect(problems.map(problem => problem.message)).toEqual([
      'app.shop: foreign key shop_reference_fkey cannot be restored (SQLSTATE 42P01).',
      expect.stringContaining('validation shop_reference_fkey'),
    ]);
    expect(await leftovers(connect)).toEqual([]);
  });
  const gone = /derived|outside.reference/;
  expect(await catalogState(target.query)).toEqual(before.filter(line => !gone.test(line)));
});

test('a table that the target does not have is refused by name', async () => {
  await onTarget(async connect => {
    const refused = putAside(connect, { run: 'r', tables: [...tables, { schema: 'app', name: 'gone' }] });
    await expect(refused).rejects.toMatchObject({ code: 'ANON_PLAN_TARGET_TABLE' });
  });
  expect(await catalogState(target.query)).toEqual(before);
});
