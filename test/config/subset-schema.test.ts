import { describe, expect, test } from 'vitest';
import { AnonymizeError, parseConfig } from '../../src/index.ts';

const parse = (subset: unknown) =>
  parseConfig(
    JSON.stringify({
      version: 1,
      source: { url: 'env:A' },
      target: { url: 'env:B' },
      tables: { 'public.*': 'keep' },
      subset,
    }),
    { baseDir: '.' },
  ).subset;

const refused = (subset: unknown): string[] => {
  try {
    parse(subset);
  } catch (error) {
    if (error instanceof AnonymizeError)
      return error.findings.map(({ message }) => message.replace(/ \(line \d+\)/, ''));
    throw error;
  }
  throw new Error('it was accepted');
};

describe('subset', () => {
  test('starts from shares, conditions and whole tables, and takes all children unless told otherwise', () => {
    const tables = {
      'public.a': '5%',
      'public.b': { where: 'id < 9', percent: 0.25 },
      'public.c': 'whole',
      'public.d*': '12.5 %',
    };
    expect(parse({ tables })).toEqual({
      tables: [
        { key: 'public.a', rule: { kind: 'some', percent: 5 } },
        { key: 'public.b', rule: { kind: 'some', where: 'id < 9', percent: 0.25 } },
        { key: 'public.c', rule: { kind: 'whole' } },
        { key: 'public.d*', rule: { kind: 'some', percent: 12.5 } },
      ],
      children: 'all',
      others: 'needed',
    });
  });

  test('takes children by the name of their table', () => {
    const children = { 'public.b': 'all', 'public.c': { of: ['public.b'], limit: 3 } };
    expect(parse({ tables: { 'public.a': '5%' }, children, others: 'whole' })).toMatchObject({
      children: [
        { key: 'public.b', rule: {} },
        { key: 'public.c', rule: { of: ['public.b'], limit: 3 } },
      ],
      others: 'whole',
    });
    expect(parse({ tables: { 'public.a': '5%' }, children: 'none' })).toMatchObject({ children: [] });
  });

  const start = { 'public.a': '5%' };
  test.each([
    ['no start', { tables: {} }, 'subset.tables: names no table to start from.'],
    ['nothing at all', {}, 'subset.tables: is missing.'],
    ['a start that says nothing', { tables: { 'public.a': {} } }, /^subset\.tables\."public\.a": is empty; a share/],
    [
      'a share in words',
      { tables: { 'public.a': 'half' } },
      /^subset\.tables\."public\.a": must be a share such as 5%/,
    ],
    ['no share', { tables: { 'public.a': '0%' } }, 'subset.tables."public.a": must be above 0.'],
    [
      'more than all',
      { tables: { 'public.a': { percent: 101 } } },
      'subset.tables."public.a".percent: must be at most 100.',
    ],
    ['an unknown key', { tables: { 'public.a': { percnt: 5, where: 'x' } } }, /unknown key\. Did you mean "percent"/],
    [
      'no children at most',
      { tables: start, children: { 'public.b': { limit: 0 } } },
      /children\."public\.b"\.limit: must be at least 1/,
    ],
    ['children of nobody', { tables: start, children: { 'public.b': { of: [] } } }, /children\."public\.b"\.of/],
    ['other children', { tables: start, children: 'some' }, /^subset\.children: all, none, or a block/],
    ['others that are something else', { tables: start, others: 'all' }, 'subset.others: must be needed or whole.'],
  ] as const)('refuses %s', (_, subset, message) => {
    expect(refused(subset)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  });
});

test('a rule may leave its strategy to the key that it references, but has no options then', () => {
  const rules = (column: unknown) =>
    parseConfig(
      JSON.stringify({
        version: 1,
        source: { url: 'env:A' },
        target: { url: 'env:B' },
        tables: { 'public.a': { columns: { x: column } } },
      }),
      { baseDir: '.' },
    ).tables[0]?.rule;
  expect(rules({ references: 'public.b.id' })).toMatchObject({
    columns: { x: { strategy: '', references: 'public.b.id', options: {} } },
  });
  expect(() => rules({ references: 'public.b.id', length: 3 })).toThrow(AnonymizeError);
});
