// What references what among the tables that are copied: foreign keys of the catalogue, and what the configuration declares
// with `references:` on a column, on one of its cases, or on a path into a document.

import type { Condition } from '../compose/condition.ts';
import { type ColumnRule, ruleSchema } from '../config/rule-schema.ts';
import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { displayName } from '../pg/identifiers.ts';
import { columnKey, tableKey, writtenKey } from '../pg/table-key.ts';
import { isCopied, type MatchedTable } from './match-tables.ts';
import { casesOf } from './rules.ts';
import { loadStrategy } from './strategies.ts';

/** Columns of a table whose values are those of another's key. */
export interface Reference {
  readonly match: MatchedTable;
  readonly columns: readonly string[];
  /** The table of the key; of a partitioned one, whichever partition has the row. */
  readonly referenced: CatalogTable;
  readonly referencedColumns: readonly string[];
  /** Of a foreign key: its constraint, and an operator for each column as SQL. */
  readonly constraint?: string;
  readonly operators?: readonly string[];
  /** Where in a document the values stand. */
  readonly path?: string;
  /** The rows that it is for, where a column references several tables. */
  readonly when?: Condition | undefined;
  /** As the configuration declares it. */
  readonly declared?: string;
}

export interface References {
  readonly references: readonly Reference[];
  readonly findings: readonly Finding[];
}

/** All references of copied tables; those that lead out of the plan are left out, as far as PostgreSQL knows them. */
export async function findReferences(
  matched: readonly MatchedTable[],
  strategiesFolder: string | undefined,
): Promise<References> {
  const copied = matched.filter(isCopied);
  const references: Reference[] = copied.flatMap(
    foreignKeysOf(new Map(copied.map(match => [tableKey(match.table), match]))),
  );
  const findings: Finding[] = [];
  const keys = keysOf(copied);
  for (const match of copied) {
    for (const { column, to, ...rest } of await declaredIn(match, strategiesFolder)) {
      const key = keys.get(writtenKey(to));
      if (key) {
        const columns = [column];
        references.push({
          match,
          columns,
          referenced: key.table,
          referencedColumns: [key.column],
          declared: to,
          ...rest,
        });
      } else {
        const place = displayName(match.named.schema, match.named.name, column);
        const detail = `no table that is copied has this column.${suggest(to, keys.keys())}`;
        const fixHint = 'Write `schema.table.column` of a table that is copied.';
        findings.push(finding('ANON_PLAN_REFERENCE', { place, referenced: to, detail, fixHint }));
      }
    }
  }
  return { references, findings };
}

const foreignKeysOf =
  (byKey: ReadonlyMap<string, MatchedTable>) =>
  (match: MatchedTable): Reference[] =>
    match.table.foreignKeys.flatMap(({ name, columns, referenced, referencedColumns, operators }) => {
      const found = byKey.get(tableKey(referenced));
      if (!found) return [];
      return [{ match, columns, referenced: found.table, referencedColumns, constraint: name, operators }];
    });

/** Every column by `schema.table.column`. */
function keysOf(
  copied: readonly MatchedTable[],
): ReadonlyMap<string, { readonly table: CatalogTable; readonly column: string }> {
  return new Map(
    copied.flatMap(({ table }) =>
      table.columns.map(({ name }) => [columnKey(table, name), { table, column: name }] as const),
    ),
  );
}

interface Declared {
  readonly column: string;
  readonly to: string;
  readonly path?: string;
  readonly when?: Condition | undefined;
}

async function declaredIn({ table, entry }: MatchedTable, folder: string | undefined): Promise<Declared[]> {
  const { rule } = entry;
  if (rule.kind !== 'columns') return [];
  const declared: Declared[] = [];
  for (const { name } of table.columns) {
    const own = Object.hasOwn(rule.columns, name) ? rule.columns[name] : undefined;
    if (!own) continue;
    for (const one of casesOf(own)) {
      const { references: to, when } = one;
      if (to !== undefined) declared.push({ column: name, to, when });
      for (const { path, inner } of await nestedIn(one, folder)) {
        if (inner.references !== undefined) declared.push({ column: name, to: inner.references, path, when });
      }
    }
  }
  return declared;
}

/** The rules inside of a rule's options. What is wrong with them is found when they are bound. */
async function nestedIn(
  { strategy, options }: ColumnRule,
  folder: string | undefined,
): Promise<{ readonly path: string; readonly inner: ColumnRule }[]> {
  const definition = strategy === '' ? undefined : await loadStrategy(strategy, folder);
  const parsed = definition?.nested && definition.options.strict().safeParse(options);
  if (!definition?.nested || !parsed?.success) return [];
  return definition.nested(parsed.data).flatMap(({ at, rule }) => {
    const nested = ruleSchema.safeParse(rule);
    return nested.success ? casesOf(nested.data).map(inner => ({ path: at, inner })) : [];
  });
}
