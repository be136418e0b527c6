// docs/roles.md is true: its roles can do a whole run, and each of its lines is needed.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError, migrate, sync, withControl } from '../../src/index.ts';
import { createDatabase, databaseUrl, type TestDatabase } from '../database.ts';
import { configOf, createPair, dropPair, type Pair, SECRET } from '../sync.ts';

const PAGE = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8');
const PASSWORD = 'only for this test';
const [READER, WRITER, KEEPER, OWNER] = ['reader', 'writer', 'keeper', 'owner'].map(name => `${name}_${process.pid}`);
const SCHEMA = `
  create schema app;
  create table app.person (id serial primary key, name text, mail text);
  create table app.visit (id int primary key, person int references app.person)`;
const TABLES = {
  'app.person': { keep: ['id'], columns: { name: 'hash', mail: 'tokenize' } },
  'app.visit': 'keep',
};
/** In the order of the page: what is said without it, or undefined where the page says that it may be missing. */
const WITHOUT: Readonly<Record<string, RegExp | undefined>> = {
  'grant usage on schema SCHEMA to READER': /USAGE on the schema/,
  'grant select on all tables in schema SCHEMA to READER': /SELECT on id/,
  'grant select on all sequences in schema SCHEMA to READER': undefined,
  'grant create on database TARGET to WRITER': /schema pgveil \(the ledger\)/,
  'grant usage, create on schema SCHEMA to WRITER': /CREATE/,
  'grant OWNER to WRITER': /ownership/,
};

let pair: Pair;
let control: TestDatabase;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  control = await createDatabase();
  const { source, target } = pair;
  await source.query(`insert into app.person (name, mail) select 'n' || n, 'm' || n from generate_series(1, 50) n;
    insert into app.visit select n, n from generate_series(1, 50) n`);
  await target.query(`create role ${OWNER}; alter table app.person owner to ${OWNER}; alter table app.visit owner to ${OWNER};
    grant usage on schema app to ${OWNER}`);
  for (const database of [source, target, control]) {
    await database.query(`revoke all on database ${database.name} from public`);
  }
  await source.query(block('source'));
  await target.query(block('target'));
  await control.query(block('control'));
  for (const role of [READER, WRITER, KEEPER]) await control.query(`alter role ${role} password '${PASSWORD}'`);
});
afterAll(async () => {
  for (const database of [pair.source, pair.target, control]) {
    await database.query(`drop owned by ${READER}, ${WRITER}, ${KEEPER}, ${OWNER} cascade`);
  }
  await control.query(`drop role ${READER}, ${WRITER}, ${KEEPER}, ${OWNER}`);
  await Promise.all([dropPair(pair), control.drop()]);
});

describe('the roles of docs/roles.md', () => {
  test('are enough for migrations and a run with tokens', async () => {
    await withControl(config(), environment(), migrate);
    expect((await sync(config(), { env: environment() })).rows).toBe(100);
    expect(
      await pair.target.query(`select count(*)::int as rows from app.visit join app.person p on p.id = person`),
    ).toEqual([{ rows: 50 }]);
  });

  test.each(Object.entries(WITHOUT))('without `%s`', async (statement, says) => {
    const database = statement.includes('READER') ? pair.source : pair.target;
    await pair.target.query('drop schema if exists pgveil cascade');
    await database.query(named(statement.replace(/^grant/, 'revoke').replace(/ to (\w+)$/, ' from $1')));
    const outcome = await sync(config(), { env: environment() }).catch((error: unknown) => error);
    await database.query(named(statement));
    if (says === undefined) return expect(outcome).toMatchObject({ rows: 100 });
    expect(outcome).toBeInstanceOf(AnonymizeError);
    const { exitCode, findings } = outcome as AnonymizeError; // expected above
    expect(exitCode).toBe(77);
    expect(findings.map(({ message }) => message).join('\n')).toMatch(says);
  });

  test('has a case for every right of the blocks but CONNECT', () => {
    const rights = ['source', 'target'].flatMap(name => block(name, PAGE).match(/grant .+(?=;)/g) ?? []);
    const cases = Object.keys(WITHOUT).map(statement =>
      statement.replace('grant create on', 'grant connect, create on'),
    );
    expect(rights.filter(right => !right.startsWith('grant connect on'))).toEqual(cases);
  });
});

/** The SQL of a block of the page, with the names of this test unless another page is given. */
function block(name: string, page = named(PAGE)): string {
  const [, sql] = new RegExp(`\`\`\`sql ${name}\n(.*?)\`\`\``, 's').exec(page) ?? [];
  if (!sql) throw new Error(`docs/roles.md has no block ${name}`);
  return sql;
}

function named(text: string): string {
  const names = { READER, WRITER, KEEPER, OWNER, SCHEMA: 'app', SOURCE: pair.source.name, TARGET: pair.target.name };
  const all: Record<string, string | undefined> = { ...names, CONTROL: control.name };
  return text.replace(/\b[A-Z]{5,}\b/g, word => all[word] ?? word);
}

function config() {
  return configOf(TABLES, { control: { url: 'env:CONTROL_URL' } });
}

function environment(): Record<string, string> {
  const url = (database: TestDatabase, user = ''): string => databaseUrl(database.name, { user, password: PASSWORD });
  return {
    SOURCE_URL: url(pair.source, READER),
    TARGET_URL: url(pair.target, WRITER),
    CONTROL_URL: url(control, KEEPER),
    ANONYMIZE_SECRET: SECRET,
  };
}
