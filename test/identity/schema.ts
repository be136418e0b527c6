// Random schemas with rows: every kind of table that holds rows, columns of every type, names of every kind.

import fc from 'fast-check';
import { anyPoint } from '../any-point.ts';
import { literal, VALUES } from './values.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

const SHAPES = [
  'plain',
  'keyed',
  'unlogged',
  'generated',
  'dropped',
  'partitioned',
  'inherited',
  'columnless',
] as const;
type Shape = (typeof SHAPES)[number];

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly shape: Shape;
  readonly columns: readonly Column[];
  /** For each row and column a number that picks a value, or NULL. */
  readonly rows: readonly (readonly number[])[];
  /** The target has the columns in the other order. */
  readonly isReversed: boolean;
}

/** A relation that holds rows, and its columns in the order of the source. */
export interface Leaf {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const nameOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${quote(schema)}.${quote(name)}`;

const ODD_NAMES = [
  ...[
    'select',
    'ORDER',
    '__proto__',
    'constructor',
    'ctid_',
    'a.b',
    '*',
    'x?y',
    '"',
    '""',
    "it's",
    'back\\slash',
    '%I',
  ],
  ...['$1', '😀', 'e\u0301', ' ', ' lead', 'tab\there', 'line\nbreak', '--', '/*', '{}', '[0]', ':x', 'ünï çödé', '-'],
];

/** PostgreSQL cuts names off at 63 bytes; a suffix of 4 must fit. No lone surrogates, as they are no UTF-8. */
const names = fc.oneof(
  fc.constantFrom(...ODD_NAMES),
  fc
    .string({ unit: anyPoint, minLength: 1, maxLength: 14 })
    .filter(name => !name.includes('\0') && name.isWellFormed() && Buffer.byteLength(name) <= 56),
);

/** Columns that the shapes themselves have. */
const OWN_COLUMNS = ['id', 'part', 'twice', 'extra', 'gone'];
const columns = fc.uniqueArray(
  fc.record({
    name: names.filter(name => !OWN_COLUMNS.includes(name)),
    type: fc.constantFrom(...Object.keys(VALUES)),
  }),
  { minLength: 1, maxLength: 9, selector: column => column.name },
);

const table = (shape: Shape): fc.Arbitrary<Table> =>
  columns.chain(chosen =>
    fc.record({
      schema: fc.constantFrom('public', 'Odd "schema".'),
      name: names,
      shape: fc.constant(shape),
      columns: fc.constant(chosen),
      rows: fc.array(fc.array(fc.nat(1000), { minLength: chosen.length, maxLength: chosen.length }), { maxLength: 25 }),
      isReversed: fc.boolean(),
    }),
  );

/** Every relation that `createTable` makes. */
const relationsOf = (one: Table): string[] =>
  ['', '_1', '_2', '_d', '_d1'].map(suffix => nameOf({ ...one, name: one.name + suffix }));

/** A schema with a table of each shape. */
export const schemas: fc.Arbitrary<readonly Table[]> = fc
  .tuple(...SHAPES.map(table))
  .filter(tables => new Set(tables.flatMap(relationsOf)).size === tables.flatMap(relationsOf).length);

const define = (all: readonly Column[], isReversed: boolean): string[] => {
  const lines = all.map(({ name, type }) => `${quote(name)} ${type}`);
  return isReversed ? lines.reverse() : lines;
};

/** SQL that makes the table. */
export function createTable(one: Table, side: 'source' | 'target'): string {
  const name = nameOf(one);
  const part = (suffix: string): string => nameOf({ ...one, name: one.name + suffix });
  const lines = define(one.columns, one.isReversed && side === 'target');
  const all = (...more: string[]): string => [...more, ...lines].join(', ');
  switch (one.shape) {
    case 'plain':
      return `create table ${name} (${all('id int')})`;
    case 'keyed':
      return `create table ${name} (${all('id int primary key generated always as identity')})`;
    case 'unlogged':
      return `create unlogged table ${name} (${all('id bigserial unique')})`;
    case 'generated':
      return `create table ${name} (${all('id int', 'twice bigint generated always as (id::bigint * 2) stored')})`;
    case 'dropped':
      return `create table ${name} (${all('gone text', 'id int')}); alter table ${name} drop column gone`;
    case 'partitioned':
      return `create table ${name} (${all('id int', 'part int')}) partition by list (part);
        create table ${part('_1')} partition of ${name} for values in (1);
        create table ${part('_2')} (${all('gone int', 'part int', 'id int')}); alter table ${part('_2')} drop column gone;
        alter table ${name} attach partition ${part('_2')} for values in (2);
        create table ${part('_d')} partition of ${name} default partition by range (id);
        create table ${part('_d1')} partition of ${part('_d')} for values from (minvalue) to (maxvalue)`;
    case 'inherited':
      return `create table ${name} (${all('id int')}); create table ${part('_1')} (extra text) inherits (${name})`;
    case 'columnless':
      return `create table ${name} ()`;
  }
}

/** One of the values, or NULL. */
const pick = (values: readonly string[], number: number): string | undefined => values[number % (values.length + 1)];

/** SQL that fills it. */
export function insertRows(one: Table): string {
  const { rows, shape } = one;
  if (shape === 'columnless') return rows.map(() => `insert into ${nameOf(one)} default values`).join('; ');
  const own = { keyed: [], unlogged: [], partitioned: ['id', 'part'] }[shape as string] ?? ['id'];
  const list = [...own, ...one.columns.map(column => quote(column.name))].join(', ');
  return rows
    .map((picks, row) => {
      const into = shape === 'inherited' && row % 2 === 1 ? nameOf({ ...one, name: `${one.name}_1` }) : nameOf(one);
      const values = one.columns.map(({ type }, column) => literal(type, pick(VALUES[type] ?? [], picks[column] ?? 0)));
      const owned = own.map(column => (column === 'part' ? String(1 + (row % 4)) : String(row)));
      return `insert into ${into} (${list}) values (${[...owned, ...values].join(', ')})`;
    })
    .join(';\n');
}

/** The relations that hold its rows. */
export function leavesOf(one: Table): Leaf[] {
  const mine = one.columns.map(column => column.name);
  const leaf = (suffix: string, ...more: string[]): Leaf => {
    return { schema: one.schema, name: one.name + suffix, columns: [...more, ...mine] };
  };
  switch (one.shape) {
    case 'partitioned':
      return ['_1', '_2', '_d1'].map(suffix => leaf(suffix, 'id', 'part'));
    case 'inherited':
      return [leaf('', 'id'), leaf('_1', 'extra', 'id')];
    case 'generated':
      return [leaf('', 'id', 'twice')];
    case 'columnless':
      return [{ schema: one.schema, name: one.name, columns: [] }];
    default:
      return [leaf('', 'id')];
  }
}
