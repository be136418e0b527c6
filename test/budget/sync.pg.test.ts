// Syncs that spend a budget of local differential privacy, and the real command that shows it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError, plan } from '../../src/index.ts';
import { migrate } from '../../src/vault/migrate.ts';
import { createDatabase, databaseUrl, type TestDatabase } from '../database.ts';
import { expectFailure, withConfig } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import {
  configOf,
  configText,
  createPair,
  dropPair,
  environmentOf,
  OTHER_SECRET,
  type Pair,
  SECRET,
  syncPair,
} from '../sync.ts';
import { asCommand } from '../vault/control.ts';

const SCHEMA = `
create table person (id int primary key, age int, pay numeric(8,2), doc jsonb);
insert into person select i, 20 + i % 60, i * 10, jsonb_build_object('a', i % 50, 'b', i % 50)
from generate_series(1, 300) as i;
create table visit (id int, day date, cost int, primary key (id, day)) partition by range (day);
create table visit_1 partition of visit for values from ('2026-01-01') to ('2026-02-01');
create table visit_2 partition of visit for values from ('2026-02-01') to ('2026-03-01');
insert into visit select i, date '2026-01-01' + i % 50, i from generate_series(1, 300) as i`;

const noise = (options: object = {}) => ({ strategy: 'noise', epsilon: 1, min: 0, max: 100, ...options });
const step = (rule: unknown) => Object.fromEntries([['then', rule]]); // an object with `then` looks like a promise
const tablesWith = (age: unknown = noise(), rest: object = {}) => ({
  'public.person': { keep: ['id'], columns: { age, pay: 'nullify', doc: 'nullify', ...rest } },
  'public.visit': 'keep',
});

let pair: Pair;
let control: TestDatabase;
let migrated: TestDatabase;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  migrated = await createDatabase();
  await asCommand(migrated, ({ pool }) => migrate(pool));
});
afterAll(async () => {
  await migrated.drop();
  await dropPair(pair);
});

/** Each test has a control database of its own. */
async function withBudget(callback: () => Promise<void>, isMigrated = true): Promise<void> {
  control = await createDatabase(isMigrated ? { template: migrated } : {});
  try {
    await callback();
  } finally {
    await control.drop();
  }
}

const environment = (secret = SECRET) => ({ ...environmentOf(pair, secret), CONTROL_URL: control.url });
const settings = (budget?: object) => ({ control: { url: 'env:CONTROL_URL' }, ...(budget && { budget }) });
const run = (tables: object, budget?: object, secret = SECRET) =>
  syncPair(pair, configOf(tables, settings(budget)), { env: environment(secret), acceptNewSecret: true });

