// publish: swap. Readers of the target see the old rows or the new ones, whatever happens to a run.
// PGVEIL_SWAPS=20 and PGVEIL_FAILED_SWAPS=5 make the test with the reader a long one.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, databaseUrl, type Query, type TestDatabase } from '../database.ts';
import { CANARY, type Ended, expectFailure, runCli, SECRET, startCli, withFolder } from '../faults/cli.ts';
import { until } from '../faults/world.ts';
import { TOOLS_FOLDER, useToolsServer, WITHOUT_TOOLS } from '../tools-server.ts';

const server = WITHOUT_TOOLS === undefined ? useToolsServer() : () => '';

const TABLES = `
create schema app;
create table app.team (id int primary key, version int not null);
create table app.person (id int primary key, email text not null, version int not null, team int not null references app.team);
create table app.setting (name text primary key, value text);
create table app.lone (id serial primary key);
create materialized view app.sizes as select count(*)::int as people, max(version) as version from app.person`;

/** Rows of one version: 20 teams and 1,000 people more than before. */
const fill = (version: number): string => `
truncate app.person, app.team;
insert into app.team select n, ${version} from generate_series(1, 20) n;
insert into app.person select n, '${CANARY}-' || n || '@example.org', ${version}, 1 + n % 20 from generate_series(1, ${1000 * version}) n;
refresh materialized view app.sizes; analyze`;

const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL' },
  target: { url: 'env:TARGET_URL', publish: 'swap', pg_bin: TOOLS_FOLDER },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 1,
  trial_rows: 0, // what fails here is to fail in the end
  tables: {
    'app.team': 'keep',
    'app.person': { keep: ['id', 'version', 'team'], columns: { email: 'email' } },
    'app.setting': 'skip',
    'app.lone': 'skip',
  },
};
/** Rows that violate a foreign key when everything is loaded. */
const FAILING = { 'app.team': { keep: ['id', 'version'], where: 'id > 1' } };
const SLOW = { 'app.person': { ...CONFIG.tables['app.person'], where: 'pg_sleep(0.01) is not null' } };

interface Change {
  readonly target?: object;
  readonly tables?: object;
  readonly targetUrl?: string;
}

interface Pair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** Of the superuser, in another database. */
  readonly admin: Query;
  command(name: string, change?: Change): { readonly args: string[]; readonly env: Record<string, string> };
  sync(change?: Change): Promise<Ended>;
  rollback(...args: readonly string[]): Promise<Ended>;
  /** Databases whose names begin with the target's, without those names. */
  beside(): Promise<readonly string[]>;
}

async function withPair(callback: (pair: Pair) => Promise<void>, names: { name?: string } = {}): Promise<void> {
  const [source, other] = [await createDatabase({ server: server() }), await createDatabase({ server: server() })];
  const target = await createDatabase({ server: server(), ...names });
  const beside = async () => {
    const sql = `select substr(datname, length($1) + 1) as rest from pg_database where starts_with(datname, $1) order by 1`;
    return (await other.query<{ rest: string }>(sql, [target.name]))
      .map(({ rest }) => rest)
      .filter(rest => rest !== '');
  };
  try {
    await source.query(`${TABLES};${fill(1)}`);
    await target.query(
      `${TABLES}; insert into app.setting values ('colour', 'blue'); insert into app.lone default values`,
    );
    await withFolder(async folder => {
      const command: Pair['command'] = (name, { target: block, tables, targetUrl = target.url } = {}) => {
        const file = join(folder, `${Math.random()}.yaml`);
        const changed = { target: { ...CONFIG.target, ...block }, tables: { ...CONFIG.tables, ...tables } };
        writeFileSync(file, JSON.stringify({ ...CONFIG, ...changed }));
        const env = { SOURCE_URL: source.url, TARGET_URL: targetUrl, ANONYMIZE_SECRET: SECRET, TMPDIR: folder };
        return { args: [name, '--config', file], env };
      };
      const run = (name: string, change: Change, args: readonly string[]) => {
        const made = command(name, change);
        return runCli([...made.args, ...args], made.env);
      };
      await callback({
        source,
        target,
        admin: other.query,
        command,
        sync: change => run('sync', change ?? {}, []),
        rollback: (...args) => run('rollback', {}, args),
        beside,
      });
    });
  } finally {
    for (const rest of await beside()) await other.query(`drop database "${target.name}${rest}" with (force)`);
    await source.disconnect();
    await Promise.all([source, target, other].map(database => database.drop()));
  }
}

