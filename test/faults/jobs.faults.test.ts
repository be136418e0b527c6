// Runs beside each other: ten over one source into ten targets within the connections that each may have, and ten of the same
// run at once, of which one runs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, databaseUrl, type TestDatabase } from '../database.ts';
import { expectFailure, runCli, SECRET, withConfig } from './cli.ts';
import { contentsOf } from './promised.ts';
import { withProxy } from './proxy.ts';
import { repeats } from './scale.ts';

const JOBS = repeats(3, 10);
const MAX_CONNECTIONS = 3;

const SCHEMA = `
create schema app;
create table app.event (id bigint primary key, payload text not null);
create table app.person (id int primary key, email text not null);`;
const ROWS = `
insert into app.event select n, 'payload ' || n || repeat('x', 200) from generate_series(1, 20000) n;
insert into app.person select n, 'person' || n || '@mail.example' from generate_series(1, 500) n; analyze`;

/** The server refuses it a session more than all runs may have together, on both sides. */
const ROLE = `jobs_${process.pid}`;
const PASSWORD = 'of-the-jobs';
const GRANTS = `
do $$ begin execute format('grant create on database %I to ${ROLE}', current_database()); end $$;
alter schema app owner to ${ROLE}; alter table app.event owner to ${ROLE}; alter table app.person owner to ${ROLE}`;

const CONFIG = {
  version: 1,
  source: { url: 'env:SOURCE_URL', max_connections: MAX_CONNECTIONS },
  target: { url: 'env:TARGET_URL', max_connections: MAX_CONNECTIONS },
  secret: 'env:ANONYMIZE_SECRET',
  parallel: 2,
  tables: {
    'app.event': { keep: ['id'], columns: { payload: 'hash' } },
    'app.person': { keep: ['id'], columns: { email: 'email' } },
  },
};
const NAMES = Object.keys(CONFIG.tables);

let source: TestDatabase;
let targets: readonly TestDatabase[];
beforeAll(async () => {
  source = await createDatabase();
  await source.query(`
    create role ${ROLE} login password '${PASSWORD}' connection limit ${JOBS * 2 * MAX_CONNECTIONS};
    ${SCHEMA} ${ROWS}; ${GRANTS}`);
  const template = await createDatabase();
  await template.query(`${SCHEMA} ${GRANTS}`);
  const made: TestDatabase[] = [template];
  while (made.length < JOBS) {
    const target = await createDatabase({ template });
    await target.query(GRANTS);
    made.push(target);
  }
  targets = made;
});
afterAll(async () => {
  for (const target of targets) {
    await target.query(`drop owned by ${ROLE} cascade`);
    await target.drop();
  }
  await source.query(`drop owned by ${ROLE} cascade; drop role ${ROLE}`);
  await source.drop();
});

const environment = (target: TestDatabase) => ({
  SOURCE_URL: databaseUrl(source.name, { user: ROLE, password: PASSWORD }),
  TARGET_URL: databaseUrl(target.name, { user: ROLE, password: PASSWORD }),
  ANONYMIZE_SECRET: SECRET,
});

test(`${JOBS} runs over one source at once fill ${JOBS} targets, with no more connections than they may have`, async () => {
  const ended = await withConfig(CONFIG, file =>
    Promise.all(targets.map(target => runCli(['sync', '--config', file], environment(target)))),
  );
  for (const { exitCode, stderr, stdout } of ended) {
    expect(exitCode, stderr).toBe(0);
    expect(stdout, 'none was refused a connection').not.toMatch(/retr(y|ies)/);
  }
  const [first, ...others] = await Promise.all(targets.map(({ query }) => contentsOf(query, NAMES)));
  expect(first?.[0]).toMatch(/^20000 /);
  for (const other of others) expect(other).toEqual(first);
});

test(`of ${JOBS} starts of the same run at once, one runs and the others exit 75`, async () => {
  const [target] = targets;
  if (!target) throw new Error('there is no target');
  const opened = Promise.withResolvers<void>();
  const isCopy = (chunk: Buffer): boolean => chunk.includes('to stdout');
  // Whoever copies first waits until all others have ended.
  await withProxy(source.url, { toServer: chunk => (isCopy(chunk) ? opened.promise : undefined) }, ({ url }) =>
    withConfig(CONFIG, async file => {
      const env = { ...environment(target), SOURCE_URL: url };
      let left = JOBS;
      const all = Array.from({ length: JOBS }, async () => {
        const ended = await runCli(['sync', '--config', file], env);
        if (--left === 1) opened.resolve();
        return ended;
      });
      const ended = await Promise.all(all);
      const refused = ended.filter(({ exitCode }) => exitCode !== 0);
      expect(ended.length - refused.length).toBe(1);
      for (const one of refused) expectFailure(one, { code: 'ANON_ALREADY_RUNNING', exit: 75 });
    }),
  );
  expect((await contentsOf(target.query, NAMES))[0]).toMatch(/^20000 /);
});
