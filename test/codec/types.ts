// Types of a catalogue, for the tests.

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
