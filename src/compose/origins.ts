// Ways back: from what rules put out to what they were given, as far as that can be told. Values are texts here, row by row:
// who decrypts reads some of them, not a table in a second.

/** No value has this replacement: it is not one of this rule. */
export const NO_VALUE: unique symbol = Symbol('no value');

/** What became a replacement: a value, null for NULL; undefined where several may have, so that it cannot be told. */
export type Origin = string | null | undefined | typeof NO_VALUE;

/** Replacements of one column, and what their rule read beside them, row by row. */
export interface Replaced {
  readonly replacements: readonly (string | null)[];
  /** What the source held in other columns, by their names. */
  readonly beside: ReadonlyMap<string, readonly (string | null)[]>;
  /** What the target holds in others. */
  readonly besideReplaced: ReadonlyMap<string, readonly (string | null)[]>;
}

/** How one rule is turned back. */
export interface WayBack {
  /** Columns whose source values it needs; and those whose replacements. */
  readonly reads: readonly string[];
  readonly readsReplaced: readonly string[];
  /** Why nothing can be told of any replacement, where that is so. */
  readonly obstacle?: { readonly detail: string; readonly fixHint: string } | undefined;
  /** One origin for each replacement. */
  origins(rows: Replaced): Promise<readonly Origin[]>;
}

/** What several ways say of one replacement together: all but one must say that it has no value. */
export function together(one: Origin, other: Origin): Origin {
  if (one === NO_VALUE) return other;
  return other === NO_VALUE || one === other ? one : undefined;
}

/** What stays as it is. */
export const unchanged: WayBack = {
  reads: [],
  readsReplaced: [],
  origins: async ({ replacements }) => replacements,
};

/** Some rows of them. */
export function pickRows({ replacements, beside, besideReplaced }: Replaced, indexes: readonly number[]): Replaced {
  const pick = <Value>(values: readonly Value[]): readonly Value[] => indexes.map(index => values[index]!); // as many
  const pickAll = (columns: Replaced['beside']): Replaced['beside'] =>
    new Map([...columns].map(([name, values]) => [name, pick(values)]));
  return { replacements: pick(replacements), beside: pickAll(beside), besideReplaced: pickAll(besideReplaced) };
}

/** Origins of the rows that something holds of; the others have this one. */
export async function originsWhere(
  rows: Replaced,
  isMeant: (index: number) => boolean,
  { find, otherwise }: { readonly find: WayBack['origins']; readonly otherwise: (index: number) => Origin },
): Promise<readonly Origin[]> {
  const all = rows.replacements.map((_, index) => index);
  const meant = all.filter(isMeant);
  const found = meant.length > 0 ? await find(pickRows(rows, meant)) : [];
  const origins: Origin[] = all.map(otherwise);
  for (const [position, index] of meant.entries()) origins[index] = found[position];
  return origins;
}
