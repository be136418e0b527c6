// The block `tables:`: each entry decides one table, or all that its glob matches. Its short forms end here: behind it,
// every entry is a key and a rule.

import { writtenKey } from '../pg/table-key.ts';
import { z } from '../zod.ts';
import { type Context, closedBlock, isBlock, notA, refuse, validate } from './closed-block.ts';
import { type ColumnRule, ruleSchema } from './rule-schema.ts';
import { suggest } from './suggest.ts';

export type { ColumnRule } from './rule-schema.ts';

/** What an entry says about its tables. */
export type TableRule =
  | { readonly kind: 'keep' | 'empty' | 'skip' }
  | {
      readonly kind: 'columns';
      /** A row filter, SQL on the source. */
      readonly where?: string;
      readonly keep: readonly string[];
      readonly columns: Readonly<Record<string, ColumnRule>>;
    };

/** One entry of `tables:`. */
export interface TableEntry {
  /** A table's name or a glob, as in table-key.ts. */
  readonly key: string;
  /** Where it stands in the file. */
  readonly line?: number;
  readonly rule: TableRule;
}

const name = z.string().min(1);

/** A block of names that are not ours to know: `__proto__` may be a column, so nothing here has a prototype. */
const recordOf = <Schema extends z.ZodType>(entry: Schema, wanted: string) =>
  z.unknown().transform((value, context): Readonly<Record<string, z.output<Schema>>> => {
    if (!isBlock(value)) return refuse(context, notA(wanted, value));
    const record: Record<string, z.output<Schema>> = Object.create(null);
    for (const key of Object.keys(value)) {
      if (key === '') refuse(context, 'a name is empty.');
      record[key] = validate(entry, value[key], { context, key });
    }
    return record;
  });

const keptColumns = z.unknown().transform((value, context): readonly string[] => {
  if (value === true || value === '*') {
    return refuse(context, 'a list of columns is wanted; a whole table is kept by `schema.table: keep`.');
  }
  if (!Array.isArray(value)) return refuse(context, notA('a list of columns, such as [id, created_at],', value));
  if (new Set(value).size < value.length) refuse(context, 'names a column twice.');
  return validate(z.array(name), value, { context });
});

const tableBlock = closedBlock(
  {
    where: name.optional().describe('a row filter, SQL on the source'),
    keep: keptColumns.prefault([]).describe('columns that are copied as they are'),
    columns: recordOf(ruleSchema, 'a block of `column: strategy` lines')
      .prefault({})
      .describe('columns whose values are replaced'),
  },
  ' Columns go under `columns:` or `keep:`.',
).transform(({ where, keep, columns }): TableRule => {
  return { kind: 'columns', keep, columns, ...(where !== undefined && { where }) };
});

const WHOLE = ['keep', 'empty', 'skip'] as const;
const ENTRY = 'keep, empty, skip or a block with `columns:`';

function wholeTable(word: string, context: Context): TableRule {
  const kind = WHOLE.find(one => one === word);
  return kind ? { kind } : refuse(context, `must be ${ENTRY}.${suggest(word, WHOLE)}`);
}

const tableRule = z.unknown().transform((value, context): TableRule => {
  if (typeof value === 'string') return wholeTable(value, context);
  if (!isBlock(value)) return refuse(context, notA(ENTRY, value));
  return validate(tableBlock, value, { context });
});

/** The block `tables:`, as a list of entries in the order of the file. */
export const tableEntries = recordOf(tableRule, 'a block of `schema.table: …` lines').transform(
  (record, context): readonly TableEntry[] => {
    const seen = new Set<string>();
    for (const key of Object.keys(record)) {
      const table = writtenKey(key);
      if (seen.has(table))
        refuse(context, 'names the same table as an entry before.', { code: 'ANON_CONFIG_VALUE', key });
      seen.add(table);
    }
    return Object.entries(record).map(([key, rule]) => ({ key, rule }));
  },
);
