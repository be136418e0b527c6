// Tests a condition on the rows of a batch, column by column.

import { type ColumnType, type ColumnWithNulls, StrategyRefusal } from '../strategy.ts';
import { type Comparable, comparable } from './comparable.ts';
import { type Comparison, type Condition, type Constant, ORDERINGS } from './condition.ts';
import type { Choose } from './split-column.ts';

/** Whether a condition holds for each row: 1 or 0. `others` are the columns that it was made for. */
export type Test = (others: readonly ColumnWithNulls[], count: number) => Uint8Array;

/** Where a column is among `others`, and what it holds. */
export type FindColumn = (name: string | undefined) => { readonly position: number; readonly type: ColumnType };

/** One value's test. */
type TestValue = (text: string) => boolean;

/** @throws {StrategyRefusal} for a constant that is no value of the column's type, or an operator that the type has not */
export function testOf(condition: Condition, find: FindColumn): Test {
  if ('all' in condition) return combine(condition.all, find, 1);
  if ('any' in condition) return combine(condition.any, find, 0);
  if ('not' in condition) {
    const test = testOf(condition.not, find);
    return (others, count) => test(others, count).map(held => 1 - held);
  }
  return comparison(condition, find);
}

/** Which case each value has: the first whose test holds. The last case has no test: it holds for what is left. */
export function firstThatHolds(tests: readonly (Test | undefined)[]): Choose {
  const last = tests.length - 1;
  return ({ count }, others) => {
    const chosen = new Uint8Array(count).fill(last);
    for (let way = last - 1; way >= 0; way--) {
      const held = tests[way]!(others, count); // only the last has none
      for (let row = 0; row < count; row++) if (held[row] === 1) chosen[row] = way;
    }
    return chosen;
  };
}

/** Of `all`, one that does not hold decides (`usual` is 1); of `any`, one that does. */
function combine(conditions: readonly Condition[], find: FindColumn, usual: 0 | 1): Test {
  const tests = conditions.map(condition => testOf(condition, find));
  return (others, count) => {
    const held = new Uint8Array(count).fill(usual);
    for (const test of tests) {
      const also = test(others, count);
      for (let row = 0; row < count; row++) if (also[row] !== usual) held[row] = 1 - usual;
    }
    return held;
  };
}

function comparison(condition: Comparison, find: FindColumn): Test {
  const { position, type } = find(condition.column);
  const tests = valueTests(condition, type);
  const { is_null: isNull } = condition;
  return (others, count) => {
    const { bytes, offsets, lengths } = others[position]!; // the columns that it was made for
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const held = new Uint8Array(count);
    for (let row = 0; row < count; row++) {
      const length = lengths[row]!; // row < count
      if (length < 0) {
        held[row] = isNull === true && tests.length === 0 ? 1 : 0;
        continue;
      }
      if (isNull === true) continue;
      const text = tests.length === 0 ? '' : buffer.toString('utf8', offsets[row]!, offsets[row]! + length);
      held[row] = tests.every(test => test(text)) ? 1 : 0;
    }
    return held;
  };
}

function valueTests(condition: Comparison, type: ColumnType): TestValue[] {
  const { equals, in: among, matches } = condition;
  const kind = comparable(type);
  const tests: TestValue[] = [];
  if (equals !== undefined) tests.push(equalTest([equals], 'equals', { kind, type }));
  if (among !== undefined) tests.push(equalTest(among, 'in', { kind, type }));
  if (matches !== undefined) tests.push(matchTest(matches));
  for (const operator of ORDERINGS) {
    const bound = condition[operator];
    if (bound !== undefined) tests.push(orderTest(bound, operator, { kind, type }));
  }
  return tests;
}

interface Compared {
  readonly kind: Comparable<unknown>;
  readonly type: ColumnType;
}

function equalTest(constants: readonly Constant[], operator: string, { kind, type }: Compared): TestValue {
  const texts = new Set(constants.map(String));
  const values = constants.map(constant => constantOf(constant, operator, { kind, type }));
  if (type.kind === 'text' || type.kind === 'enum') return text => texts.has(text);
  return text => {
    const value = kind.read(text);
    return value !== undefined && values.some(one => kind.compare(one, value) === 0);
  };
}

function orderTest(bound: Constant, operator: (typeof ORDERINGS)[number], { kind, type }: Compared): TestValue {
  if (!kind.isOrdered) {
    throw new StrategyRefusal(
      `its condition has ${operator} on ${type.name}`,
      'Compare numbers, dates and timestamps; use equals, in or matches for others.',
    );
  }
  const limit = constantOf(bound, operator, { kind, type });
  const holds = HOLDS[operator];
  return text => {
    const value = kind.read(text);
    return value !== undefined && holds(kind.compare(value, limit));
  };
}

const HOLDS: Readonly<Record<(typeof ORDERINGS)[number], (compared: number) => boolean>> = {
  less_than: compared => compared < 0,
  at_most: compared => compared <= 0,
  greater_than: compared => compared > 0,
  at_least: compared => compared >= 0,
};

function matchTest(pattern: string): TestValue {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, 'u');
  } catch {
    throw new StrategyRefusal(
      'its condition has a `matches` that is no regular expression',
      'Correct it; it is read with the flag u.',
    );
  }
  return text => expression.test(text);
}

function constantOf(constant: Constant, operator: string, { kind, type }: Compared): unknown {
  const value = kind.read(String(constant));
  if (value === undefined || (type.labels && !type.labels.includes(String(constant)))) {
    throw new StrategyRefusal(
      `its condition has ${operator} with what is no value of ${type.name}`,
      "Write it as PostgreSQL prints it, such as '2024-01-31' for a date.",
    );
  }
  return value;
}
