// Types of a catalogue and spellings of their values, for the tests.

import type { Catalog, CatalogType } from '../../src/pg/catalog-types.ts';

/** A built-in base type with binary functions, unless said otherwise. */
export const type = (facts: Partial<CatalogType>): CatalogType => ({
  oid: 1,
  typname: 'text',
  kind: 'base',
  hasBinary: true,
  element: null,
  base: null,
  attributes: [],
  labels: [],
  ...facts,
});

export const typesOf = (...types: readonly CatalogType[]): Catalog['types'] =>
  new Map(types.map(each => [each.oid, each]));

/** Spellings that are not the server's own but that strategies may write, each with the canonical one. */
const SPELLINGS: readonly (readonly [typname: string, spelling: string, canonical: string])[] = [
  ['int4', '007', '7'],
  ['int8', '-0', '0'],
  ['int8', '-0009223372036854775808', '-9223372036854775808'],
  ['numeric', '+1.50', '1.50'],
  ['numeric', '.5', '0.5'],
  ['numeric', '5.', '5'],
  ['numeric', '-0.00', '0.00'],
  ['float8', '1e3', '1000'],
  ['float8', '+1.50', '1.5'],
  ['float4', '16777217', '1.6777216e+07'],
  ['float4', '16777217.00000000000000000000000001', '1.6777218e+07'],
  ['bool', 'true', 't'],
  ['bool', '0', 'f'],
  ['uuid', '123E4567E89B12D3A456426614174000', '123e4567-e89b-12d3-a456-426614174000'],
  ['bytea', '\\xABcd', '\\xabcd'],
  ['timestamp', '2024-02-29T12:00:00.5Z', '2024-02-29 12:00:00.5'],
  ['timestamp', '2024-02-29', '2024-02-29 00:00:00'],
  ['timestamptz', '2024-02-29 23:30:00-03:30', '2024-03-01 03:00:00+00'],
  ['timestamptz', '2024-03-01 01:00:00+02', '2024-02-29 23:00:00+00'],
  ['timestamptz', '2024-02-29 12:00:00', '2024-02-29 12:00:00+00'],
];

/** The same by type. */
export const VARIANTS = [...Map.groupBy(SPELLINGS, ([typname]) => typname)].map(([typname, spellings]) => ({
  typname,
  texts: spellings.map(([, spelling]) => spelling),
  canonical: spellings.map(([, , canonical]) => canonical),
}));
