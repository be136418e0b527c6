// regex_replace: replaces what a regular expression matches. Around the matches a value stays as it is, and says so.

import { compilePattern, replaceMatches, TooManySteps } from '../src/kernels/linear-pattern.ts';
import { defineStrategy, StrategyRefusal, UnfitValue, z } from '../src/strategy.ts';

const options = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe('A regular expression (JavaScript, Unicode), without backreferences and lookaround'),
  replacement: z.string().describe('What each match becomes; `$1` and `$<name>` are groups, `$$` is a dollar sign'),
  flags: z
    .string()
    .regex(/^[ims]*$/, 'must be some of i, m and s')
    .refine(flags => new Set(flags).size === flags.length, 'must name each flag once')
    .default('')
    .describe('`i`: capitals and small letters are the same; `m`: ^ and $ match at lines; `s`: . matches line ends'),
  first_only: z.boolean().default(false).describe('Replaces the first match only, not all'),
  unmatched: z
    .enum(['refuse', 'keep', 'nullify'])
    .default('refuse')
    .describe('What becomes of a value without a match, or that the replacement leaves as it is'),
});

export default defineStrategy({
  summary: 'Replaces what a regular expression matches; what it does not match stays in clear.',
  options,
  accepts: ['text'],
  guarantees: ({ unmatched }) => ({
    deterministic: true,
    reversible: false,
    uniqueness: 'lossy',
    keyed: false,
    yieldsNull: unmatched === 'nullify',
  }),
  examples: [
    { options: { pattern: '\\d', replacement: '#' }, input: 'flat 12, no 7', output: 'flat ##, no #' },
    {
      options: { pattern: '^(\\w)\\w* (\\w)\\w*$', replacement: '$1. $2.' },
      input: 'Ada Lovelace',
      output: 'A. L.',
    },
    {
      options: { pattern: '(?<year>\\d{4})-\\d\\d-\\d\\d', replacement: '$<year>', unmatched: 'nullify' },
      input: 'born 1815-12-10',
      output: 'born 1815',
    },
    { options: { pattern: '\\d', replacement: '#', unmatched: 'nullify' }, input: 'no digits', output: null },
  ],
  notes: [
    'What the pattern does not match, and what the groups of the replacement name, stays in clear. Anchor the pattern with ^ and $ where nothing around a match may stay.',
    'A value without any match is refused unless `unmatched` says otherwise; `keep` passes it on in clear.',
    'Patterns run in linear time, whatever they are: no text makes one run away, as JavaScript’s own would. Backreferences and lookaround cannot, and are findings of the plan. Where many matches each look far ahead, the steps are counted, and a value that takes too many is refused.',
    'It is not keyed: whoever knows a value knows its replacement.',
  ],
  create({ pattern, replacement, flags, first_only, unmatched }) {
    const compiled = compilePattern(pattern, flags);
    if ('reason' in compiled) throw new StrategyRefusal(`pattern ${compiled.reason}`, compiled.fix);
    const replace = replaceMatches({ ...compiled, replacement, firstOnly: first_only });
    if (typeof replace !== 'function') {
      throw new StrategyRefusal(
        `replacement names a group that pattern has not: ${replace.group}`,
        'Correct one of them.',
      );
    }
    return {
      note:
        unmatched === 'keep' ? 'values without a match stay in clear' : 'what pattern does not match stays in clear',
      value(text) {
        const replaced = replaceWithin(replace, text);
        if (replaced !== undefined && replaced !== text) return replaced;
        if (unmatched === 'refuse') throw new UnfitValue('pattern must match it, and replacement change it');
        return unmatched === 'keep' ? text : null;
      },
    };
  },
});

function replaceWithin(replace: (text: string) => string | undefined, text: string): string | undefined {
  try {
    return replace(text);
  } catch (cause) {
    if (cause instanceof TooManySteps) throw new UnfitValue('pattern takes too many steps on it');
    throw cause;
  }
}
