// Why the binary form of a type may mean something else in another database, or has no binary form at all.

import { type Catalog, type CatalogType, FIRST_USER_OID } from '../pg/catalog-types.ts';

type Types = Catalog['types'];

export interface Majors {
  readonly source: number;
  readonly target: number;
}

/** Types that print a name and send an OID, which differs between databases. */
const SENDS_OID = /^reg(proc|procedure|oper|operator|class|type|role|namespace|config|dictionary|collation|database)$/;
/** Types whose receive functions refuse what their send functions make of an empty value (tried with PostgreSQL 18). */
const REFUSES_EMPTY = /^(int2vector|oidvector)$/;
/** Types of the server's own catalogue tables: their receive functions refuse every value. */
const INTERNAL = /^pg_(node_tree|ndistinct|dependencies|mcv_list|ddl_command|brin_\w+)$/;

/** From here on array_recv and record_recv ignore the OIDs of user-defined types (PostgreSQL commit 670c0a1d47). */
const IGNORES_OIDS = 14;

/**
 * Why a column of this type cannot be copied in binary between two databases; undefined when it can.
 * A sentence about names and versions, for the plan.
 */
export function binaryObstacle(type: CatalogType, types: Types, majors: Majors): string | undefined {
  const { typname, kind } = type;
  const of = (oid: number | null): string | undefined => {
    const part = oid === null ? undefined : types.get(oid);
    return part ? binaryObstacle(part, types, majors) : `what ${typname} is made of is not known`;
  };
  /** Arrays and composites send the OIDs of their parts. */
  const ofSent = (oid: number): string | undefined => {
    if (oid < FIRST_USER_OID || majors.target >= IGNORES_OIDS) return of(oid);
    return `${typname} sends the OID of a user-defined type, which differs between databases`;
  };
  if (kind === 'domain') return of(type.base);
  if (!type.hasBinary) return `${typname} has no binary send and receive functions`;
  if (SENDS_OID.test(typname)) return `${typname} sends OIDs, which differ between databases`;
  if (kind === 'pseudo' || INTERNAL.test(typname)) return `${typname} is internal to the server`;
  if (REFUSES_EMPTY.test(typname)) return `${typname} cannot be read when it is empty`;
  if (type.element !== null) return ofSent(type.element);
  if (kind === 'composite') return type.attributes.map(ofSent).find(obstacle => obstacle !== undefined);
  if (type.oid < FIRST_USER_OID || kind === 'enum') return undefined; // an enum sends its label
  if (kind === 'range' || kind === 'multirange') return of(type.base);
  return majors.source === majors.target
    ? undefined
    : `the binary form of ${typname} may differ between PostgreSQL ${majors.source} and ${majors.target}`;
}
