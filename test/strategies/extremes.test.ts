// Every strategy that takes numbers or times, over their extremes: a defined value or a named error, never the value itself
// where that would tell something, never a crash.

import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { misfit } from '../../src/batch/fit.ts';
import { UnencodableValue } from '../../src/codec/field-codec.ts';
import { fieldCodec } from '../../src/codec/field-types.ts';
import { loadStrategy } from '../../src/plan/strategies.ts';
import { type StrategyDefinition, UnfitValue, VALUE_KINDS } from '../../src/strategy.ts';
import { EXTREMES } from './extremes.ts';
import { columnOf, replaceWith, TYPES, tryStrategy, type useStrategy } from './replace.ts';

const names = readdirSync(new URL('../../strategies/', import.meta.url)).map(file => parse(file).name);
/** What a type's fields are in binary. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  numeric: 'numeric',
  'numeric(6,2)': 'numeric',
  'double precision': 'float8',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
};
/** Options besides those of the examples, so that each of these strategies meets each type. */
const SECONDS = { min: '1900-01-01', max: '2100-01-01', unit: 'second' };
const MORE: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  noise: [
    { epsilon: 1, min: -1000, max: 1000, grid: 1 },
    { epsilon: 1, min: '-32768', max: '32767' },
    { epsilon: 1, min: '-9223372036854775808', max: '9223372036854775807', grid: '1000000' },
    { epsilon: 0.1, min: '-1e20', max: '1e20', grid: '1e7' },
    { epsilon: 3, min: -0.5, max: 0.5, grid: 0.0000001 },
    { epsilon: 1, min: '4714-11-24 BC', max: '5874897-12-31' },
    { epsilon: 1, min: '4714-11-24 00:00:00 BC', max: '294276-12-31 23:59:59.999999', unit: 'second' },
    { epsilon: 1, delta: 1e-9, mechanism: 'gaussian', ...SECONDS },
    { epsilon: 1, delta: 1e-9, mechanism: 'gaussian', min: 0, max: 9999, grid: 0.01 },
  ],
  date_shift: [{}, { max_days: 100_000, keep_weekday: true }],
  generalize: [
    { bucket: 1000 },
    { bucket: [-10, 0, 10] },
    { to: 100 },
    { top: 1000, bottom: -1000 },
    { to: 'decade' },
    { to: 'week', top: '2100-01-01', bottom: '1900-01-01' },
    { to: 'hour' },
  ],
  random: [{ min: -1000, max: 1000, grid: 1 }, { min: '1900-01-01', max: '2100-01-01', unit: 'day' }, SECONDS],
};
/**
 * Strategies that may give a value back: the first two are meant to; some values are their own general form; and a value
 * drawn from a distribution may be any, or the distribution would tell what it is not.
 */
const MAY_REPEAT = ['keep', 'constant', 'generalize', 'noise', 'random', 'sequence'];

type Outcome = { readonly text: string | null } | { readonly refused: string };

/** What the engine makes of one value. Anything but a named refusal that is thrown fails the test. */
function outcomeOf(bound: Awaited<ReturnType<typeof useStrategy>>, value: string, type: string): Outcome {
  try {
    const [text = null] = replaceWith(bound, [value]);
    if (text === null) return { text };
    const column = columnOf([text]);
    if (misfit(column, { type: TYPES[type]!, notNull: false })) return { refused: 'ANON_VALUE_TYPE' };
    const catalogType = { oid: 0, typname: TYPE_NAMES[type]!, kind: 'base', hasBinary: true } as const;
    const codec = fieldCodec(
      'binary',
      { ...catalogType, element: null, base: null, attributes: [], labels: [] },
      new Map(),
    )!;
    codec.encode(column, new ColumnOutput(1));
    return { text };
  } catch (cause) {
    if (cause instanceof UnfitValue) {
      expect(value.length > 3 && cause.message.includes(value)).toBe(false);
      return { refused: 'ANON_VALUE_UNFIT' };
    }
    if (cause instanceof UnencodableValue) return { refused: 'ANON_VALUE_TYPE' };
    throw cause;
  }
}

async function usesOf(name: string, definition: StrategyDefinition) {
  const options = [...definition.examples.map(example => example.options ?? {}), {}, ...(MORE[name] ?? [])];
  const distinct = [...new Map(options.map(one => [JSON.stringify(one), one])).values()];
  const uses = Object.keys(EXTREMES).flatMap(type => distinct.map(one => ({ type, options: one })));
  const bound = await Promise.all(uses.map(async use => ({ use, bound: await tryStrategy(name, use) })));
  return bound.flatMap(one => (typeof one.bound === 'string' ? [] : [{ ...one, bound: one.bound }]));
}

test('there are more than sixty of them', () => {
  expect(new Set(Object.values(EXTREMES).flat()).size).toBeGreaterThan(60);
});

describe.each(names)('%s', async name => {
  const definition = (await loadStrategy(name))!; // listed
  const uses = await usesOf(name, definition);
  const isForThem =
    definition.accepts === 'any' ||
    VALUE_KINDS.slice(1).some(
      kind => definition.accepts.includes(kind) && ['integer', 'decimal', 'float', 'date', 'timestamp'].includes(kind),
    );

  test.skipIf(!isForThem)('gives a value of the type or refuses by name, and no value as it was', () => {
    expect(uses.length).toBeGreaterThan(0);
    for (const { use, bound } of uses) {
      for (const value of EXTREMES[use.type]!) {
        const outcome = outcomeOf(bound, value, use.type);
        const place = `${JSON.stringify(use)}: ${value.slice(0, 40)}`;
        if ('refused' in outcome || MAY_REPEAT.includes(name)) continue;
        if (name === 'date_shift' && /infinity/.test(value)) expect(outcome.text, place).toBe(value);
        else expect(outcome.text, place).not.toBe(value);
      }
    }
  });
});

test('the strategies of numbers and times refuse none of them but what the type cannot hold', async () => {
  for (const name of ['noise', 'date_shift', 'generalize', 'random', 'sequence']) {
    for (const { use, bound } of await usesOf(name, (await loadStrategy(name))!)) {
      if ('map' in use.options || 'choices' in use.options) continue; // these name texts
      for (const value of EXTREMES[use.type]!) {
        const outcome = outcomeOf(bound, value, use.type);
        // Near its end, the type may not hold the number that a range begins at, or that is the nearest multiple.
        const isBeyond = name === 'generalize' && /^-?\d{5}/.test(value);
        if (!isBeyond)
          expect(outcome, `${name} ${JSON.stringify(use)}: ${value.slice(0, 40)}`).not.toHaveProperty('refused');
      }
    }
  }
});

test('noise gives back hardly any of them, and infinity and NaN never', async () => {
  let same = 0;
  let all = 0;
  for (const { use, bound } of await usesOf('noise', (await loadStrategy('noise'))!)) {
    for (const value of EXTREMES[use.type]!) {
      const outcome = outcomeOf(bound, value, use.type);
      all++;
      if ('refused' in outcome || outcome.text !== value) continue;
      same++;
      expect(value).not.toMatch(/inf|nan/i);
    }
  }
  expect(all).toBeGreaterThan(300);
  expect(same).toBeLessThan(all / 20);
});
