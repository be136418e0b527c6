import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/config/yaml-document.ts';
import { AnonymizeError } from '../../src/errors.ts';

const HEAD = 'version: 1\nsource: { url: env:S }\ntarget: { url: env:T }\n';

/** The error of a text; a text without defects fails the test. */
function refusal(text: string): AnonymizeError {
  try {
    parseYaml(text, 'a.yaml');
  } catch (error) {
    if (error instanceof AnonymizeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('text that is no YAML', () => {
  test.each([
    ['a duplicate key', `${HEAD}tables:\n  a: keep\n  a: skip`, 6, 3, 'this key is there already.'],
    ['a tab as indentation', `${HEAD}tables:\n\ta: keep`, 5, 1, 'tabs cannot indent; use spaces.'],
    [
      'wrong indentation',
      `${HEAD}tables:\n  a: keep\n b: skip`,
      6,
      1,
      'the indentation does not fit the lines above, or a bracket is open.',
    ],
    ['an open quote', 'a: "secret', 1, 11, 'a colon, comma, quote, bracket or space is missing.'],
    ['an open bracket', 'a: [1, 2', 1, 9, 'the indentation does not fit the lines above, or a bracket is open.'],
    ['two documents', 'a: 1\n---\nb: 2', 2, 1, 'the file holds several documents (---); one is wanted.'],
    ['a tag', 'a: !!js/function "secret"', 1, 4, 'tags (!name) are not used here.'],
    [
      'an alias without anchor',
      `${HEAD}tables:\n  a: *b`,
      5,
      6,
      'this alias (*name) has no anchor; a pattern needs quotes.',
    ],
    ['a key that is a list', '[a, b]: c', 1, 1, 'a key must be a text.'],
    ['an unknown escape', 'a: "\\q"', 1, 5, 'a backslash in double quotes begins no known escape; use single quotes.'],
    ['a reserved character', 'a: @b', 1, 4, 'a text that begins with this character needs quotes.'],
  ])('%s: says where and what', (_, text, line, column, detail) => {
    const error = refusal(text);
    expect(error.code).toBe('ANON_CONFIG_YAML');
    expect(error.message).toBe(`a.yaml is not valid YAML at line ${line}, column ${column}: ${detail}`);
  });

  test.each([
    ['a glob without quotes', `${HEAD}tables:\n  *.t: keep`],
    ['aliases that multiply', bomb(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])],
    ['an alias of itself', 'a: &a [*a]'],
    ['a merge of a text', 'a: { <<: b }'],
    ['a merge at the top', '<<: 3'],
    ['brackets without end', '['.repeat(20_000)],
    ['blocks without end', '- '.repeat(10_000)],
    [
      'blocks as deep as the file is long',
      Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ],
  ])('%s: is refused before long', (_, text) => {
    const started = performance.now();
    expect(refusal(text).code).toBe('ANON_CONFIG_YAML');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('does not come back in the error', () => {
    const canary = 'CANARY';
    const texts = [
      `a: "${canary}`,
      `a: ${canary}\n ${canary}: [`,
      `${canary}: a\n${canary}\n`,
      `a: !${canary} b`,
      `a: *${canary}`,
      `a: "\\q${canary}"`,
      `%${canary}\n---\na: b`,
      `a: |${canary}\n b`,
      `? [${canary}]\n: b`,
    ];
    for (const text of texts) {
      expect(inspect(refusal(text), { depth: 9 })).not.toContain(canary);
    }
  });
});

function bomb(names: readonly string[]): string {
  const lines = names.map((name, i) => {
    const items = Array(9).fill(i === 0 ? 'x' : `*${names[i - 1]}`);
    return `${name}: &${name} [${items.join(', ')}]`;
  });
  return lines.join('\n');
}

test('a path leads to the line of its last key, through lists and aliases', () => {
  const { lineOf } = parseYaml('a: &x\n  b:\n    - c: 1\n    - c: 2\nd: *x\n', 'a.yaml');
  expect(lineOf(['a'])).toBe(1);
  expect(lineOf(['a', 'b'])).toBe(2);
  expect(lineOf(['a', 'b', 1, 'c'])).toBe(4);
  expect(lineOf(['d', 'b', 0])).toBe(3);
  expect(lineOf(['d', 'missing'])).toBe(5);
  expect(lineOf(['missing'])).toBeUndefined();
});

test('whole numbers that JavaScript would round are listed by line', () => {
  const { longNumbers } = parseYaml(
    'a: 9007199254740991\nb: 9007199254740993\nc: 1.5\nd: "9007199254740993"\n',
    'a.yaml',
  );
  expect(longNumbers).toEqual([2]);
});
