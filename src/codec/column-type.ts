// What a strategy may know of a column's type: its kind and its limits.

import type { Catalog, CatalogColumn, CatalogType } from '../pg/catalog-types.ts';
import type { ColumnType, ValueKind } from '../strategy.ts';

type Types = Catalog['types'];

/** By pg_type.typname; whatever is not listed is `other`. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  citext: 'text',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  oid: 'integer',
  numeric: 'decimal',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  time: 'time',
  timetz: 'time',
  interval: 'interval',
  uuid: 'uuid',
  bytea: 'bytes',
  json: 'json',
  jsonb: 'json',
  inet: 'inet',
  cidr: 'inet',
};

const RANGES: Readonly<Record<string, ColumnType['range']>> = {
  int2: { min: -(2n ** 15n), max: 2n ** 15n - 1n },
  int4: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  int8: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  oid: { min: 0n, max: 2n ** 32n - 1n },
};

/** A type modifier of varchar(n) and char(n) counts the length word in front of the value, too. */
const MODIFIER_OVERHEAD = 4;
/** A `name` has 63 bytes; the server cuts longer ones without a word. */
const NAME_LENGTH = 63;

/** The type that a domain is over, through any number of domains; other types are their own. */
export function baseType(type: CatalogType, types: Types): CatalogType {
  let base = type;
  while (base.kind === 'domain') {
    const next = base.base === null ? undefined : types.get(base.base);
    if (!next) throw new Error(`the base type of domain ${base.typname} is not in the catalogue`);
    base = next;
  }
  return base;
}

/** What a value of a type is; a domain's values are its base type's. */
export function valueKind(type: CatalogType, types: Types): ValueKind {
  const base = baseType(type, types);
  if (base.kind === 'enum') return 'enum';
  if (base.element !== null) return 'array';
  return base.kind === 'base' && Object.hasOwn(KINDS, base.typname) ? KINDS[base.typname]! : 'other'; // it has the key
}

/** The type of a column, as strategies see it. @throws when the catalogue lacks the type */
export function columnType(column: CatalogColumn, types: Types): ColumnType {
  const type = types.get(column.type);
  if (!type) throw new Error(`the type of column ${column.name} is not in the catalogue`);
  return typeOf(type, { name: column.typeName, modifier: column.typeModifier, types });
}

/** @param modifier as in pg_attribute: that of an array is its elements' */
function typeOf(
  type: CatalogType,
  { name, modifier, types }: { readonly name: string; readonly modifier: number; readonly types: Types },
): ColumnType {
  const base = baseType(type, types);
  const hasBraces = base.element !== null && !base.typname.endsWith('vector'); // int2vector prints 1 2 3
  const element = hasBraces ? types.get(base.element) : undefined;
  return {
    name,
    kind: valueKind(base, types),
    maxLength: maxLength(base.typname, modifier),
    range: base.kind === 'base' ? RANGES[base.typname] : undefined,
    labels: base.kind === 'enum' ? base.labels : undefined,
    element: element && typeOf(element, { name: name.replace(/(\[\])+$/, ''), modifier, types }),
  };
}

function maxLength(typname: string, modifier: number): number | undefined {
  if (typname === 'name') return NAME_LENGTH;
  const isLimited = (typname === 'varchar' || typname === 'bpchar') && modifier >= MODIFIER_OVERHEAD;
  return isLimited ? modifier - MODIFIER_OVERHEAD : undefined;
}
