// Every strategy file keeps the same promises. A new file is tested here without another line.

import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { fieldCodec } from '../../src/codec/field-types.ts';
import type { CatalogType } from '../../src/pg/catalog-types.ts';
import { loadStrategy } from '../../src/plan/strategies.ts';
import { type StrategyDefinition, type StrategyExample, UnfitValue } from '../../src/strategy.ts';
import { anyPoint } from '../any-point.ts';
import { columnOf, readColumn, replace, replaceWith, TYPES, tryStrategy, type Use, useStrategy } from './replace.ts';
import { manyOf } from './values.ts';

const names = readdirSync(new URL('../../strategies/', import.meta.url)).map(file => parse(file).name);
const definitions = new Map<string, StrategyDefinition>();
for (const name of names) definitions.set(name, (await loadStrategy(name))!); // listed, so it is there

interface Case {
  readonly name: string;
  readonly definition: StrategyDefinition;
  readonly example: StrategyExample;
  readonly use: Use;
}
/** One case for each example: the options that people use. */
const cases: Case[] = [...definitions].flatMap(([name, definition]) =>
  definition.examples.map(example => {
    const { options = {}, type = 'text' } = example;
    return { name, definition, example, use: { options, type } };
  }),
);
const titled = cases.map(one => [`${one.name} ${JSON.stringify(one.use)}`, one] as const);
const onText = titled.filter(([, { use }]) => use.type === 'text');

const TYPE_NAMES: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  boolean: 'bool',
  'numeric(6,2)': 'numeric',
  'double precision': 'float8',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};
/** Types that have no values in binary: their tables go through text. */
const TEXT_ONLY = ['inet'];

/** As the catalogue has it. */
const catalogType = (type: string): CatalogType => ({
  oid: 0,
  typname: TYPE_NAMES[type] ?? type,
  kind: 'base',
  hasBinary: true,
  element: null,
  base: null,
  attributes: [],
  labels: [],
});

const guaranteesOf = async ({ name, use }: Case) => (await useStrategy(name, use)).guarantees;
/** keep and constant may give back what they were given; redact_text does where it finds nothing, shuffle_block among others. */
const mayRepeat = (name: string): boolean => ['keep', 'constant', 'redact_text', 'shuffle_block'].includes(name);

/** They take any text; other strategies may refuse a value. */
const TOTAL = ['keep', 'nullify', 'constant', 'hash', 'mask', 'email', 'phone', 'fake'];

const unchanged = (values: readonly string[], replaced: readonly (string | null | undefined)[]): string[] =>
  values.filter((value, index) => replaced[index] === value);

type Bound = Parameters<typeof replaceWith>[0];

/** What becomes of each value alone: undefined where it is refused by name. Anything else that is thrown fails the test. */
function replaceEach(bound: Bound, values: readonly string[]): (string | null | undefined)[] {
  return values.map(value => {
    try {
      return replaceWith(bound, [value])[0];
    } catch (cause) {
      if (cause instanceof UnfitValue) return undefined;
      throw cause;
    }
  });
}

const made = new Map<Case, Promise<readonly string[]>>();

/** 20,000 values that the strategy takes: of the kind of the type, or like the example where it wants a format. */
function valuesFor(one: Case): Promise<readonly string[]> {
  const known = made.get(one) ?? makeValues(one);
  made.set(one, known);
  return known;
}

async function makeValues({ name, use, example }: Case): Promise<readonly string[]> {
  const usual = manyOf(use.type);
  const [first] = replaceEach(await useStrategy(name, use), usual.slice(0, 1));
  return first === undefined ? manyOf(use.type, example.input) : usual;
}

const HOSTILE = [
  '',
  ' ',
  '@',
  '*',
  '***',
  '#',
  '0',
  '0000',
  '\\',
  '\\N',
  '\t',
  'a\tb\nc\r\n',
  '\u0001\u0002\u007f\u0085',
  'e\u0301\u0301 \u0301start',
  '👩‍👩‍👧‍👦 🇨🇭',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  'שלום עולם',
  'مرحبا ١٢٣',
  '\u202eright to left\u202c',
  '東京都',
  '\ufeffbom',
  'a@b@c',
  '"quoted @ local"@example.org',
  '+',
  '(---)',
  '12345678901234567890123456789012345678901234567890',
  "'; drop table customer; --",
  'x'.repeat(10_240),
  '界'.repeat(3413),
];

const anyText = fc.string({ unit: anyPoint, maxLength: 60 }).map(text => text.replaceAll('\0', '0'));

test('every file in strategies/ is a strategy with examples', () => {
  expect(names).toHaveLength(definitions.size);
  for (const { examples } of definitions.values()) expect(examples.length).toBeGreaterThan(0);
});

