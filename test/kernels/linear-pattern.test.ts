import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern, replaceMatches, TooManySteps } from '../../src/kernels/linear-pattern.ts';

function replaceAll(pattern: string, replacement: string, text: string, flags = ''): string | undefined {
  const compiled = compilePattern(pattern, flags);
  if ('reason' in compiled) throw new Error(compiled.reason);
  const replace = replaceMatches({ ...compiled, replacement, firstOnly: false });
  if (typeof replace !== 'function') throw new Error(replace.group);
  return replace(text);
}

test.each([
  ['\\d+', '#', 'a1b22'],
  ['(\\w+)@(\\w+)', '$2 at $1', 'ada@home bob@work'],
  ['(?<a>.)(?<b>.)', '$<b>$<a>', '😀ab'],
  ['a|ab|abc', 'x', 'abcab'],
  ['a*?b', 'x', 'aaab'],
  ['(a)|b', '[$1]', 'ab'],
  ['(?:(a)|b)*', '[$1]', 'abab'],
  ['x*', '-', 'aé😀b'],
  ['^.|.$', '!', 'line\nline'],
  ['\\bcat\\B', 'dog', 'cat cats concat'],
  ['[^\\]a-c\\p{L}]+', '_', 'ab]-9'],
  ['a{2,3}', 'x', 'aaaaaaa'],
  ['(a{2}){2,}?', 'x', 'aaaaaaaaaa'],
  ['(?:a?){3}b', 'x', 'aab'],
  ['\\u{1F600}|\\uD83D\\uDE01', 'x', '😀😁'],
  ['$', 'end', 'text'],
  ['\\$(\\d)', '$$$1', '$5'],
])('%s → %s on %j is what JavaScript makes of it', (pattern, replacement, text) => {
  for (const flags of ['', 'i', 'm', 's']) {
    const expected = text.replace(new RegExp(pattern, `gu${flags}`), replacement);
    expect(replaceAll(pattern, replacement, text, flags) ?? text).toBe(expected);
  }
});

test('random patterns do what JavaScript makes of them', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '\\w', '(a)', '(?:b|a)', '(a|ab)', '\\b', '^', '$');
  const quantified = fc
    .tuple(atom, fc.constantFrom('', '*', '+', '?', '*?', '+?', '{2}', '{1,2}'))
    .map(([one, quantifier]) => one + (/^(\\b|\^|\$)$/.test(one) ? '' : quantifier));
  const pattern = fc.array(quantified, { minLength: 1, maxLength: 5 }).map(parts => parts.join(''));
  const choice = fc.array(pattern, { minLength: 1, maxLength: 3 }).map(parts => parts.join('|'));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', ' ', '\n', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(choice, text, (source, given) => {
      const expected = given.replace(new RegExp(source, 'gu'), '<$&>').replaceAll('', '');
      const compiled = compilePattern(`(${source})`, '');
      if ('reason' in compiled) throw new Error(compiled.reason);
      const replace = replaceMatches({ ...compiled, replacement: '<$1>', firstOnly: false });
      if (typeof replace !== 'function') throw new Error(replace.group);
      expect(replace(given) ?? given).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

test.each([['(a+)+$'], ['(a|aa)+$'], ['(.*)*x'], ['a?'.repeat(30) + 'a'.repeat(30)], ['.*.*.*=']])(
  '%s does not run away',
  pattern => {
    const start = process.threadCpuUsage();
    try {
      replaceAll(pattern, 'x', `${'a'.repeat(3000)}!`);
    } catch (cause) {
      expect(cause).toBeInstanceOf(TooManySteps);
    }
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(3000); // milliseconds
  },
);

test('matches that each look far ahead are stopped by their steps, each time the same', () => {
  expect(() => replaceAll('a(.*z)?', 'x', 'a'.repeat(60_000))).toThrow(TooManySteps);
});

test.each([
  ['(a)\\1', 'backreference'],
  ['(?<x>a)\\k<x>', 'backreference'],
  ['a(?=b)', 'lookaround'],
  ['(?<!a)b', 'lookaround'],
  ['a{1,5000}', 'repeats too much'],
  ['(', 'not a regular expression'],
])('%s is refused: %s', (pattern, reason) => {
  expect(compilePattern(pattern, '')).toMatchObject({ reason: expect.stringContaining(reason) });
});

test('a group that is not there is named', () => {
  const compiled = compilePattern('(a)', '');
  if ('reason' in compiled) throw new Error(compiled.reason);
  expect(replaceMatches({ ...compiled, replacement: '$2', firstOnly: false })).toEqual({ group: '$2' });
  expect(replaceMatches({ ...compiled, replacement: '$<b>', firstOnly: false })).toEqual({ group: '$<b>' });
});
