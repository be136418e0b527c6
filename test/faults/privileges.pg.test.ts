import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, databaseUrl, type TestDatabase } from '../database.ts';
import { expectFailure } from './cli.ts';
import { CONFIG, useWorld } from './world.ts';

const withPair = useWorld({ events: 500 });
const PASSWORD = 'canary-password';
const role = `reader_${process.pid}`;
const owner = `owner_${process.pid}`;
let admin: TestDatabase;
beforeAll(async () => {
  admin = await createDatabase();
  await admin.query(
    `create role ${role} login password '${PASSWORD}'; create role ${owner} login password '${PASSWORD}'`,
  );
});
afterAll(async () => {
  await admin.query(`drop role ${role}; drop role ${owner}`);
  await admin.drop();
});

/** Roles are the server's, their rights the database's: without this they could not be dropped. */
const forget = (database: TestDatabase) => database.query(`drop owned by ${role}, ${owner}`);

test('every privilege that is missing on the source is named, with the SQL that grants it', async () => {
  const source = `
    grant usage on schema app to ${role};
    grant select (id, email, name, born, amount, boss) on app.person to ${role};
    grant select on app.event to ${role};
    create schema locked; create table locked.thing (id int); grant select on locked.thing to ${role};
    alter table app.orders enable row level security; grant select on app.orders to ${role};
    create policy few on app.orders using (id < 4)`;
  await withPair({ source, target: 'create schema locked; create table locked.thing (id int)' }, async pair => {
    const env = { SOURCE_URL: databaseUrl(pair.source.name, { user: role, password: PASSWORD }) };
    const config = { ...CONFIG, tables: { ...CONFIG.tables, 'locked.thing': 'keep' } };
    expectFailure(await pair.sync({ config, env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
      exit: 77,
      says: [
        `app.person: source role ${role} lacks SELECT on note.`,
        `grant select (note) on app.person to ${role}`,
        `locked.thing: source role ${role} lacks USAGE on the schema.`,
        `grant usage on schema locked to ${role}`,
        `app.orders: source role ${role} lacks BYPASSRLS`,
      ],
      hides: [PASSWORD],
    });
    await pair.expectUntouched();
    await forget(pair.source);
  });
});

test('rights on columns are enough for the source, where the others are generated', async () => {
  const source = `
    grant usage on schema app to ${role};
    grant select (id, email, name, note, born, amount, boss) on app.person to ${role};
    grant select on app.event, app.orders to ${role}`;
  await withPair({ source }, async pair => {
    const env = { SOURCE_URL: databaseUrl(pair.source.name, { user: role, password: PASSWORD }) };
    expect(await pair.sync({ env })).toMatchObject({ exitCode: 0 });
    await pair.expectComplete();
    await forget(pair.source);
  });
});

test('ownership, USAGE and CREATE that are missing on the target are named', async () => {
  await withPair({ target: `alter table app.event owner to ${owner}` }, async pair => {
    const env = { TARGET_URL: databaseUrl(pair.target.name, { user: owner, password: PASSWORD }) };
    expectFailure(await pair.sync({ env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE', 'ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
      exit: 77,
      says: [
        `app.person: target role ${owner} lacks ownership.`,
        `app.orders: target role ${owner} lacks ownership.`,
        `schema app: target role ${owner} lacks USAGE and CREATE.`,
        `grant usage, create on schema app to ${owner}`,
        `schema pgveil (the ledger): target role ${owner} lacks CREATE.`,
        /grant create on database test_\w+ to owner_\d+/,
      ],
      hides: [PASSWORD],
    });
    await pair.expectUntouched();
    await forget(pair.target);
  });
});

test('a table that the plan leaves alone, and that references a planned one, must be owned too', async () => {
  const target = `
    create table app."Audit Trail" (person int constraint audit_person references app.person);
    create table app.unrelated (id int primary key, other int references app.unrelated);
    alter table app.event owner to ${owner}; alter table app.person owner to ${owner}; alter table app.orders owner to ${owner};
    alter table app."Audit Trail" owner to ${role}; alter table app.unrelated owner to ${role};
    grant usage, create on schema app to ${owner}; do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$`;
  await withPair({ target }, async pair => {
    const env = { TARGET_URL: databaseUrl(pair.target.name, { user: owner, password: PASSWORD }) };
    expectFailure(await pair.sync({ env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE'],
      exit: 77,
      says: [
        `app."Audit Trail": target role ${owner} lacks ownership, to put aside its foreign key audit_person into app.person.`,
        `alter table app."Audit Trail" owner to ${owner}, or make it a member of the owner.`,
      ],
      hides: [PASSWORD],
    });
    await pair.expectUntouched();
    await forget(pair.target);
  });
});

test('a ledger of another role is refused before anything is written, with what opens it', async () => {
  const target = `
    create schema pgveil authorization ${role};
    set role ${role}; create table pgveil.run (id text); create table pgveil.slice (run text); reset role;
    alter table app.event owner to ${owner}; alter table app.person owner to ${owner}; alter table app.orders owner to ${owner};
    grant usage, create on schema app to ${owner}; grant select, insert, update, delete on pgveil.slice to ${owner}`;
  await withPair({ target }, async pair => {
    const env = { TARGET_URL: databaseUrl(pair.target.name, { user: owner, password: PASSWORD }) };
    expectFailure(await pair.sync({ env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
      exit: 77,
      says: [
        `schema pgveil (the ledger): target role ${owner} lacks USAGE and CREATE.`,
        `grant usage, create on schema pgveil to ${owner}`,
        `lacks SELECT, INSERT, UPDATE and DELETE on run.`,
        `grant select, insert, update, delete on all tables in schema pgveil to ${owner}`,
      ],
      hides: [PASSWORD],
    });
    await forget(pair.target);
  });
});

test('what grants a right is SQL that can be run, whatever the names', async () => {
  const source = `create schema "My Schema"; create table "My Schema"."Order" (id int, "Na""me" text, "user" text)`;
  await withPair({ source, target: source }, async pair => {
    const env = { SOURCE_URL: databaseUrl(pair.source.name, { user: role, password: PASSWORD }) };
    const skipped = Object.fromEntries(Object.keys(CONFIG.tables).map(name => [name, 'skip']));
    const config = { ...CONFIG, tables: { ...skipped, 'My Schema.Order': 'keep' } };
    const hints = [
      `grant usage on schema "My Schema" to ${role}`,
      `grant select (id, "Na""me", "user") on "My Schema"."Order" to ${role}`,
    ];
    expectFailure(await pair.sync({ config, env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE', 'ANON_PRIVILEGE'],
      exit: 77,
      says: hints,
      hides: [PASSWORD],
    });
    for (const hint of hints) await pair.source.query(hint);
    expect(await pair.sync({ config, env })).toMatchObject({ exitCode: 0 });
    await forget(pair.source);
  });
});

test('a where over a column that may not be read is refused', async () => {
  const source = `
    grant usage on schema app to ${role};
    create table app.hidden (id int, secret int); grant select (id) on app.hidden to ${role};
    grant select on app.event, app.orders, app.person to ${role}`;
  await withPair({ source, target: 'create table app.hidden (id int, secret int default 1)' }, async pair => {
    const env = { SOURCE_URL: databaseUrl(pair.source.name, { user: role, password: PASSWORD }) };
    const event = { ...CONFIG.tables['app.event'], where: 'exists (select from app.hidden where secret > 0)' };
    const config = { ...CONFIG, tables: { ...CONFIG.tables, 'app.event': event, 'app.hidden': 'skip' } };
    expectFailure(await pair.sync({ config, env }), {
      code: 'ANON_PRIVILEGE',
      says: [`app.event: source role ${role} lacks`],
      hides: [PASSWORD],
    });
    await pair.expectUntouched();
    await forget(pair.source);
  });
});

test('a governor that could not see what others do is refused, with what lets it look', async () => {
  const source = `
    grant usage on schema app to ${role};
    grant select on app.event, app.orders, app.person to ${role}`;
  await withPair({ source }, async pair => {
    const env = { SOURCE_URL: databaseUrl(pair.source.name, { user: role, password: PASSWORD }) };
    const config = { ...CONFIG, governor: { active_sessions: 50 } };
    expectFailure(await pair.sync({ config, env }), {
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: ['ANON_PRIVILEGE'],
      exit: 77,
      says: [
        `governor: source role ${role} lacks membership in pg_read_all_stats.`,
        `grant pg_read_all_stats to ${role}`,
      ],
      hides: [PASSWORD],
    });
    await pair.expectUntouched();
    await forget(pair.source);
  });
});
