// Types of PostgreSQL with values that are easy to get wrong, as PostgreSQL reads them.

/** What the types at the end of the list need. */
export const USER_TYPES = `
  create schema "Odd ""schema"".";
  create type public.mood as enum ('glad', 'so-so 😀', 'it''s "ok", \\N');
  create type public."Pair, ""of""" as (a int, b text);
  create domain public.short as varchar(12) check (value <> 'never');
  create domain public.moods as public.mood[];
  create type public.floats as range (subtype = float8);
  create type public.mood_range as range (subtype = public.mood)`;

const TEXTS = [
  '',
  ' ',
  '\\N',
  '\\.',
  '\\',
  'a\tb\nc\r\nd\be\ff\vg\\t',
  '"quoted", \'twice\'',
  'NULL',
  'e\u0301 ∂ 漢字 👩‍👩‍👧 \u{10ffff} \ufeff',
  'x'.repeat(9_000),
  '漢\\'.repeat(3_000),
];

/** Type → values. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  smallint: ['-32768', '32767', '0'],
  integer: ['-2147483648', '2147483647', '0'],
  bigint: ['-9223372036854775808', '9223372036854775807', '-1'],
  numeric: ['NaN', 'Infinity', '-Infinity', '0.000', '-1e-120', '1e400', '123456789012345678901234567890.1234567890'],
  'numeric(12,3)': ['0', '-999999999.999', 'NaN', '0.010'],
  real: ['-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '3.4028235e38', '0.1'],
  'double precision': ['-0', 'NaN', 'Infinity', '5e-324', '1.7976931348623157e308', '0.1'],
  money: ['-12.34', '92233720368547758.07'],
  boolean: ['t', 'f'],
  text: TEXTS,
  'varchar(12)': ['', 'twelve chars', 'ééééééééé\\N'],
  'char(6)': ['', 'ab', 'ab\t', '👩‍👩'],
  '"char"': ['a', '\\', ''],
  name: ['pg_class', 'Ünïcode'],
  bytea: ['\\x', '\\x00', '\\x00ff0a0d095c2e', `\\x${'00ff5c0a'.repeat(2_000)}`],
  date: ['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '2000-02-29'],
  time: ['24:00:00', '00:00:00.000001', '12:34:56'],
  'time with time zone': ['23:59:59.999999-15:59', '00:00:00+00'],
  timestamp: ['infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999'],
  'timestamp with time zone': [
    'infinity',
    '0001-01-01 00:00:00 BC',
    '294276-12-31 00:00:00+00',
    '2024-03-31 01:59:59+01',
  ],
  interval: ['0', '1 year -2 mons 3 days -04:05:06.789', '-178000000 years', '2147483647 days'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'c0ffee00-dead-4bad-9bad-feedfacecafe'],
  json: ['{"a" : 1,  "a":2}', 'null', '"\\u0000 \\\\ \\t"', '[ ]'],
  jsonb: ['{"b": [1.0, null, "\\\\é\\n"], "a": {}}', 'null', '""'],
  jsonpath: ['$.a[*] ? (@ > 1)'],
  inet: ['10.0.0.1/8', '::1', '192.0.2.1'],
  cidr: ['10.0.0.0/8', '2001:db8::/32'],
  macaddr: ['08:00:2b:01:02:03'],
  macaddr8: ['08:00:2b:01:02:03:04:05'],
  'bit(5)': ['10101'],
  'bit varying': ['', '1', '101010101'],
  point: ['(1.5,-0)', '(NaN,Infinity)'],
  line: ['{1,-1,0}'],
  lseg: ['[(0,0),(1,1)]'],
  box: ['(2,2),(1,1)'],
  path: ['[(0,0),(1,1)]', '((0,0),(1,1),(2,0))'],
  polygon: ['((0,0),(1,1),(2,0))'],
  circle: ['<(1,2),3>'],
  tsvector: ["'a':1A 'it''s':2,3B '\\\\':4", ''],
  tsquery: ["'a' & !'b' | 'c':*A"],
  int4range: ['[1,5)', 'empty', '(,)'],
  numrange: ['(,1.50]', '[0.0,NaN]'],
  tstzrange: ['["2024-01-01 00:00:00+00",infinity]'],
  int8multirange: ['{}', '{[1,3),[5,7)}'],
  'text[]': ['{}', '{NULL,"NULL","","\\"q\\"","back\\\\slash","a,b","{}"}', '[2:3]={x,y}'],
  'integer[]': ['{{1,2},{3,NULL}}', '{}'],
  'bytea[]': ['{"\\\\x00ff",NULL}'],
  oid: ['0', '4294967295'],
  xid: ['4294967295'],
  tid: ['(4294967295,65535)'],
  pg_lsn: ['16/B374D848'],
  int2vector: ['1 2 -3', ''],
  oidvector: ['1 4294967295'],
  refcursor: ['<unnamed portal 1>'],
  pg_snapshot: ['10:20:10,14,15'],
  regclass: ['pg_catalog.pg_class', '-'],
  regtype: ['integer[]'],
  regprocedure: ['pg_catalog.lower(text)'],
  aclitem: ['=r/10'],
  'public.mood': ['glad', 'so-so 😀', 'it\'s "ok", \\N'],
  'public.mood[]': ['{glad,NULL,"so-so 😀"}', '{}'],
  'public.short': ['', 'a\\b'],
  'public.moods': ['{glad}'],
  'public."Pair, ""of"""': ['(1,"x ""y"" \\\\ \n")', '(,)', '(-1,)'],
  'public."Pair, ""of"""[]': ['{"(1,\\"a,b\\")",NULL}'],
  'public.floats': ['[0.1,NaN)', 'empty'],
  'public.mood_range': ['[glad,"so-so 😀"]'],
};

/** A value of a type as SQL, or NULL. */
export function literal(type: string, value: string | undefined): string {
  if (value === undefined) return 'null';
  // The superuser's name differs from server to server.
  if (type === 'aclitem') return `makeaclitem(10, 10, 'select', ${value.length % 2 === 0})`;
  return `'${value.replaceAll("'", "''")}'::${type}`;
}