describe.each(titled)('%s', (_, one) => {
  const { name, example, use } = one;

  test('its example holds', async () => {
    const others = Object.fromEntries(Object.entries(example.others ?? {}).map(([column, value]) => [column, [value]]));
    const replaced = await replace(name, [example.input], { ...use, others });
    if ((await guaranteesOf(one)).deterministic) expect(replaced).toEqual([example.output]);
    else expect(replaced).toHaveLength(1);
  });

  test('gives equal values equal replacements, in every instance and at every cut into batches', async () => {
    if (!(await guaranteesOf(one)).deterministic) return;
    const values = [...(await valuesFor(one)).slice(0, 600), example.input, example.input];
    const expected = replaceWith(await useStrategy(name, use), values);
    expect(expected.at(-1)).toBe(expected.at(-2));
    const again = await useStrategy(name, use);
    for (const batch of [1, 3, 7, 599, 602]) expect(replaceWith(again, values, { batch })).toEqual(expected);
  });

  test('depends on secret and domain exactly where it says that it is keyed', async () => {
    if (!(await guaranteesOf(one)).deterministic) return;
    const values = (await valuesFor(one)).slice(0, 200);
    const usual = await replace(name, values, use);
    const otherSecret = await replace(name, values, { ...use, secret: 'another secret, also of more than 32 bytes' });
    const otherDomain = await replace(name, values, { ...use, domain: 'another' });
    const { keyed } = await guaranteesOf(one);
    expect(usual.join() === otherSecret.join()).toBe(!keyed);
    expect(usual.join() === otherDomain.join()).toBe(!keyed);
  });

  test('maps no two of 20,000 values to one where it promises so', async () => {
    const { guarantees, instance } = await useStrategy(name, use);
    const isLikely = guarantees.uniqueness === 'likely' && (instance.bits ?? 0) > 50;
    if (guarantees.yieldsNull || (guarantees.uniqueness !== 'preserved' && !isLikely)) return;
    const values = await valuesFor(one);
    expect(new Set(await replace(name, values, use)).size).toBe(values.length);
  });

  test('comes back by its reverse, where it has one', async () => {
    const bound = await useStrategy(name, use);
    if (!one.definition.reverse) return;
    expect(bound.guarantees.reversible).toBe(true);
    const values = (await valuesFor(one)).slice(0, 2000);
    const others = Object.fromEntries(bound.reads.map(column => [column, values]));
    const back = await useStrategy(name, { ...use, direction: 'reverse' });
    const replaced = replaceWith(bound, values, { others }).map(String); // NULL has no way back
    for (const batch of [1, 1000]) expect(replaceWith(back, replaced, { others, batch })).toEqual(values);
  });

  test('refuses an option that it does not know', async () => {
    const options = { ...use.options, no_such_option: 1 };
    expect(await tryStrategy(name, { ...use, options })).toContain('no option "no_such_option"');
  });

  test.each(['text', 'binary'] as const)('its output comes through the fields of %s COPY as it is', async format => {
    const values = await replace(name, (await valuesFor(one)).slice(0, 500), use);
    const kept = values.filter(value => value !== null);
    if (format === 'binary' && TEXT_ONLY.includes(use.type ?? 'text')) return;
    const codec = fieldCodec(format, catalogType(use.type ?? 'text'), new Map())!; // every other type of the examples has one
    const fields = codec.encode(columnOf(kept), new ColumnOutput(kept.length));
    expect(readColumn(codec.decode(fields, new ColumnOutput(kept.length)))).toEqual(kept);
  });

  test('says how long its output may get', async () => {
    const { instance } = await useStrategy(name, use);
    if (instance.maxLength === undefined) return;
    for (const value of await replace(name, (await valuesFor(one)).slice(0, 2000), use)) {
      expect([...(value ?? '')].length).toBeLessThanOrEqual(instance.maxLength);
    }
  });
});

describe.each(onText)('%s, given anything,', (_, one) => {
  const { name, use } = one;

  test('gives one value of valid UTF-8 for each hostile value, or refuses it, and never the value itself', async () => {
    const bound = await useStrategy(name, use);
    const replaced = replaceEach(bound, HOSTILE); // decodes with fatal: true
    if (TOTAL.includes(name)) expect(replaceWith(bound, HOSTILE)).toEqual(replaced);
    if (!mayRepeat(name)) expect(unchanged(HOSTILE, replaced)).toEqual([]);
  });

  test('does so for whatever text there is', async () => {
    const bound = await useStrategy(name, use);
    const { deterministic } = bound.guarantees;
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 8 }), values => {
        const alone = replaceEach(bound, values);
        if (TOTAL.includes(name)) expect(alone).not.toContain(undefined);
        const taken = values.filter((_, index) => alone[index] !== undefined);
        const replaced = replaceWith(bound, taken);
        expect(replaced).toHaveLength(taken.length);
        if (!mayRepeat(name)) expect(unchanged(taken, replaced)).toEqual([]);
        if (deterministic) expect(replaced).toEqual(alone.filter(value => value !== undefined));
      }),
      { numRuns: 100 },
    );
  });
});

test('a worker thread gives the same replacements as the main thread', async () => {
  const isDeterministic = await Promise.all(cases.map(async one => (await guaranteesOf(one)).deterministic));
  const jobs = cases
    .filter((_, index) => isDeterministic[index])
    .map(async one => ({ name: one.name, use: one.use, values: (await valuesFor(one)).slice(0, 300) }));
  const workerData = await Promise.all(jobs);
  const expected = [];
  for (const { name, use, values } of workerData) expected.push(await replace(name, values, use));
  const worker = new Worker(new URL('./replace-worker.ts', import.meta.url), { workerData });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve).once('error', reject);
  try {
    expect(await promise).toEqual(expected);
  } finally {
    await worker.terminate();
  }
});

test('a keyed strategy without a secret is refused', async () => {
  const isKeyed = await Promise.all(cases.map(async one => (await guaranteesOf(one)).keyed));
  const keyed = cases.filter((_, index) => isKeyed[index]);
  expect(keyed.length).toBeGreaterThan(0);
  for (const { name, use } of keyed) {
    const found = await tryStrategy(name, { ...use, secret: null });
    expect(found).toContain(`the keyed strategy "${name}"`);
  }
});

test('a type that a strategy does not accept is refused', async () => {
  for (const [name, { accepts, examples }] of definitions) {
    for (const type of Object.values(TYPES)) {
      if (accepts === 'any' || accepts.includes(type.kind)) continue;
      const found = await tryStrategy(name, { options: examples[0]?.options ?? {}, type: type.name });
      expect(found).toContain(`does not accept ${type.name}`);
    }
  }
});
