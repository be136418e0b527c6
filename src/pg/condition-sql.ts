// A `when:` as SQL on the source, as far as both sides surely mean the same. What cannot be said is taken to hold: whoever
// asks must be content with more rows than the condition has.

import type { Comparison, Condition } from '../compose/condition.ts';
import { quoteLiteral, quoteName } from './identifiers.ts';

/** @param own the column that a comparison without one is about */
export function conditionSql(condition: Condition, own: string): string {
  return translate(condition, own) ?? 'true';
}

/** Undefined where it cannot be said exactly. */
function translate(condition: Condition, own: string): string | undefined {
  if ('not' in condition) {
    const inner = translate(condition.not, own);
    return inner && `not (${inner})`;
  }
  if ('all' in condition) return joined(condition.all, own, 'and');
  if ('any' in condition) return joined(condition.any, own, 'or');
  return compared(condition, own);
}

function joined(conditions: readonly Condition[], own: string, word: 'and' | 'or'): string | undefined {
  const parts = conditions.map(one => translate(one, own));
  return parts.includes(undefined) ? undefined : `(${parts.join(` ${word} `)})`;
}

/** Constants are compared with PostgreSQL's own text of a value, as strategies see it. */
function compared(
  { column, equals, in: list, is_null: isNull, ...others }: Comparison,
  own: string,
): string | undefined {
  if (Object.values(others).some(operator => operator !== undefined)) return undefined;
  const name = quoteName(column ?? own);
  const constants = list ?? (equals === undefined ? [] : [equals]);
  if (list && equals !== undefined) return undefined;
  const texts = constants.map(constant => quoteLiteral(String(constant))).join(', ');
  const parts = [
    ...(isNull === undefined ? [] : [`${name} is ${isNull ? '' : 'not '}null`]),
    ...(texts === '' ? [] : [`coalesce(${name}::pg_catalog.text in (${texts}), false)`]),
  ];
  return `(${parts.join(' and ')})`;
}
