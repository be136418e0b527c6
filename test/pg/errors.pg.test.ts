import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { from } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { closePool, type DatabasePool, openPool, withClient } from '../../src/pg/connect.ts';
import { databaseError, type Side } from '../../src/pg/errors.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { settingsOf } from './settings.ts';

const CANARY = 'CANARY-4711';

const SCHEMA = `
  create extension if not exists btree_gist;
  create type mood as enum ('fine');
  create domain positive as int check (value > 0);
  create table parent (id int primary key);
  create table "T, line 99, column x" (
    id int primary key,
    code text constraint code_unique unique,
    "not ""null" text not null default '',
    parent_id int constraint has_parent references parent,
    amount int constraint amount_positive check (amount > 0),
    short varchar(5),
    born date,
    mood mood,
    doc jsonb,
    points positive,
    room text,
    constraint one_room exclude using gist (room with =)
  );
  insert into "T, line 99, column x" (id, code, room) values (1, '${CANARY}', '${CANARY}');
  create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'refused %', new.code using detail = new.code, hint = new.code;
  end $$;
`;
const TABLE = '"T, line 99, column x"';
const SHOWN = 'public."T, line 99, column x"';
const COLUMNS = ['id', 'code', 'not "null', 'parent_id', 'amount', 'short', 'born', 'mood', 'doc', 'points', 'room'];

let database: TestDatabase;
let pools: Readonly<Record<Side, DatabasePool>>;

beforeAll(async () => {
  database = await createDatabase();
  await database.query(SCHEMA);
  const open = (side: Side) => openPool(settingsOf(database.url), { side, max: 1, applicationName: `test/${side}` });
  pools = { source: open('source'), target: open('target'), control: open('control') };
});
afterAll(async () => {
  for (const pool of Object.values(pools)) await closePool(pool);
  await database.drop();
});

/** The error of an action on one side, explained; nothing of a value is in it, in any form. */
async function errorOf(
  side: Side,
  action: (query: (sql: string) => Promise<unknown>, copy: Copy) => Promise<unknown>,
): Promise<AnonymizeError> {
  const at = {
    side,
    place: 'public.work',
    columns: COLUMNS,
    table: { schema: 'public', name: 'T, line 99, column x' },
  };
  const error = await withClient(pools[side], async client => {
    const copy: Copy = (columns, rows) =>
      pipeline(Readable.from([rows]), client.query(from(`copy public.${TABLE} (${columns}) from stdin`)));
    await action(sql => client.query(sql), copy).catch((cause: unknown) => {
      throw databaseError(cause, at);
    });
  }).catch((cause: unknown) => cause);
  if (!(error instanceof AnonymizeError)) throw new Error('no error of the catalogue', { cause: error });
  for (const form of [inspect(error, { depth: 9 }), JSON.stringify(error), error.stack, String(error.cause)]) {
    expect(form).not.toContain(CANARY);
    expect(form).not.toContain('4711');
  }
  return error;
}

type Copy = (columns: string, rows: string) => Promise<void>;