interface State {
  readonly people: number;
  readonly version: number | null;
  readonly teams: number;
  readonly view: number | null;
  readonly canaries: number;
}

const STATE = `
select count(*)::int as people, max(version) as version, (select count(*)::int from app.team) as teams,
  (select max(version) from app.sizes) as view, count(*) filter (where email like '%${CANARY}%')::int as canaries
from app.person`;

const complete = (version: number): State => ({
  people: 1000 * version,
  version,
  teams: 20,
  view: version,
  canaries: 0,
});

/** One look at a database, on a session of its own that stays no longer. */
async function look(connectionString: string): Promise<State> {
  const client = new pg.Client({ connectionString, application_name: 'reader' });
  client.on('error', () => {}); // the query says so
  await client.connect();
  try {
    const { rows } = await client.query<State>(STATE);
    return rows[0]!; // an aggregate
  } finally {
    await client.end().catch(() => {});
  }
}

/** Polls until it is told to stop; a session that is ended by a swap tries again, as an application does. */
async function readAll(url: string, { signal }: AbortController): Promise<{ states: State[]; refusals: string[] }> {
  const states: State[] = [];
  const refusals: string[] = [];
  while (!signal.aborted) {
    const state = await look(url).catch((cause: { code?: string; message: string }) => {
      refusals.push(cause.code ?? cause.message);
    });
    if (state) states.push(state);
    await sleep(5);
  }
  return { states, refusals };
}

