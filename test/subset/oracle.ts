// A subset row by row, as slow and plain as its definition: what the sets of the product are compared with.

/** The rows of one table: column → value. */
export type Rows = readonly Readonly<Record<string, unknown>>[];
type Row = Rows[number];

/** Columns that reference columns; NULL references nothing. */
export interface Link {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly keys: readonly string[];
}

export interface Start {
  readonly table: string;
  readonly has: (row: Row) => boolean;
  /** Its children do not come along. */
  readonly isWhole?: boolean;
}

export interface World {
  readonly tables: Readonly<Record<string, Rows>>;
  readonly links: readonly Link[];
  /** What `where` leaves in. */
  readonly wanted?: Readonly<Record<string, (row: Row) => boolean>>;
}

/** The rows of each table that a subset has. */
export function subsetRows(
  world: World,
  starts: readonly Start[],
  isFollowed: (link: Link) => boolean,
): Readonly<Record<string, ReadonlySet<Row>>> {
  const possible = possibleRows(world);
  const own = new Set<Row>(); // their children come along
  const all = new Set<Row>();
  for (const { table, has, isWhole } of starts) {
    for (const row of world.tables[table]!.filter(one => possible.has(one) && has(one))) {
      all.add(row);
      if (!isWhole) own.add(row);
    }
  }
  for (let size = -1; size !== own.size; ) {
    size = own.size;
    for (const link of world.links.filter(isFollowed)) {
      for (const row of world.tables[link.child]!) {
        if (possible.has(row) && parentsOf(world, link, row).some(parent => own.has(parent))) own.add(row);
      }
    }
  }
  for (const row of own) all.add(row);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const link of world.links) {
      for (const row of world.tables[link.child]!) {
        if (all.has(row)) for (const parent of parentsOf(world, link, row)) all.add(parent);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(world.tables).map(([name, rows]) => [name, new Set(rows.filter(row => all.has(row)))]),
  );
}

/** Rows that `where` wants, with all that they reference. */
function possibleRows(world: World): ReadonlySet<Row> {
  const { tables, links, wanted = {} } = world;
  const possible = new Set(
    Object.entries(tables).flatMap(([name, rows]) => rows.filter(row => wanted[name]?.(row) ?? true)),
  );
  for (let size = -1; size !== possible.size; ) {
    size = possible.size;
    for (const link of links) {
      for (const row of tables[link.child]!) {
        if (parentsOf(world, link, row).some(parent => !possible.has(parent))) possible.delete(row);
      }
    }
  }
  return possible;
}

function parentsOf({ tables }: World, { columns, parent, keys }: Link, row: Row): Rows {
  if (columns.some(column => row[column] === null)) return [];
  return tables[parent]!.filter(one => keys.every((key, index) => one[key] === row[columns[index]!]));
}
