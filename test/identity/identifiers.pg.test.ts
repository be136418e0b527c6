// Hostile names in every place: schemas, tables, columns, constraints, sequences and keys of the configuration.

import { expect, test } from 'vitest';
import { tableKey } from '../../src/pg/table-key.ts';
import { createDatabase, hashTable } from '../database.ts';
import { configOf, dropPair, syncPair } from '../sync.ts';
import { quote } from './schema.ts';

const NAMES = [
  ...['"', '""', "'", "''", '`', ';', '; drop table x; --', '--', '/*', '*/', '\\', '\\.', '\\N', '$$', '$1', '$tag$'],
  ...[
    '%',
    '%I',
    '%s',
    '{}',
    '[0]',
    '*',
    '?',
    '.',
    '..',
    'a.b',
    ' ',
    '  two',
    'tab\there',
    'line\nbreak',
    '\r\n',
    '\u0001',
  ],
  ...[
    'SELECT',
    'Order',
    'table',
    'user',
    'null',
    'true',
    'UPPER',
    'miXed',
    '1',
    '-1',
    '1e3',
    '__proto__',
    'constructor',
  ],
  ...[
    'toString',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
    'é',
    '\u202Eright',
    '\ufeff',
    'ünï çödé',
    ':param',
    '@x',
    '#',
    '&',
    '=',
    '<b>',
    'x'.repeat(63),
  ],
  ...['漢'.repeat(21), '=cmd|x', "O'Hara", 'ctid_', 'tableoid2', 'keep', 'skip', 'columns'],
];

/** The names of one schema, each place a different one. */
const placesOf = (n: number) => {
  const name = (shift: number): string => NAMES[(n + shift) % NAMES.length] ?? '';
  return {
    schema: name(0),
    table: name(1),
    column: name(2),
    constraint: name(3),
    sequence: name(4),
    child: name(5),
    key: name(6),
  };
};

test(`${NAMES.length} names in six places change nothing`, async () => {
  expect(new Set(NAMES).size).toBeGreaterThanOrEqual(40);
  const [source, target] = [await createDatabase(), await createDatabase()];
  const rules: Record<string, unknown> = {};
  const tables: { readonly from: string; readonly kept: string; readonly masked: string; readonly key: string }[] = [];
  try {
    for (const [n] of NAMES.entries()) {
      const { schema, table, column, constraint, sequence, child, key } = placesOf(n);
      const [inSchema, parent, masked, id] = [`${quote(schema)}.`, quote(table), quote(column), quote(key)];
      const make = `create schema ${quote(schema)};
        create sequence ${inSchema}${quote(sequence)};
        create table ${inSchema}${parent} (${id} bigint default nextval('${inSchema.replaceAll("'", "''")}${quote(sequence).replaceAll("'", "''")}') unique,
          ${masked} text not null, constraint ${quote(constraint)} unique (${masked}));
        create table ${inSchema}${quote(child)} (${masked} text, constraint ${quote(constraint)} foreign key (${masked})
          references ${inSchema}${parent} (${masked}), check (${masked} <> ''))`;
      for (const { query } of [source, target]) await query(make);
      await source.query(`insert into ${inSchema}${parent} (${masked}) select 'value ' || i from generate_series(1, 3) i;
        insert into ${inSchema}${quote(child)} select ${masked} from ${inSchema}${parent}`);
      rules[tableKey({ schema, name: table })] = { keep: [key], columns: Object.fromEntries([[column, 'hash']]) };
      rules[tableKey({ schema, name: child })] = { keep: [] };
      tables.push({ from: `${inSchema}${parent}`, kept: id, masked, key: tableKey({ schema, name: table }) });
    }
    const report = await syncPair({ source, target }, configOf(rules));
    expect(report.tables.map(one => one.name)).toEqual(expect.arrayContaining(tables.map(one => one.key)));
    for (const { from, kept, masked } of tables) {
      expect(await hashTable(target.query, from, [kept])).toEqual(await hashTable(source.query, from, [kept]));
      expect(await target.query(`select ${kept} from ${from} where ${masked} like 'value%'`)).toEqual([]);
    }
    for (const state of [CONSTRAINTS, SEQUENCES]) {
      expect(await target.query(state)).toEqual(await source.query(state));
    }
  } finally {
    await dropPair({ source, target });
  }
});

const CONSTRAINTS = `
  select n.nspname, t.relname, c.conname, c.contype, c.convalidated, pg_get_constraintdef(c.oid) as definition
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema', 'pgveil') order by 1, 2, 3`;
const SEQUENCES = `
  select schemaname, sequencename, last_value from pg_sequences where schemaname <> 'pgveil' order by 1, 2`;
