// The block `subset:`: where a subset starts, which children come with its rows, and what becomes of all other tables.

import { writtenKey } from '../pg/table-key.ts';
import { z } from '../zod.ts';
import { closedBlock, isBlock, notA, oneOf, refuse, validate } from './closed-block.ts';

/** Where a subset starts in one table. */
export type SubsetStart =
  /** Every row; the rows that reference them do not come along. */
  | { readonly kind: 'whole' }
  /** Some rows; the children that were asked for come along. */
  | { readonly kind: 'some'; readonly where?: string; readonly percent?: number };

/** Which rows of a child table come with the rows that they reference. */
export interface SubsetChildren {
  /** Tables that they come with; every one that they reference, where this is missing. */
  readonly of?: readonly string[];
  /** At most this many for each row that they reference. */
  readonly limit?: number;
}

/** One entry, by the name or glob of its tables. */
export interface SubsetEntry<Rule> {
  readonly key: string;
  readonly rule: Rule;
}

const text = z.string().min(1);
const percent = z
  .number()
  .gt(0, 'must be above 0.')
  .max(100, 'must be at most 100.')
  .describe('of the rows, by a hash of their key: the same rows in every run');
const PERCENT = /^(\d+(?:\.\d+)?) ?%$/;
const START = 'a share such as 5%, whole, or a block with `where:` or `percent:`';

const startBlock = closedBlock({
  where: text.optional().describe('SQL on the source, over the columns of the table'),
  percent: percent.optional(),
}).transform(({ where, percent: share }, context): SubsetStart => {
  if (where === undefined && share === undefined) return refuse(context, `is empty; ${START} is wanted.`);
  return { kind: 'some', ...(where !== undefined && { where }), ...(share !== undefined && { percent: share }) };
});

const start = z.unknown().transform((value, context): SubsetStart => {
  if (value === 'whole') return { kind: 'whole' };
  if (typeof value === 'string') {
    const share = PERCENT.exec(value)?.[1];
    if (share === undefined) return refuse(context, `must be ${START}.`);
    return { kind: 'some', percent: validate(percent, Number(share), { context }) };
  }
  if (!isBlock(value)) return refuse(context, notA(START, value));
  return validate(startBlock, value, { context });
});

const childBlock = closedBlock({
  of: z.array(text).min(1).optional().describe('tables that they come with; without it, all that they reference'),
  limit: z.int().min(1).optional().describe('at most so many for each row that they reference'),
}).transform(
  ({ of, limit }): SubsetChildren => ({ ...(of && { of: of.map(writtenKey) }), ...(limit !== undefined && { limit }) }),
);

const child = z.unknown().transform((value, context): SubsetChildren => {
  if (value === 'all') return {};
  if (!isBlock(value)) return refuse(context, notA('all, or a block with `of:` or `limit:`', value));
  return validate(childBlock, value, { context });
});

/** A block of names that are not ours to know, as a list in the order of the file. */
const entries = <Schema extends z.ZodType>(rule: Schema, wanted: string) =>
  z.unknown().transform((value, context): readonly SubsetEntry<z.output<Schema>>[] => {
    if (!isBlock(value)) return refuse(context, notA(wanted, value));
    return Object.keys(value).map(key => ({
      key: writtenKey(key),
      rule: validate(rule, value[key], { context, key }),
    }));
  });

const starts = entries(start, 'a block of `schema.table: 5%` lines').transform((list, context) =>
  list.length > 0 ? list : refuse(context, 'names no table to start from.'),
);

const childEntries = entries(child, 'a block of `schema.table: all` lines');
const children = z.unknown().transform((value, context): 'all' | readonly SubsetEntry<SubsetChildren>[] => {
  if (value === 'all') return value;
  if (value === 'none') return [];
  if (!isBlock(value)) return refuse(context, notA('all, none, or a block of `schema.table: …` lines', value));
  return validate(childEntries, value, { context });
});

/** The schema of `subset:`. */
export const subsetSchema = closedBlock({
  tables: starts.describe('where it starts'),
  children: children
    .prefault('all')
    .describe('rows that reference rows of the start, and theirs: all, none, or by the name of their table'),
  others: oneOf(['needed', 'whole'])
    .default('needed')
    .describe('tables that neither a start nor a child leads to: the rows that are referenced, or all'),
});

/** What `subset:` says. */
export type SubsetConfig = z.output<typeof subsetSchema>;
