// Every type of PostgreSQL 15 and later that a column can have, arrays of each, and what users make of them, with the values
// at their ends. A table of each type is made by `typeTables`.

import { literal, USER_TYPES, VALUES } from './values.ts';

/** A type as a column has it, and its values as SQL expressions. */
export interface ColumnOfType {
  readonly type: string;
  readonly values: readonly string[];
}

/** Extensions whose types are copied; both servers need them. */
export const EXTENSIONS = ['citext', 'cube', 'hstore', 'isn', 'lo', 'ltree', 'seg', 'intarray', 'pg_trgm'] as const;

/** Types and domains of users, besides those of values.ts. */
export const MADE_TYPES = `${USER_TYPES};
  create domain public.positive as int check (value > 0);
  create domain public.positives as public.positive[] check (cardinality(value) < 9);
  create domain public.required_text as text not null default '';
  create type public.place as (name text, at point, tags public.moods);
  create type public.visit as (who public.place, "When ""it""" tstzrange, rating public.positive, moods public.mood[]);
  create domain public.known_place as public.place check (value is null or (value).name is not null);
  create domain public.known_places as public.known_place[];
  create type public.texts as range (subtype = text, collation = "C");
  create type public.places as range (subtype = public.positive);
  create table public.as_type (gone int, a int, b text[]);
  alter table public.as_type drop column gone`;

/** A fresh number of digits is made by the server: literals of this size are too large for one statement each. */
const HUGE = {
  numeric: [
    `repeat('9', 131072)::numeric`,
    `('0.' || repeat('0', 16382) || '1')::numeric`,
    `('-' || repeat('7', 131072) || '.' || repeat('3', 16383))::numeric`,
  ],
  text: [`repeat(E'wide \\t row \\\\ 漢', 60000)`],
  bytea: [`decode(repeat('00ff0a5c', 200000), 'hex')`],
  'text[]': [`array_fill('x'::text, array[3, 4, 5], array[-1, 0, 2147483640])`],
  jsonb: [`jsonb_build_object('deep', (repeat('[', 500) || repeat(']', 500))::jsonb, 'n', repeat('8', 3000)::numeric)`],
} as const;

/** Types that values.ts does not have, or not all of their ends. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  'char(1)': ['', 'x', ' '],
  varchar: ['', ' trailing  ', 'x'],
  'numeric(1000,1000)': [`0.${'0'.repeat(999)}1`, `-0.${'9'.repeat(1000)}`, 'NaN'],
  'numeric(5,-3)': ['12345000', '-99999000'],
  'time(0)': ['24:00:00', '00:00:00'],
  'timestamp(3)': ['-infinity', '2024-02-29 23:59:59.999', '4713-01-01 00:00:00 BC'],
  'interval year to month': ['-178956970 years -8 mons', '1 mon'],
  'interval second(2)': ['59.99', '-00:00:00.01'],
  xml: ['<a b="c">\n<!-- -->&amp;</a>', 'two <b/> parts', ''],
  cid: ['0', '4294967295'],
  xid8: ['0', '18446744073709551615'],
  txid_snapshot: ['10:20:10,14,15', '1:9223372036854775807:'],
  regproc: ['pg_catalog.now', '-'],
  regoper: ['pg_catalog.||/', '0'],
  regoperator: ['+(integer,integer)', '0'],
  regrole: ['-', '"pg_monitor"'],
  regnamespace: ['pg_catalog', '"Odd ""schema""."'],
  regconfig: ['simple', 'pg_catalog.english'],
  regdictionary: ['simple'],
  regcollation: ['"C"', 'pg_catalog."POSIX"'],
  int8range: ['[-9223372036854775808,9223372036854775807)', '(,)'],
  daterange: ['[-infinity,infinity)', '[4713-01-01 BC,5874897-12-31)', 'empty'],
  tsrange: ['(-infinity,"4713-01-01 00:00:00 BC"]', '(,infinity)'],
  int4multirange: ['{}', '{(,1),[3,4),[2147483640,)}'],
  nummultirange: ['{[-Infinity,-1.50],[NaN,NaN]}', '{(,)}'],
  tsmultirange: ['{[-infinity,infinity]}'],
  tstzmultirange: ['{["0001-01-01 00:00:00+00 BC","2024-01-01 00:00:00+00"),[infinity,]}'],
  datemultirange: ['{[-infinity,2000-01-01),[2001-01-01,)}'],
  'public.positive': ['1', '2147483647'],
  'public.positives': ['{}', '{1,NULL,3}', '[5:6]={7,8}'],
  'public.required_text': ['', '\\N'],
  'public.place': ['(,,)', '("a ""b"" \\\\ ,","(NaN,-0)","{glad,""so-so 😀""}")'],
  'public.known_place': ['(x,"(1,2)",{})'],
  'public.known_places': ['{}', '{"(x,,)",NULL}'],
  'public.visit': ['(,empty,,)', '("(home,""(1,2)"",{glad})","[""2024-01-01 00:00:00+00"",)",5,"{NULL,glad}")'],
  'public.texts': ['[a,"b\\\\,\\"]")', 'empty', '(,"")'],
  'public.places': ['[1,9)', '(,5]'],
  'public.as_type': ['(1,"{a,NULL,\\"\\"}")', '(,)'],
  citext: ['', 'MiXeD\\'],
  cube: ['(0),(1)', '(1,NaN,Infinity)', '(-0,1e-300),(2,3)'],
  hstore: ['', '"a"=>"1", "b"=>NULL, ""=>"\\"q\\" \\\\"'],
  isbn13: ['978-0-393-04002-9'],
  ean13: ['0000000000000'],
  lo: ['0', '4294967295'],
  ltree: ['', 'Top.Science.Astronomy'],
  lquery: ['Top.*{1,3}.!a|b@'],
  ltxtquery: ['a & (b | !c*)'],
  seg: ['1 .. 2', '~1.50', '5 ..'],
  query_int: ['1&(2|!3)'],
};

/** Types of which there are no arrays that tests could write simply. */
const WITHOUT_ARRAY = new Set([
  'aclitem',
  'int2vector',
  'oidvector',
  'box',
  'numeric',
  'text',
  'bytea',
  'public.required_text',
]);

