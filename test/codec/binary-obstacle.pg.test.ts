// Portability, tried: two databases with the same types under different OIDs, and every type copied in binary between them.

import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binaryObstacle } from '../../src/codec/field-types.ts';
import { readCatalog } from '../../src/pg/catalog.ts';
import type { Catalog } from '../../src/pg/catalog-types.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

/** Types by what stands in their way, each with a value. */
const PORTABLE: readonly (readonly [string, string])[] = [
  ['int4', '42'],
  ['varchar(10)', "'é'"],
  ['char(5)', "'ab'"],
  ['numeric(30,10)', "'123456789.0123456789'"],
  ['interval', "'1 year 2 days 03:04:05.6'"],
  ['timetz', "'12:00:00+02'"],
  ['inet', "'10.0.0.1/8'"],
  ['macaddr', "'08:00:2b:01:02:03'"],
  ['bit(5)', "'10101'"],
  ['money', "'12.34'"],
  ['point', "'(1,2)'"],
  ['tsvector', "'a:1 b:2'"],
  ['jsonb', `'{"a": [1, "é"]}'`],
  ['jsonpath', "'$.a'"],
  ['pg_lsn', "'16/B374D848'"],
  ['oid', '42'],
  ['text[]', `'{a,NULL,"b c"}'`],
  ['timestamptz[]', "'{infinity,2024-02-29}'"],
  ['int4range', "'[1,5)'"],
  ['int4multirange', "'{[1,5),[7,9)}'"],
  ['mood', "'ok'"],
  ['age', '42'],
  ['ages', "'{1,2}'"],
  ['place', '\'(1,"x y")\''],
  ['span', "'[1,5)'"],
  ['mood[]', "'{sad,ok}'"],
  ['age[]', "'{1}'"],
  ['place[]', `'{"(1,x)"}'`],
  ['feeling', "'(1,sad)'"],
  ['mood_span', "'[sad,ok]'"],
];
const NOT_PORTABLE: readonly (readonly [string, string])[] = [
  ['regclass', "'public.named'"],
  ['regtype', "'mood'"],
  ['aclitem', "'pg_monitor=r/pg_monitor'"],
  ['oidvector', "''"],
  ['int2vector', "''"],
];

const TYPES = `
  create type mood as enum ('sad', 'ok');
  create domain age as int check (value > 0);
  create domain ages as int[];
  create type place as (x int, name text);
  create type feeling as (strength int, mood mood);
  create type span as range (subtype = int8);
  create type mood_span as range (subtype = mood);
  create table named ();`;

const table = (type: string): string => `public."of ${type}"`;
const CREATE = [...PORTABLE, ...NOT_PORTABLE].map(([type]) => `create table ${table(type)} (v ${type});`).join('\n');

let source: TestDatabase;
let target: TestDatabase;
let from: pg.Client;
let into: pg.Client;
let catalog: Catalog;

const connect = async ({ url }: TestDatabase): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
};

beforeAll(async () => {
  source = await createDatabase();
  target = await createDatabase();
  const values = [...PORTABLE, ...NOT_PORTABLE].map(
    ([type, value]) => `insert into ${table(type)} values (${value}), (null);`,
  );
  await source.query(TYPES + CREATE + values.join('\n'));
  await target.query(`create type earlier as enum ('so that the OIDs differ'); ${TYPES} ${CREATE}`);
  from = await connect(source);
  into = await connect(target);
  catalog = await readCatalog(from);
});

afterAll(async () => {
  await from.end();
  await into.end();
  await source.drop();
  await target.drop();
});

function obstacle(type: string): string | undefined {
  const column = catalog.tables.find(({ name }) => name === `of ${type}`)?.columns[0];
  const found = column && catalog.types.get(column.type);
  if (!found) throw new Error(`${type} is in the catalogue`);
  return binaryObstacle(found, catalog.types, { source: catalog.major, target: catalog.major });
}

/** Copies in binary; returns what both sides print, or the SQLSTATE of the refusal. */
async function copyInBinary(type: string): Promise<{ source: string; target: string }> {
  const outcome = await pipeline(
    from.query(copyStreams.to(`copy ${table(type)} to stdout with (format binary)`)),
    into.query(copyStreams.from(`copy ${table(type)} from stdin with (format binary)`)),
  ).catch((error: unknown) => `refused: ${error instanceof pg.DatabaseError ? error.code : error}`);
  const printed = async (client: pg.Client) =>
    JSON.stringify((await client.query(`select v::text from ${table(type)}`)).rows);
  return { source: await printed(from), target: outcome ?? (await printed(into)) };
}

describe('a type without an obstacle arrives as it was', () => {
  test.each(PORTABLE)('%s', async type => {
    expect(obstacle(type)).toBeUndefined();
    const copied = await copyInBinary(type);
    expect(copied.target).toBe(copied.source);
  });
});

describe('a type with an obstacle is refused, or arrives as something else', () => {
  test.each(NOT_PORTABLE)('%s', async type => {
    expect(obstacle(type)).toBeTypeOf('string');
    const copied = await copyInBinary(type);
    expect(copied.target).not.toBe(copied.source);
  });
});
