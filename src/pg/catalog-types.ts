// The catalogue of a database, as far as a plan needs it: plain data, read once (see catalog.ts).

/** First OID of objects that users create; everything below came with the server and has the same OID everywhere. */
export const FIRST_USER_OID = 16384;

export interface CatalogType {
  readonly oid: number;
  /** As in pg_type, without schema: `varchar`, `int4`, `_text`, `mood`. */
  readonly typname: string;
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'range' | 'multirange' | 'pseudo';
  /** Has both a binary send and a binary receive function. */
  readonly hasBinary: boolean;
  /** Element type of a true array. */
  readonly element: number | null;
  /** What a domain is over; its subtype, for a range. */
  readonly base: number | null;
  /** Types of a composite's attributes. */
  readonly attributes: readonly number[];
  /** Labels of an enum. */
  readonly labels: readonly string[];
}

export interface CatalogColumn {
  readonly name: string;
  /** As PostgreSQL prints it: `character varying(40)`. */
  readonly typeName: string;
  readonly type: number;
  /** pg_attribute.atttypmod, of the domain's base where the type is a domain; -1 is none. */
  readonly typeModifier: number;
  readonly notNull: boolean;
  readonly isGenerated: boolean;
  readonly hasDefault: boolean;
  readonly isIdentity: boolean;
  /** The role may read it (source). */
  readonly isReadable: boolean;
}

export interface CatalogForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly referenced: { readonly schema: string; readonly name: string };
  readonly referencedColumns: readonly string[];
  /** For each column the operator of key and reference, as SQL: `operator(pg_catalog.=)`. */
  readonly operators: readonly string[];
}

export interface CatalogUniqueIndex {
  readonly name: string;
  /** Plain key columns; null where the key is an expression. */
  readonly columns: readonly (string | null)[];
  readonly isPartial: boolean;
  readonly isPrimary: boolean;
  /** Not NULLS NOT DISTINCT. */
  readonly hasDistinctNulls: boolean;
}

export interface CatalogTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `r` ordinary, `p` partitioned, `f` foreign, `v` view, `m` materialised view. */
  readonly relkind: 'r' | 'p' | 'f' | 'v' | 'm';
  readonly isPartition: boolean;
  /** The partitioned table directly above a partition. */
  readonly parent: { readonly schema: string; readonly name: string } | null;
  /** Columns of a partitioned table's key; null where it is an expression. */
  readonly partitionKey: readonly (string | null)[];
  readonly isHeap: boolean;
  readonly isOwned: boolean;
  /** Policies would hide rows from this role. */
  readonly hasRowSecurity: boolean;
  readonly isSchemaUsable: boolean;
  /** The role may create in the schema. */
  readonly isSchemaOpen: boolean;
  /** Another one after TRUNCATE and whatever else rewrites the table. */
  readonly fileNode: number;
  readonly pages: number;
  /** Estimated rows; -1 when never analysed. */
  readonly rows: number;
  /** Bytes on disk with TOAST, without indexes. */
  readonly bytes: number;
  readonly columns: readonly CatalogColumn[];
  readonly foreignKeys: readonly CatalogForeignKey[];
  readonly uniqueIndexes: readonly CatalogUniqueIndex[];
}

export interface Catalog {
  /** server_version_num / 10000. */
  readonly major: number;
  readonly tables: readonly CatalogTable[];
  readonly types: ReadonlyMap<number, CatalogType>;
}