describe('a row that the target refuses', () => {
  const row = ' (row 2 of its slice)';

  test.each([
    [
      'a duplicate',
      'id, code',
      `2\tx\n3\t${CANARY}\n`,
      'ANON_TARGET_UNIQUE',
      `${SHOWN}: the target refuses duplicates: constraint or index code_unique.`,
    ],
    [
      'a check',
      'id, amount',
      '2\t1\n3\t-4711\n',
      'ANON_TARGET_CHECK',
      `${SHOWN}: a row violates check constraint amount_positive${row}.`,
    ],
    [
      'NULL',
      'id, code, "not ""null"',
      `2\tx\tx\n3\t${CANARY}\t\\N\n`,
      'ANON_TARGET_NOT_NULL',
      `${SHOWN}."not ""null": NULL in a NOT NULL column${row}.`,
    ],
    [
      'an exclusion',
      'id, room',
      `2\tx\n3\t${CANARY}\n`,
      'ANON_TARGET_EXCLUSION',
      `${SHOWN}: rows violate exclusion constraint one_room.`,
    ],
    [
      'a missing key',
      'id, parent_id',
      '2\t4711\n',
      'ANON_TARGET_FOREIGN_KEY',
      `${SHOWN}: rows violate foreign key has_parent.`,
    ],
    [
      'a text that is too long',
      'id, short',
      `2\tx\n3\t${CANARY}\n`,
      'ANON_TARGET_VALUE',
      `public.work.short: the target refuses a value (SQLSTATE 22001)${row}.`,
    ],
    [
      'a text that is no date',
      'id, born',
      `2\t2000-01-01\n3\t${CANARY}\n`,
      'ANON_TARGET_VALUE',
      `public.work.born: the target refuses a value (SQLSTATE 22007)${row}.`,
    ],
    [
      'a date out of range',
      'id, born',
      '2\t2000-01-01\n3\t4711-99-99\n',
      'ANON_TARGET_VALUE',
      `public.work.born: the target refuses a value (SQLSTATE 22008)${row}.`,
    ],
    [
      'a text that is no number',
      'id',
      `2\n${CANARY}\n`,
      'ANON_TARGET_VALUE',
      `public.work.id: the target refuses a value (SQLSTATE 22P02)${row}.`,
    ],
    [
      'a number out of range',
      'id',
      '2\n47114711471147\n',
      'ANON_TARGET_VALUE',
      `public.work.id: the target refuses a value (SQLSTATE 22003)${row}.`,
    ],
    [
      'no label of the enum',
      'id, mood',
      `2\tfine\n3\t${CANARY}\n`,
      'ANON_TARGET_VALUE',
      `public.work.mood: the target refuses a value (SQLSTATE 22P02)${row}.`,
    ],
    [
      'no JSON',
      'id, doc',
      `2\t{}\n3\t{${CANARY}\n`,
      'ANON_TARGET_VALUE',
      `public.work.doc: the target refuses a value (SQLSTATE 22P02)${row}.`,
    ],
    [
      'too few fields',
      'id, code',
      `2\t${CANARY}\n3\n`,
      'ANON_TARGET_VALUE',
      `public.work: the target refuses a value (SQLSTATE 22P04)${row}.`,
    ],
    [
      'too many fields',
      'id',
      `2\n3\t${CANARY}, line 7, column id\n`,
      'ANON_TARGET_VALUE',
      `public.work: the target refuses a value (SQLSTATE 22P04)${row}.`,
    ],
    [
      'no UTF-8',
      'id, code',
      Buffer.from(`2\tx\n3\t${CANARY}\xff\n`, 'latin1'),
      'ANON_TARGET_VALUE',
      `public.work: the target refuses a value (SQLSTATE 22021)${row}.`,
    ],
  ])('for %s: names the constraint and the row, and no value', async (_, columns, rows, code, message) => {
    const error = await errorOf('target', (_query, copy) => copy(columns, rows as string));
    expect(error.message).toBe(message);
    expect(error).toMatchObject({ code, exitCode: 65 });
  });

  test('for a domain: names the constraint', async () => {
    const error = await errorOf('target', (_, copy) => copy('id, points', '2\t-4711\n'));
    expect(error.code).toBe('ANON_TARGET_CHECK');
    expect(error.message).toContain('positive_check');
  });

  test('by a trigger: shows nothing of what the trigger says', async () => {
    await database.query(`create trigger refuse before insert on ${TABLE} for each row execute function refuse()`);
    const error = await errorOf('target', (_, copy) => copy('id, code', `2\t${CANARY}\n`));
    await database.query(`drop trigger refuse on ${TABLE}`);
    expect(error.message).toBe('target: SQLSTATE P0001 (exception raised by a function or trigger) at public.work.');
  });

  test('a unique index that is built on duplicates is named', async () => {
    await database.query(`create table twice (code text); insert into twice values ('${CANARY}'), ('${CANARY}')`);
    const error = await errorOf('target', query => query('create unique index twice_code on public.twice (code)'));
    expect(error.message).toBe('public.twice: the target refuses duplicates: constraint or index twice_code.');
  });

  test('a foreign key that is added over orphans is named', async () => {
    await database.query('create table orphan (id int); insert into orphan values (4711)');
    const sql = 'alter table public.orphan add constraint has_home foreign key (id) references public.parent';
    const error = await errorOf('target', query => query(sql));
    expect(error.message).toBe('public.orphan: rows violate foreign key has_home.');
  });
});