/** `table.column epoch` → ε, in all runs together. */
async function spent(): Promise<Record<string, number>> {
  const rows = await control.query<{ what: string; epsilon: number }>(
    `select table_name || '.' || column_name || coalesce(' ' || epoch, '') as what, sum(epsilon)::float8 as epsilon
     from pgveil_budget.spending group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ what, epsilon }) => [what, epsilon]));
}

const AGE = 'public.person.age';

describe('a sync with noise', () => {
  test('records what it spends, and repeats an epoch for nothing', () =>
    withBudget(async () => {
      const report = await run(tablesWith());
      const first = await pair.target.query('select age from person order by id');
      await run(tablesWith());
      expect(await pair.target.query('select age from person order by id')).toEqual(first);
      expect(await spent()).toEqual({ [`${AGE} 1`]: 1 });
      const rows = await control.query('select run, epsilon, database_name from pgveil_budget.spending order by id');
      expect(rows).toEqual([
        { run: report.run, epsilon: '1', database_name: pair.source.name },
        { run: expect.any(String), epsilon: '0', database_name: pair.source.name },
      ]);
    }));

  test('spends again for what draws anew: an epoch, options, a domain, another secret', () =>
    withBudget(async () => {
      const first = () => pair.target.query('select age from person order by id');
      await run(tablesWith());
      const usual = await first();
      for (const rule of [noise({ epoch: 2 }), noise({ max: 101 }), noise({ epsilon: 2 }), noise({ domain: 'mine' })]) {
        await run(tablesWith(rule));
        expect(await first()).not.toEqual(usual);
      }
      await run(tablesWith(), undefined, OTHER_SECRET);
      expect(await first()).not.toEqual(usual);
      expect(await spent()).toEqual({ [`${AGE} 1`]: 6, [`${AGE} 2`]: 1 });
      await run(tablesWith());
      expect(await spent()).toEqual({ [`${AGE} 1`]: 6, [`${AGE} 2`]: 1 });
    }));

  test('counts what rules hold: chains, cases, paths of documents; partitions once', () =>
    withBudget(async () => {
      const cases = [
        { when: { column: 'id', less_than: 100 }, ...noise({ epsilon: 0.5 }) },
        { when: { column: 'id', less_than: 200 }, ...noise({ epsilon: 0.75 }) },
        'nullify',
      ];
      const chain = { ...noise({ max: '9999.99' }), ...step({ strategy: 'generalize', bucket: 10 }) };
      const doc = { strategy: 'json', paths: { '$.a': noise({ epsilon: 0.25 }), '$.b': noise({ epsilon: 0.25 }) } };
      const tables = tablesWith(cases, { pay: chain, doc });
      await run({ ...tables, 'public.visit': { keep: ['id', 'day'], columns: { cost: noise({ max: 300 }) } } });
      expect(await spent()).toEqual({
        [`${AGE} 1`]: 0.75,
        'public.person.pay 1': 1,
        'public.person.doc 1': 0.5,
        'public.visit.cost 1': 1,
      });
      const [alike] = await pair.target.query<{ rows: number }>(
        `select count(*)::int as rows from person where doc ->> 'a' = doc ->> 'b'`,
      );
      expect(alike!.rows).toBeLessThan(200); // equal values at two paths have noise of their own
    }));

  test('shows in the plan what it would spend, and spends nothing there', () =>
    withBudget(async () => {
      const config = configOf(tablesWith(noise({ delta: 1e-9, mechanism: 'gaussian', epoch: 'q1' })), settings());
      const { tables } = await plan(config, { env: environment() });
      const age = tables.flatMap(({ columns }) => columns).find(({ name }) => name === 'age');
      expect(age?.spends).toEqual([{ epsilon: 1, delta: 1e-9, epoch: 'q1' }]);
      expect(await spent()).toEqual({});
    }));

  test('is recorded under the name that the configuration gives the data', () =>
    withBudget(async () => {
      await run(tablesWith(), { database: 'the shop' });
      expect(await control.query('select database, database_name as name from pgveil_budget.spending')).toEqual([
        { database: 'name:the shop', name: 'the shop' },
      ]);
    }));
});

/** The findings of a run that is refused. */
async function findingsOf(refused: Promise<unknown>): Promise<string[]> {
  const error: unknown = await refused.catch((cause: unknown) => cause);
  if (!(error instanceof AnonymizeError)) throw new Error('it was not refused');
  return error.findings.map(({ code }) => code);
}

describe('a ceiling', () => {
  test('refuses the run, and its plan, before anything is written to the target', () =>
    withBudget(async () => {
      await run(tablesWith(), { epsilon: 1 });
      const before = await pair.target.query('select * from person order by id');
      const next = configOf(tablesWith(noise({ epoch: 2 })), settings({ epsilon: 1.5 }));
      expect(await findingsOf(syncPair(pair, next, { env: environment() }))).toEqual(['ANON_BUDGET_SPENT']);
      expect(await findingsOf(plan(next, { env: environment() }))).toEqual(['ANON_BUDGET_SPENT']);
      expect(await pair.target.query('select * from person order by id')).toEqual(before);
      await run(tablesWith(), { epsilon: 1 }); // the epoch of before
      await run(tablesWith(noise({ epoch: 2 })), { epsilon: 2 });
    }));

  test('takes δ as none where it says nothing of it', () =>
    withBudget(async () => {
      const gaussian = tablesWith(noise({ delta: 1e-9, mechanism: 'gaussian' }));
      expect(await findingsOf(run(gaussian, { epsilon: 9 }))).toEqual(['ANON_BUDGET_SPENT']);
      await run(gaussian, { epsilon: 9, delta: 1e-9 });
    }));

  test('holds for two runs at once, of which only one fits', () =>
    withBudget(async () => {
      const other = await createDatabase({ template: pair.target });
      try {
        const ended = await Promise.allSettled(
          [pair.target, other].map((target, n) => {
            const config = configOf(tablesWith(noise({ epoch: `at once ${n}` })), settings({ epsilon: 1.5 }));
            return syncPair({ source: pair.source, target }, config, {
              env: { ...environment(), TARGET_URL: target.url },
            });
          }),
        );
        expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = ended.find(end => end.status === 'rejected')?.reason as unknown;
        expect(refused).toMatchObject({ code: 'ANON_PREFLIGHT_REFUSED', findings: [{ code: 'ANON_BUDGET_SPENT' }] });
        expect(Object.values(await spent())).toEqual([1]);
      } finally {
        await other.drop();
      }
    }));

  test('is a finding of the plan without a control database, and needs one that is migrated and of its own', async () => {
    expect(await findingsOf(syncPair(pair, configOf(tablesWith(), { budget: { epsilon: 1 } })))).toEqual([
      'ANON_PLAN_BUDGET',
    ]);
    await withBudget(async () => {
      expect(await findingsOf(run(tablesWith(), { epsilon: 1 }))).toEqual(['ANON_CONTROL_MIGRATE']);
      const env = { ...environment(), CONTROL_URL: pair.target.url };
      expect(await findingsOf(syncPair(pair, configOf(tablesWith(), settings()), { env }))).toEqual([
        'ANON_VAULT_PLACE',
      ]);
    }, false);
  });

  test('needs a source that tells its identity, or a name for it', () =>
    withBudget(async () => {
      const role = { user: `reader_${process.pid}`, password: 'reads' };
      await pair.source.query(`create role ${role.user} login password '${role.password}';
        grant select on all tables in schema public to ${role.user}`);
      try {
        const env = { ...environment(), SOURCE_URL: databaseUrl(pair.source.name, role) };
        const sync = (budget?: object) => syncPair(pair, configOf(tablesWith(), settings(budget)), { env });
        await sync(); // as servers come, every role may ask
        await pair.source.query('revoke execute on function pg_control_system() from public');
        await expect(sync()).rejects.toMatchObject({ code: 'ANON_BUDGET_DATABASE' });
        await sync({ database: 'shop' });
      } finally {
        await pair.source.query(`grant execute on function pg_control_system() to public;
          drop owned by ${role.user}; drop role ${role.user}`);
      }
    }));
});

test.each<[object, RegExp]>([
  [{ epsilon: 0 }, /budget.epsilon.*above 0/],
  [{ epsilon: 1, delta: 1 }, /budget.delta.*below 1/],
  [{ delta: 1e-9 }, /budget.delta.*comes with one of ε/],
])('a budget of %j is refused', (budget, says) => {
  try {
    configOf(tablesWith(), { budget });
  } catch (error) {
    expect((error as AnonymizeError).findings.map(({ message }) => message)).toEqual([expect.stringMatching(says)]);
    return;
  }
  expect.unreachable('it was not refused');
});

describe('anonymize budget', () => {
  const budget = (args: readonly string[] = []) =>
    withConfig(configText(tablesWith(), settings({ epsilon: 10, delta: 1e-6 })), file =>
      runHere(['budget', '--config', file, ...args], environment()),
    );

  test('shows what each row has spent, by column and epoch', () =>
    withBudget(async () => {
      expect((await budget()).stdout).toBe('No run has spent any privacy.\n');
      await run(tablesWith());
      await run(tablesWith());
      await run(tablesWith(noise({ epoch: 'next', epsilon: 0.5 })));
      const shown = await budget();
      expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
      expect(shown.stdout).toContain(
        'each row has spent ε = 1.5 of 10, δ = 0 of 0.000001 of local differential privacy',
      );
      expect(shown.stdout).toMatch(/^age +1 +1 +0 +2 {2}20\d\d-\d\d-\d\d$/m);
      expect(shown.stdout).toMatch(/^age +next +0.5 +0 +1 {2}20\d\d-\d\d-\d\d$/m);
      const { ceiling, tables } = JSON.parse((await budget(['--json'])).stdout);
      expect(ceiling).toEqual({ epsilon: 10, delta: 1e-6 });
      expect(tables).toMatchObject([
        {
          database_name: pair.source.name,
          table: 'public.person',
          epsilon: 1.5,
          columns: [
            { column: 'age', epoch: '1', epsilon: 1, delta: 0, runs: 2 },
            { column: 'age', epoch: 'next', epsilon: 0.5, delta: 0, runs: 1 },
          ],
        },
      ]);
    }));

  test('is refused before `anonymize migrate`', () =>
    withBudget(async () => {
      expectFailure(await budget(), { code: 'ANON_CONTROL_MIGRATE' });
    }, false));
});
