import { expect, test } from 'vitest';
import { binaryObstacle } from '../../src/codec/field-types.ts';
import type { CatalogType } from '../../src/pg/catalog-types.ts';
import { type, typesOf } from './catalog-types.ts';

const INT4 = type({ oid: 23, typname: 'int4' });
const INT4S = type({ oid: 1007, typname: '_int4', element: 23 });
const REGCLASS = type({ oid: 2205, typname: 'regclass' });
const REGCLASSES = type({ oid: 2210, typname: '_regclass', element: 2205 });
const ACLITEM = type({ oid: 1033, typname: 'aclitem', hasBinary: false });
const NODE_TREE = type({ oid: 194, typname: 'pg_node_tree' });
const INT4RANGE = type({ oid: 3904, typname: 'int4range', kind: 'range', base: 23 });
const INT4MULTIRANGE = type({ oid: 4451, typname: 'int4multirange', kind: 'multirange' });
const MOOD = type({ oid: 20_001, typname: 'mood', kind: 'enum' });
const MOODS = type({ oid: 20_002, typname: '_mood', element: 20_001 });
const AGE = type({ oid: 20_003, typname: 'age', kind: 'domain', base: 23 });
const AGES = type({ oid: 20_004, typname: '_age', element: 20_003 });
const TABLE_NAME = type({ oid: 20_005, typname: 'table_name', kind: 'domain', base: 2205 });
const POINT_3D = type({ oid: 20_006, typname: 'point_3d', kind: 'composite', attributes: [23, 23, 23] });
const FEELING = type({ oid: 20_007, typname: 'feeling', kind: 'composite', attributes: [23, 20_001] });
const REFERENCE = type({ oid: 20_008, typname: 'reference', kind: 'composite', attributes: [2205] });
const HSTORE = type({ oid: 20_009, typname: 'hstore' });
const HSTORES = type({ oid: 20_010, typname: '_hstore', element: 20_009 });
const SPAN = type({ oid: 20_011, typname: 'span', kind: 'range', base: 23 });
const MOOD_SPAN = type({ oid: 20_012, typname: 'mood_span', kind: 'range', base: 20_001 });
const MOOD_SPANS = type({ oid: 20_013, typname: 'mood_spans', kind: 'multirange' });
const LOST = type({ oid: 20_014, typname: 'lost', kind: 'domain', base: 99_999 });
const ALL = [
  INT4,
  INT4S,
  REGCLASS,
  REGCLASSES,
  ACLITEM,
  NODE_TREE,
  INT4RANGE,
  INT4MULTIRANGE,
  MOOD,
  MOODS,
  AGE,
  AGES,
  TABLE_NAME,
];
const TYPES = typesOf(...ALL, POINT_3D, FEELING, REFERENCE, HSTORE, HSTORES, SPAN, MOOD_SPAN, MOOD_SPANS, LOST);

const obstacle = (of: CatalogType, majors = { source: 17, target: 17 }): string | undefined =>
  binaryObstacle(of, TYPES, majors);
const named = (types: readonly CatalogType[]): (readonly [string, CatalogType])[] =>
  types.map(each => [each.typname, each] as const);

const SENDING_OIDS = [MOODS, AGES, FEELING];

test.each(named([INT4, INT4S, INT4RANGE, INT4MULTIRANGE, MOOD, AGE, POINT_3D, SPAN, MOOD_SPAN]))(
  '%s is portable, also between major versions and to old ones',
  (_, of) => {
    expect(obstacle(of)).toBeUndefined();
    expect(obstacle(of, { source: 17, target: 13 })).toBeUndefined();
  },
);

test.each(named(SENDING_OIDS))('%s, which sends an OID, is portable to PostgreSQL 14 and later', (_, of) => {
  expect(obstacle(of)).toBeUndefined();
  expect(obstacle(of, { source: 13, target: 14 })).toBeUndefined();
  expect(obstacle(of, { source: 14, target: 13 })).toBe(
    `${of.typname} sends the OID of a user-defined type, which differs between databases`,
  );
});

test.each(named([HSTORE, HSTORES]))('%s of an extension is portable where the major versions are the same', (_, of) => {
  expect(obstacle(of)).toBeUndefined();
  expect(obstacle(of, { source: 17, target: 15 })).toMatch(/hstore.*17 and 15/);
});

test.each([
  [REGCLASS, /regclass sends OIDs/],
  [REGCLASSES, /regclass sends OIDs/],
  [TABLE_NAME, /regclass sends OIDs/],
  [REFERENCE, /regclass sends OIDs/],
  [ACLITEM, /aclitem has no binary/],
  [NODE_TREE, /internal/],
  [MOOD_SPANS, /what mood_spans is made of is not known/],
  [LOST, /what lost is made of is not known/],
] as const)('$typname is not', (of, why) => {
  expect(obstacle(of)).toMatch(why);
});