describe('an error of a statement', () => {
  test.each<[string, Side, string, string, string, number]>([
    [
      'a value on the source',
      'source',
      `select '${CANARY}'::int`,
      'ANON_DATABASE',
      'source: SQLSTATE 22P02 (data exception) at public.work.',
      69,
    ],
    [
      'division by zero on the source',
      'source',
      'select 1/(4711-4711)',
      'ANON_DATABASE',
      'source: SQLSTATE 22012 (data exception) at public.work.',
      69,
    ],
    [
      'a duplicate in the control database',
      'control',
      `insert into public.${TABLE} (id) values (1)`,
      'ANON_DATABASE',
      'control: SQLSTATE 23505 (integrity constraint violation) at public.work.',
      69,
    ],
    [
      'a syntax error',
      'source',
      `selec '${CANARY}'`,
      'ANON_DATABASE',
      'source: SQLSTATE 42601 (syntax error) at public.work.',
      69,
    ],
    [
      'a table that is gone',
      'source',
      'select from public."CANARY-4711"',
      'ANON_DATABASE',
      'source: SQLSTATE 42P01 (undefined table) at public.work.',
      69,
    ],
    [
      'a write on the source',
      'source',
      'delete from public.parent',
      'ANON_DATABASE',
      'source: SQLSTATE 25006 (read-only transaction) at public.work.',
      69,
    ],
  ])('%s has the words of its SQLSTATE', async (_, side, sql, code, message, exitCode) => {
    const error = await errorOf(side, query => query(sql));
    expect(error.message).toBe(message);
    expect(error).toMatchObject({ code, exitCode });
  });

  test('a privilege that is missing is one for the administrator', async () => {
    const role = `role_${process.pid}`;
    await database.query(`create role ${role}`);
    const error = await errorOf('source', query => query(`set role ${role}; select from public.parent`));
    await database.query(`drop role ${role}`);
    expect(error).toMatchObject({ code: 'ANON_PRIVILEGE', exitCode: 77 });
    expect(error.message).toBe('public.work: source role postgres lacks a privilege that it needs here.');
  });

  test.each<[Side, string, string]>([
    ['target', 'target', 'ANON_TARGET_LOCKED'],
    ['source', 'source', 'ANON_SOURCE_LOCKED'],
    ['control', 'control database', 'ANON_CONTROL_LOCKED'],
  ])('a lock on the %s that cannot be had says where', async (side, name, code) => {
    await database.query('begin; lock table parent in access exclusive mode');
    const error = await errorOf(side, query => query("set lock_timeout = '50ms'; select from public.parent"));
    await database.query('rollback');
    expect(error).toMatchObject({ code, exitCode: 75 });
    expect(error.message).toBe(`A lock on the ${name} could not be had in time at public.work.`);
  });

  test.each(["set transaction snapshot '00000003-0000001B-1'", "set transaction snapshot 'CANARY-4711'"])(
    '%s says that the snapshot is gone',
    async sql => {
      const error = await withClient(pools.source, async client => {
        const failing = client.query(`begin isolation level repeatable read read only; ${sql}`);
        return failing.catch((cause: unknown) => databaseError(cause, { side: 'source', importsSnapshot: true }));
      });
      expect(error).toMatchObject({ code: 'ANON_SNAPSHOT_GONE', exitCode: 69 });
    },
  );

  test('a session that an administrator ends says so', async () => {
    const error = await errorOf('source', query => query('select pg_terminate_backend(pg_backend_pid())'));
    expect(error).toMatchObject({ code: 'ANON_SERVER_SHUTDOWN', exitCode: 69 });
    expect(error.message).toBe('source: the server ended the session at public.work.');
  });
});

test('an error of the target stays one of the target in code that works on the source', async () => {
  const error = await errorOf('source', async () => {
    await withClient(pools.target, async client => client.query('select 1/0'));
  });
  expect(error.facts.side ?? error.facts.sqlstate).toBe('22012');
  expect(error.code).toBe('ANON_TARGET_VALUE');
});
