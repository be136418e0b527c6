// Sets of ctids that a statement works on. They are parameters of its portal, in binary: a log's line or a view of statements
// should not hold 10 MB, nobody writes or parses text for them, and the planner knows how many there are, as an unnamed
// statement is planned with its parameters.

const PARAMETERS = { rows: 1, leftOut: 2 } as const;

/** `tid[]` in PostgreSQL's binary form (see tidArray); `leftOut` goes with `rows`. */
export type GivenRows = Readonly<Partial<Record<keyof typeof PARAMETERS, Buffer>>>;

/** SQL for a set that is given. */
export function givenRows(set: keyof typeof PARAMETERS): string {
  return `$${PARAMETERS[set]}::pg_catalog.tid[]`;
}

/** The values of the parameters, in their order. */
export function parametersOf({ rows, leftOut }: GivenRows): Buffer[] {
  return [rows, leftOut].filter(set => set !== undefined);
}
