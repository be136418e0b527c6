// `when:`: typed operators on columns of the row, and all, any and not around them.

import { type Comparison, type Condition, type Constant, ORDERINGS } from '../compose/condition.ts';
import { z } from '../zod.ts';
import { type Context, closedBlock, isBlock, notA, refuse, validate } from './closed-block.ts';

const constant = z.unknown().transform((value, context): Constant => {
  if (value === null) return refuse(context, 'has no value; `is_null: true` asks for NULL.');
  const isConstant = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isConstant ? value : refuse(context, notA('a text, a number or true or false', value));
});

const constants = z.unknown().transform((value, context): readonly Constant[] => {
  if (!Array.isArray(value)) return refuse(context, notA('a list, such as [DE, AT],', value));
  return validate(z.array(constant).min(1), value, { context });
});

const orderings = Object.fromEntries(ORDERINGS.map(operator => [operator, constant.optional()])) as Record<
  (typeof ORDERINGS)[number],
  z.ZodOptional<typeof constant>
>;

const comparison = closedBlock(
  {
    column: z.string().min(1).optional().describe('a column of the row; without it, the rule’s own'),
    equals: constant.optional(),
    in: constants.optional(),
    matches: z.string().min(1).optional().describe('a regular expression (JavaScript, flag u)'),
    is_null: z.boolean().optional(),
    ...orderings,
  },
  ' A condition has `column:` and equals, in, matches, is_null, less_than, at_most, greater_than or at_least; or all, any, not.',
);

const GROUPS = ['all', 'any', 'not'] as const;

/** @throws nothing: what is wrong becomes issues of the context */
export const conditionSchema: z.ZodType<Condition> = z.unknown().transform((value, context): Condition => {
  if (!isBlock(value)) return refuse(context, notA('a condition, such as { column: country, equals: DE },', value));
  const group = GROUPS.find(one => Object.hasOwn(value, one));
  if (group === undefined) return compared(value, context);
  if (Object.keys(value).length > 1) return refuse(context, `${group} stands alone in its block.`);
  if (group === 'not') return { not: validate(conditionSchema, value.not, { context, key: 'not' }) };
  const members = value[group];
  if (!Array.isArray(members) || members.length === 0) {
    return refuse(context, notA('a list of conditions', members), { code: 'ANON_CONFIG_VALUE', key: group });
  }
  const conditions = validate(z.array(conditionSchema), members, { context, key: group });
  return group === 'all' ? { all: conditions } : { any: conditions };
});

function compared(value: Readonly<Record<string, unknown>>, context: Context): Condition {
  const given: Comparison = validate(comparison, value, { context });
  const { column: _, is_null: isNull, ...operators } = given;
  const isAlone = Object.values(operators).every(operator => operator === undefined);
  if (isAlone && isNull === undefined) {
    return refuse(
      context,
      'has no operator: equals, in, matches, is_null, less_than, at_most, greater_than or at_least.',
    );
  }
  if (isNull === true && !isAlone) return refuse(context, 'is_null: true leaves nothing to compare.');
  return given;
}
