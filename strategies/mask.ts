// mask: masked retention. Covers characters and lets the first, the last, separators or what a pattern captures stay.

import { capturedRanges, capturesEverything, groupsIn } from '../src/kernels/captured-ranges.ts';
import { coverColumn, type Retention } from '../src/kernels/retention.ts';
import { type ColumnType, defineStrategy, StrategyRefusal, z } from '../src/strategy.ts';

/** A bound that keeps positions small integers. */
const MOST_KEPT = 1_000_000;

const options = z.strictObject({
  keep_first: z.int().min(0).max(MOST_KEPT).default(0).describe('Characters that stay at the beginning'),
  keep_last: z.int().min(0).max(MOST_KEPT).default(0).describe('Characters that stay at the end'),
  keep: z
    .string()
    .optional()
    .describe('A regular expression (JavaScript, Unicode): what its groups capture at its first match stays'),
  char: z
    .string()
    .regex(/^[^\p{C}\p{M}\p{Z}]$/u, 'must be one visible character')
    .default('*')
    .describe('The mask character'),
  keep_separators: z
    .boolean()
    .default(false)
    .describe('Punctuation and spaces stay, and are not counted by `keep_first` and `keep_last`'),
});

export default defineStrategy({
  summary:
    'Covers the characters of a value and lets some stay. A value too short to hide anything is covered wholly, and the length shows.',
  options,
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [
    { input: 'Lovelace', output: '********' },
    { options: { keep_last: 4 }, input: '4111111111111111', output: '************1111' },
    { options: { keep_last: 4 }, input: '007', output: '***' },
    { options: { keep_last: 4, keep_separators: true }, input: '4111-1111-1111-1111', output: '****-****-****-1111' },
    { options: { keep_first: 1, char: '•' }, input: 'Zoë', output: 'Z••' },
    { options: { keep: '@(.*)$' }, input: 'ada@example.org', output: '****example.org' },
  ],
  notes: [
    'A character is a code point with the combining marks that follow it: an accent goes with its letter.',
    'Where the options would let a whole value stay, all of it is covered, and an empty value becomes one mask character.',
    'A value that consists of mask characters already is covered with # instead (or * where # is the mask character).',
    'Masking is not keyed: whoever knows a value recognises its mask, and the length shows.',
  ],
  create(chosen, { type }) {
    refuseUncovered(chosen, type);
    const captured = chosen.keep === undefined ? undefined : capturedRanges(checkedPattern(chosen.keep));
    const rule: Retention = {
      first: chosen.keep_first,
      last: chosen.keep_last,
      separators: chosen.keep_separators,
      cover: Buffer.from(chosen.char),
      otherCover: Buffer.from(chosen.char === '*' ? '#' : '*'),
    };
    return {
      ...(type.maxLength === undefined ? {} : { maxLength: type.maxLength }),
      column: (input, output) => coverColumn(input, output, rule, captured),
    };
  },
});

function refuseUncovered({ keep_first, keep_last }: z.output<typeof options>, { maxLength, name }: ColumnType): void {
  if (maxLength === undefined || keep_first + keep_last < maxLength) return;
  throw new StrategyRefusal(
    `keep_first and keep_last leave nothing of ${name} to cover`,
    `Let fewer than ${maxLength} characters stay.`,
  );
}

function checkedPattern(pattern: string): string {
  let groups: number;
  try {
    groups = groupsIn(pattern);
  } catch {
    throw new StrategyRefusal('keep is not a regular expression', 'Correct it; it is read with the flag u.');
  }
  if (groups === 0) {
    throw new StrategyRefusal('keep has no group, so nothing would stay', 'Put parentheses around what should stay.');
  }
  if (capturesEverything(pattern)) {
    throw new StrategyRefusal('keep captures whole values, so nothing would be covered', 'Capture less, or use keep.');
  }
  return pattern;
}