/** Values that a newer server only knows. */
const SINCE: Readonly<Record<string, { readonly major: number; readonly values: readonly string[] }>> = {
  interval: { major: 17, values: ['infinity', '-infinity'] },
};

/** All columns for a server of this version: each type, and an array of it with NULLs, two dimensions and other bounds. */
export function everyType(major: number): readonly ColumnOfType[] {
  const listed = Object.entries({ ...VALUES, ...MORE }).filter(([, values]) => values.length > 0);
  const single = listed.map(([type, values]): ColumnOfType => {
    const { [type]: since } = SINCE;
    const texts = [...values, ...(since && since.major <= major ? since.values : [])];
    const huge = (HUGE as Readonly<Record<string, readonly string[]>>)[type] ?? [];
    return { type, values: [...texts.map(text => literal(type, text)), ...huge] };
  });
  const arrays = single
    .filter(({ type }) => !type.endsWith('[]') && !WITHOUT_ARRAY.has(type))
    .map(({ type, values }): ColumnOfType => {
      const [first = 'null'] = values;
      const last = values.at(-1) ?? 'null';
      return {
        type: `${type}[]`,
        values: [
          `array[${[...values, 'null'].join(', ')}]::${type}[]`,
          `array[[${first}, null], [null, ${last}]]::${type}[]`,
          `'{}'::${type}[]`,
        ],
      };
    });
  return [...single, ...arrays.filter(array => !single.some(({ type }) => type === array.type))];
}

/** The tables of a type: one whose format is chosen, and one that has to travel in text. */
export const tablesOf = (number: number): readonly [string, string] => [`public.t${number}`, `public.in_text${number}`];

/** SQL that makes both tables. */
export const createTables = ({ type }: ColumnOfType, number: number): string => {
  const [chosen, text] = tablesOf(number);
  return `create table ${chosen} (id int, value ${type}); create table ${text} (id int, value ${type}, without_binary aclitem)`;
};

/** SQL that fills them: a NULL, and each value. */
export function fillTables({ type, values }: ColumnOfType, number: number): string {
  const rows = [...(type === 'public.required_text' ? [] : ['null']), ...values].map(
    (value, id) => `(${id}, ${value})`,
  );
  return tablesOf(number)
    .map(table => `insert into ${table} (id, value) values ${rows.join(', ')}`)
    .join('; ');
}
