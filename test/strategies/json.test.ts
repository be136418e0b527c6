import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replaceOne, tryStrategy } from './replace.ts';

const X = { strategy: 'constant', value: 'x' };
const run = (input: string, paths: object, unknown = 'refuse') =>
  replaceOne('json', input, { type: 'json', options: { paths, unknown } });

describe('a document', () => {
  test.each([
    ['{"a":1e400,"b":[1,2.50,-0]}', { '$.a': 'keep', '$.b': 'keep' }, '{"a":1e400,"b":[1,2.50,-0]}'],
    ['{"a":"p","a":"q"}', { '$.a': X }, '{"a":"x","a":"x"}'],
    ['{"\\u0061":"p"}', { '$.a': X }, '{"\\u0061":"x"}'],
    [
      ' { "a" : [ { "b" : 1 } , { "b" : null } ] } ',
      { '$.a[*].b': X },
      ' { "a" : [ { "b" : "x" } , { "b" : null } ] } ',
    ],
    ['{"k.y":{"ü":true}}', { '$["k.y"].ü': { strategy: 'constant', value: false } }, '{"k.y":{"ü":false}}'],
    ['[["a"],["b"]]', { '$[0]': 'keep', '$[*][*]': X }, '[["a"],["x"]]'],
    ['{"p":{"q":1},"r":{"q":2}}', { '$.*.q': { strategy: 'constant', value: 3 } }, '{"p":{"q":3},"r":{"q":3}}'],
    ['{"a":{"b":[1,"}"]}}', { '$.a': X }, '{"a":"x"}'],
    ['{"a":null,"b":{}}', { '$.a.c': X, '$.b.c': X }, '{"a":null,"b":{}}'],
    ['"s"', { $: X }, '"x"'],
    ['{"a":"\\ud83d\\ude00\\n"}', { '$.a': { strategy: 'mask' } }, '{"a":"**"}'],
  ])('%s', async (input, paths, output) => {
    expect(await run(input, paths)).toBe(output);
  });

  test.each(['{"b":1}', '{"a":{"b":1}}', '[1]', '{"a":"s"}', '"s"', '{"c":{}}'])(
    'with a place that no path lists is refused, without a word of it: %s',
    async input => {
      const refusal = await run(input, { '$.a.x': X }).catch((error: Error) => error.message);
      expect(refusal).toBe('the document has a place that no path lists');
    },
  );

  test.each([
    ['{"a":1,"b":2,"c":3}', '{"b":"x"}'],
    ['{"b":1,"c":2}', '{"b":"x"}'],
    ['{"a":1,"c":2}', '{}'],
    ['{"a":{"z":[1]},"b":2}', '{"b":"x"}'],
    ['{"d":[1,{"e":2},3,{"e":4}]}', '{"d":[{"e":"x"},{"e":"x"}]}'],
    ['{"d":[]}', '{"d":[]}'],
  ])('loses such places where they are dropped: %s', async (input, output) => {
    expect(await run(input, { '$.b': X, '$.d[*].e': X }, 'drop')).toBe(output);
  });

  test.each(['', '{', '{"a"}', '{"a":1,}', '[1 2]', '{"a":1}x', '{"a":tru}', '{"a":"', 'x'])(
    'that is none is refused: %s',
    async input => {
      await expect(run(input, { '$.a': X, '$[*]': X })).rejects.toThrow('a JSON document is wanted');
    },
  );

  test('of any kind stays as it is where all is kept, and stays JSON where it is not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), async (text, indent) => {
        const input = JSON.stringify(JSON.parse(text), null, indent);
        expect(await run(input, { '$.none': X }, 'keep')).toBe(input);
        const dropped = await run(input, { '$.*.a': X, '$[*].b': X }, 'drop').catch((error: Error) => error.message);
        if (dropped !== 'the document has a place that no path lists') JSON.parse(String(dropped));
      }),
      { numRuns: 150 },
    );
  });

  test('a megabyte, or 20,000 levels deep, is no trouble', async () => {
    const large = `{"a":[${'{"b":"secret"},'.repeat(70_000)}{"b":"secret"}]}`;
    expect(await run(large, { '$.a[*].b': X })).toBe(large.replaceAll('secret', 'x'));
    const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)},"b":"p"}`;
    expect(await run(deep, { '$.b': X }, 'keep')).toBe(deep.replace('"p"', '"x"'));
    expect(await run(deep, { '$.b': X }, 'drop')).toBe('{"b":"x"}');
  });
});

test('a nested strategy has the domain that it has in a column', async () => {
  const alone = await replaceOne('email', 'ada@mail.org');
  expect(await run('{"a":"ada@mail.org"}', { '$.a': 'email' })).toBe(`{"a":"${alone}"}`);
});

test('a number goes to strategies of numbers, and stays one', async () => {
  const generalize = { strategy: 'generalize', bucket: 10 };
  expect(await run('{"a":73}', { '$.a': generalize })).toMatch(/^\{"a":70\}$/);
});

test.each([
  [{ 'a.b': X }, 'a.b is no path'],
  [{ '$.a[': X }, '$.a[ is no path'],
  [{ '$.a': X, '$.a.b': X }, '$.a.b is inside of $.a'],
  [{ '$.a.b': X, '$.a': X }, 'another path is inside of $.a'],
  [{ '$.a': X, '$["a"]': X }, '$["a"] stands there twice'],
  [{ '$.a': 'hsh' }, '$.a: there is no strategy "hsh". Did you mean "hash"?'],
  [{ '$.a': { strategy: 'hash', lenght: 8 } }, '$.a: strategy "hash" has no option "lenght"'],
  [{ '$.a': { strategy: 'sequence' } }, 'it numbers rows'],
  [{ '$.a': { strategy: 'date_shift', by: 'no_such' } }, 'no_such'],
])('paths %j are a finding', async (paths, message) => {
  expect(await tryStrategy('json', { type: 'json', options: { paths } })).toContain(message);
});
