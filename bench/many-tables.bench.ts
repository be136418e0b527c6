// What a small table costs: a thousand tables of a hundred rows in one run, against a run of one of them.

import { tmpdir } from 'node:os';
import { type EmbeddedServer, startServer } from '../src/demo/embedded-server.ts';
import { parseConfig, sync } from '../src/index.ts';
import type { Stage } from '../src/report/events.ts';
import type { Figure } from './figure.ts';
import { withSession } from './servers.ts';

const SECRET = 'the secret of the bench, which is not one, but long enough';
const TABLES = 1_000;
const ROWS = 100;
/** Statements of one message: a transaction that makes a thousand tables needs too many locks. */
const MADE_AT_ONCE = 50;

/** Measures both runs on two fresh servers. */
export async function* benchManyTables(): AsyncGenerator<Figure> {
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB' };
  const servers = [await startServer({ settings }), await startServer({ settings })] as const;
  try {
    await fill(servers[0], ROWS);
    await fill(servers[1], 0);
    const one = await run(servers, 1);
    yield { what: 'a run of one small table', value: one.seconds, unit: 's' };
    const all = await run(servers, TABLES);
    yield { what: `a run of ${TABLES} small tables`, value: all.seconds, unit: 's' };
    for (const [stage, seconds] of Object.entries(all.stages)) {
      yield { what: `of that: ${stage}`, value: seconds, unit: 's' };
    }
    const each = ((all.seconds - one.seconds) / (TABLES - 1)) * 1000;
    yield { what: 'each further table', value: each, unit: 'ms' };
  } finally {
    await Promise.all(servers.map(server => server.stop()));
  }
}

const nameOf = (number: number): string => `public.t${String(number).padStart(4, '0')}`;

/** Keys, an index, a foreign key to the table before, a sequence: what tables have. */
const tableSql = (number: number, rows: number): string => `
  create table ${nameOf(number)} (
    id serial primary key, before int references ${nameOf(Math.max(0, number - 1))}, email text not null unique,
    name varchar(80), born date, amount numeric(12, 2), note text, created timestamptz not null default now());
  create index on ${nameOf(number)} (created);
  insert into ${nameOf(number)} (id, before, email, name, born, amount, note)
  select n, n, 'user' || n || '@mail.example', 'Person ' || n, date '1970-01-01' + n, n / 7.0, repeat('note ', 10)
  from generate_series(1, ${rows}) n;
  select setval(pg_get_serial_sequence('${nameOf(number)}', 'id'), ${ROWS})`;

async function fill(server: EmbeddedServer, rows: number): Promise<void> {
  await withSession(server.url('postgres'), admin => admin.query('create database many'));
  await withSession(server.url('many'), async client => {
    for (let first = 0; first < TABLES; first += MADE_AT_ONCE) {
      const numbers = Array.from({ length: MADE_AT_ONCE }, (_, n) => first + n);
      await client.query(numbers.map(number => tableSql(number, rows)).join(';'));
    }
    await client.query('analyze; checkpoint');
  });
}

async function run(
  [source, target]: readonly [EmbeddedServer, EmbeddedServer],
  tables: number,
): Promise<{ readonly seconds: number; readonly stages: Readonly<Record<string, number>> }> {
  const masked = { email: 'email', name: { strategy: 'fake', kind: 'person.fullName' }, note: 'nullify' };
  const rule = { keep: ['id', 'before', 'born', 'amount', 'created'], columns: masked };
  const names = Array.from({ length: TABLES }, (_, number) => nameOf(number));
  const config = {
    version: 1,
    source: { url: 'env:SOURCE_URL' },
    target: { url: 'env:TARGET_URL' },
    secret: 'env:SECRET',
    tables: Object.fromEntries(names.map(name => [name, rule])),
  };
  const env = { SOURCE_URL: source.url('many'), TARGET_URL: target.url('many'), SECRET };
  const marks: { stage: Stage | 'planning' | 'end'; at: number }[] = [{ stage: 'planning', at: performance.now() }];
  const report = await sync(parseConfig(JSON.stringify(config), { baseDir: tmpdir() }), {
    env,
    only: names.slice(0, tables),
    onEvent: event => {
      if (event.event === 'stage') marks.push({ stage: event.stage, at: performance.now() });
    },
  });
  marks.push({ stage: 'end', at: performance.now() });
  if (report.rows !== tables * ROWS) throw new Error(`${report.rows} rows were copied`);
  const stages = marks.slice(0, -1).map(({ stage, at }, n) => [stage, ((marks[n + 1]?.at ?? at) - at) / 1000] as const);
  return { seconds: ((marks.at(-1)?.at ?? 0) - (marks[0]?.at ?? 0)) / 1000, stages: Object.fromEntries(stages) };
}