const swaps = Number(process.env.PGVEIL_SWAPS ?? 3);
const failures = Number(process.env.PGVEIL_FAILED_SWAPS ?? 2);

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a swap ${WITHOUT_TOOLS ?? ''}`, () => {
  test(
    `shows a reader complete states only, in ${swaps} swaps and ${failures} failures`,
    async () => {
      await withPair(async ({ source, target, sync, beside }) => {
        expect(await sync()).toMatchObject({ exitCode: 0 });
        const stop = new AbortController();
        const reading = readAll(target.url, stop);
        try {
          for (let version = 2; version <= swaps; version++) {
            await source.query(fill(version));
            if (version - 2 < failures) {
              const before = await beside();
              const schema = version % 2 === 0 ? 'existing' : 'copy';
              const change = { tables: FAILING, target: { schema } };
              expectFailure(await sync(change), { code: 'ANON_TARGET_FOREIGN_KEY', says: ['app.person'] });
              expect(await beside()).toEqual(before);
              expect(await look(target.url)).toEqual(complete(version - 1));
            }
            expect(await sync()).toMatchObject({ exitCode: 0 });
          }
        } finally {
          stop.abort();
        }
        const { states, refusals } = await reading;
        const expected = Array.from({ length: swaps }, (_, n) => complete(n + 1));
        const distinct = [...new Map(states.map(state => [JSON.stringify(state), state])).values()];
        expect(distinct).toEqual(expected);
        expect(states.length).toBeGreaterThan(50);
        // Ended by the swap, cut off amid its log-in, or told that the name has just changed hands.
        for (const refusal of refusals)
          expect(['57P01', '3D000', 'ECONNRESET', 'Connection terminated unexpectedly']).toContain(refusal);
      });
    },
    (swaps + failures) * 30_000,
  );

  test('keeps what a dump does not hold: settings, privileges, comment, skipped rows, sequences', async () => {
    await withPair(async ({ target, admin, command, sync }) => {
      const reader = `reader_${process.pid}`;
      const name = `"${target.name}"`;
      await admin(`create role ${reader} login password 'canary-password'`);
      await admin(`alter database ${name} set search_path to app, "$user", public`);
      await admin(
        `alter database ${name} set work_mem to '7MB'; alter role ${reader} in database ${name} set work_mem to '9MB'`,
      );
      await admin(
        `comment on database ${name} is 'the one that ''everybody'' reads'; alter database ${name} connection limit 17`,
      );
      await admin(`revoke all on database ${name} from public; grant connect on database ${name} to ${reader}`);
      await target.query(`grant usage on schema app to ${reader}; grant select on app.person to ${reader}`);
      const planned = command('plan');
      const { stdout } = await runCli(planned.args, planned.env);
      expect(stdout).toContain('Note: Skipped tables keep the rows that the target has when the copying ends.');
      for (const schema of ['existing', 'copy']) {
        await target.disconnect();
        const ended = await sync({ target: { schema } });
        expect(ended.exitCode, ended.stderr).toBe(0);
        const facts = await target.query(`
          select current_setting('search_path') as path, current_setting('work_mem') as memory, datconnlimit as "limit",
            shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`);
        expect(facts).toEqual([
          { path: 'app, "$user", public', memory: '7MB', limit: 17, comment: `the one that 'everybody' reads` },
        ]);
        const client = new pg.Client(databaseUrl(target.name, { user: reader, password: 'canary-password' }, server()));
        await client.connect();
        const { rows } = await client.query(
          `select count(*)::int as people, current_setting('work_mem') as memory from app.person`,
        );
        expect(rows).toEqual([{ people: 1000, memory: '9MB' }]);
        await client.end();
        const kept = await target.query(
          "select (select count(*)::int from setting) as rows, nextval('lone_id_seq')::int as next",
        );
        // What `copy` builds has the source's structure, and no rows where the plan has none.
        expect(kept).toEqual([schema === 'existing' ? { rows: 1, next: 2 } : { rows: 0, next: 1 }]);
      }
      await target.query(`drop owned by ${reader}`);
      await admin(`alter role ${reader} in database ${name} reset all`);
    });
  });

  test('is put back by a rollback, and forward again; keep_previous says how many stay', async () => {
    await withPair(async ({ source, target, sync, rollback, beside }) => {
      const keep = { target: { keep_previous: 2 } };
      for (const version of [1, 2, 3, 4]) {
        await source.query(fill(version));
        const ended = await sync(keep);
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect(ended.stdout).toMatch(/The target before is kept as test_\w+_pgveil_\d{8}_\d{6};/);
      }
      expect(await beside()).toHaveLength(2);
      const listed = await rollback('--list');
      expect(listed.stdout.trim().split('\n')).toEqual((await beside()).map(rest => target.name + rest).reverse());
      expect(await rollback()).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('a rollback puts it back'),
      });
      expect(await look(target.url)).toEqual(complete(3));
      expect(await rollback()).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toEqual(complete(4));
      const earliest = target.name + (await beside())[0];
      expect(await rollback('--to', earliest)).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toEqual(complete(2));
      expectFailure(await rollback('--to', 'nothing'), { code: 'ANON_ROLLBACK_NOTHING', says: ['Kept are: test_'] });
      expect(await sync({ target: { keep_previous: 0 } })).toMatchObject({ exitCode: 0 });
      expect(await beside()).toEqual([]);
      expectFailure(await rollback(), { code: 'ANON_ROLLBACK_NOTHING', says: ['None is kept.'] });
    });
  });

  test('takes any name of a database and of a skipped table', async () => {
    const name = `o'd "d" - \\ é ${process.pid} ${'x'.repeat(30)}`;
    const swapped = async ({ target, sync, rollback, beside }: Pair) => {
      await target.query(`create table app."it's ""a = b"".*" (n int); insert into app."it's ""a = b"".*" values (7)`);
      const ended = await sync();
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(await look(target.url)).toEqual(complete(1));
      expect(await target.query(`select * from app."it's ""a = b"".*"`)).toEqual([{ n: 7 }]);
      expect(await rollback()).toMatchObject({ exitCode: 0 });
      expect(await look(target.url)).toMatchObject({ people: 0 });
      expect(await beside()).toHaveLength(0); // the name is too long to be the beginning of another one
      expect((await rollback('--list')).stdout).toMatch(/_[0-9a-f]{8}_pgveil_\d{8}_\d{6}\n$/);
      expect(await sync({ target: { keep_previous: 0 } })).toMatchObject({ exitCode: 0 });
    };
    await withPair(swapped, { name });
  });

  test('that is killed leaves the target as it was, and the next run drops what it left', async () => {
    await withPair(async ({ source, target, command, sync, beside }) => {
      expect(await sync()).toMatchObject({ exitCode: 0 });
      const before = await beside();
      const { args, env } = command('sync', { tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      cli.process.kill('SIGKILL');
      await cli.ended;
      await source.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker'`,
      );
      expect(await look(target.url)).toEqual(complete(1));
      expect((await beside()).filter(rest => /^_pgveil_new_[0-9a-f]{12}$/.test(rest))).toHaveLength(1);
      expectFailure(await sync({ tables: FAILING }), { code: 'ANON_TARGET_FOREIGN_KEY' });
      expect(await beside()).toEqual(before);
    });
  });

  test('that is asked to stop leaves the target as it was', async () => {
    await withPair(async ({ target, command, sync, beside }) => {
      expect(await sync()).toMatchObject({ exitCode: 0 });
      const before = await beside();
      const { args, env } = command('sync', { tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      cli.process.kill('SIGINT');
      expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', says: ['The target is as it was.'] });
      expect(await beside()).toEqual(before);
      expect(await look(target.url)).toEqual(complete(1));
    });
  });
});

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a role that is no superuser ${WITHOUT_TOOLS ?? ''}`, () => {
  const role = `swapper_${process.pid}`;
  const withOwner = (callback: (pair: Pair & { readonly targetUrl: string }) => Promise<void>) =>
    withPair(async pair => {
      const { admin, target } = pair;
      await admin(`create role ${role} login createdb password 'canary-password'`);
      await admin(`alter database "${target.name}" owner to ${role}`);
      await target.query(`reassign owned by current_user to ${role}`).catch(() => {});
      await target.query(`
        alter schema app owner to ${role};
        do $$ declare one record; begin
          for one in select oid::regclass as name, relkind from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'm') loop
            execute format('alter %s %s owner to ${role}', case one.relkind when 'm' then 'materialized view' else 'table' end, one.name);
          end loop; end $$`);
      await target.disconnect();
      try {
        await callback({
          ...pair,
          targetUrl: databaseUrl(target.name, { user: role, password: 'canary-password' }, server()),
        });
      } finally {
        await admin(`alter database "${target.name}" owner to current_user; alter role ${role} createdb`);
        for (const rest of await pair.beside()) await admin(`drop database "${target.name}${rest}" with (force)`);
        await target.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
        await admin(`drop role ${role}`);
      }
    });
  const hides = ['canary-password'];

  test('needs CREATEDB and the database', async () => {
    await withOwner(async ({ admin, target, targetUrl, sync }) => {
      await admin(`alter database "${target.name}" owner to current_user; alter role ${role} nocreatedb`);
      expectFailure(await sync({ targetUrl }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        exit: 77,
        findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
        says: [`alter role ${role} createdb`, 'lacks ownership, which publish: swap needs'],
        hides,
      });
    });
  });

  test('swaps with those rights, and cannot end a session of a superuser: then nothing has happened', async () => {
    await withOwner(async ({ target, targetUrl, sync, beside }) => {
      expect(await sync({ targetUrl })).toMatchObject({ exitCode: 0 });
      const before = await beside();
      await target.query('select 1');
      expectFailure(await sync({ targetUrl }), {
        code: 'ANON_SWAP_BUSY',
        says: ['1 session(s) of', `to ${role}`],
        hides,
      });
      expect(await target.query('select count(*)::int as people from app.person')).toEqual([{ people: 1000 }]);
      expect(await beside()).toEqual(before);
    });
  });

  test('is told of a setting that it may not carry over', async () => {
    await withOwner(async ({ admin, target, targetUrl, sync, beside }) => {
      await admin(`alter database "${target.name}" set log_statement to 'ddl'`);
      expectFailure(await sync({ targetUrl }), { code: 'ANON_SWAP_SETTING', says: ['log_statement', '42501'], hides });
      expect(await beside()).toEqual([]);
    });
  });

  test('is told of a database that it could not drop', async () => {
    await withOwner(async ({ admin, target, targetUrl, command, sync, beside }) => {
      const { args, env } = command('sync', { targetUrl, tables: SLOW });
      const cli = startCli(args, env);
      await cli.said('copying');
      const [unfinished] = await beside();
      const guest = new pg.Client(databaseUrl(target.name + unfinished, undefined, server()));
      guest.on('error', () => {});
      await guest.connect();
      cli.process.kill('SIGINT');
      const says = [`The unfinished database ${target.name}${unfinished} could not be dropped`];
      expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', findings: ['ANON_SWAP_LEFTOVER'], says, hides });
      await guest.end();
      expect(await sync({ targetUrl })).toMatchObject({ exitCode: 0 });
      const [previous = ''] = await beside();
      expect(previous).toMatch(/^_pgveil_\d{8}_\d{6}$/);
      const reader = new pg.Client(databaseUrl(target.name + previous, undefined, server()));
      reader.on('error', () => {});
      await reader.connect();
      await until(async () => (await admin('select from pg_database where datname = $1', [unfinished])).length === 0);
      expectFailure(await sync({ targetUrl }), { code: 'ANON_SWAP_PREVIOUS', says: ['The run is done, but'], hides });
      await reader.end();
    });
  });
});
