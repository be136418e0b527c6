// Why the binary form of a type may mean something else in another database, or has no binary form at all.

import { type Catalog, type CatalogType, FIRST_USER_OID } from '../pg/catalog-types.ts';

type Types = Catalog['types'];

export interface Majors {
  readonly source: number;
  readonly target: number;
}

/** Types that print a name and send an OID, which differs between databases. */
const SENDS_OID = /^reg(proc|procedure|oper|operator|class|type|role|namespace|config|dictionary|collation|database)$/;
/** Types of the server's own catalogue tables: their receive functions refuse every value. */
const INTERNAL = /^pg_(node_tree|ndistinct|dependencies|mcv_list|ddl_command|brin_\w+)$/;

/**
 * Why a column of this type cannot be copied in binary between two databases; undefined when it can.
 * A sentence about names and versions, for the plan.
 */
export function binaryObstacle(type: CatalogType, types: Types, majors: Majors): string | undefined {
  const through = (oid: number | null, what: string): string | undefined => {
    const inner = oid === null ? undefined : types.get(oid);
    return inner ? binaryObstacle(inner, types, majors) : `the ${what} of ${type.typname} is not known`;
  };
  if (type.kind === 'domain') return through(type.base, 'base type');
  if (!type.hasBinary) return `${type.typname} has no binary send and receive functions`;
  if (SENDS_OID.test(type.typname)) return `${type.typname} sends OIDs, which differ between databases`;
  if (type.kind === 'pseudo' || INTERNAL.test(type.typname)) return `${type.typname} is internal to the server`;
  if (type.element !== null) return ofUserDefined(type, types, type.element) ?? through(type.element, 'element type');
  switch (type.kind) {
    case 'composite':
      return first(type.attributes, oid => ofUserDefined(type, types, oid) ?? through(oid, 'attribute type'));
    case 'range':
    case 'multirange':
      // The built-in ones are over built-in types.
      if (type.oid < FIRST_USER_OID) return undefined;
      return type.base === null
        ? through(null, 'subtype')
        : (ofUserDefined(type, types, type.base) ?? through(type.base, 'subtype'));
    case 'base':
      return type.oid >= FIRST_USER_OID && majors.source !== majors.target
        ? `the binary form of ${type.typname} may differ between PostgreSQL ${majors.source} and ${majors.target}`
        : undefined;
    default:
      return undefined; // an enum sends its label
  }
}

/** Arrays and composites send the OIDs of their parts' types. */
function ofUserDefined(type: CatalogType, types: Types, part: number): string | undefined {
  if (part < FIRST_USER_OID) return undefined;
  return `${type.typname} sends the OID of ${types.get(part)?.typname ?? 'a user-defined type'}, which differs between databases`;
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
