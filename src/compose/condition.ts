// `when:`: a condition over columns of the row, as data. Typed operators and nothing else: no expression is evaluated.

/** What a column's value is compared with. */
export type Constant = string | number | boolean;

/** Operators on one column; all that are there must hold. Without `column`, it is the rule's own. */
export interface Comparison {
  readonly column?: string | undefined;
  readonly equals?: Constant | undefined;
  readonly in?: readonly Constant[] | undefined;
  readonly matches?: string | undefined;
  readonly is_null?: boolean | undefined;
  readonly less_than?: Constant | undefined;
  readonly at_most?: Constant | undefined;
  readonly greater_than?: Constant | undefined;
  readonly at_least?: Constant | undefined;
}

/** A condition. NULL equals nothing, is in nothing, matches nothing and is neither less nor greater. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Comparison;

/** Operators that take one constant and need an order. */
export const ORDERINGS = ['less_than', 'at_most', 'greater_than', 'at_least'] as const;

/** The columns that a condition reads, each once. @param own what a comparison without a column is about */
export function columnsOf(condition: Condition, own: string): string[] {
  const columns = (one: Condition): string[] => {
    if ('all' in one) return one.all.flatMap(columns);
    if ('any' in one) return one.any.flatMap(columns);
    if ('not' in one) return columns(one.not);
    return [one.column ?? own];
  };
  return [...new Set(columns(condition))];
}
