// phone: keyed digits in the shape of the number. Nothing of a value comes through but the asked prefix and punctuation.

import { DIGITS_OF_DIGEST, digitsOf, digitWriter } from '../src/kernels/digits.ts';
import {
  avoidSource,
  countPositions,
  keepPrefix,
  MAX_KEPT_DIGITS,
  type PhoneNumber,
  replaceDigits,
  type Written,
} from '../src/kernels/phone-numbers.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { defineStrategy, z } from '../src/strategy.ts';

/** Digits for a value that is no phone number: nothing but punctuation, or more to replace than a digest has digits. */
const FALLBACK_DIGITS = 10;
/** Drawn at first: an international number has up to 15, and most have no more than 12. */
const USUAL_DIGITS = 12;

const options = z.strictObject({
  keep_prefix: z
    .union([z.boolean(), z.int().min(1).max(MAX_KEPT_DIGITS)])
    .default(false)
    .describe(
      'How many leading digits stay; `true`: the country code and the beginning of the area code (three digits of a ' +
        'national number and after +1 and +7, else two). Half of the digits, and at least four, are always replaced',
    ),
  keep_format: z
    .boolean()
    .default(true)
    .describe('Spaces and + ( ) - . / stay where they are; `false`: only digits, after the leading + if there is one'),
});

export default defineStrategy({
  summary: 'Replaces the digits of a phone number by keyed digits; letters and all else become digits too.',
  options,
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
  examples: [
    { input: '+41 79 123 45 67', output: '+04 74 630 54 47' },
    { options: { keep_prefix: true }, input: '+41 79 123 45 67', output: '+41 79 630 54 47' },
    { options: { keep_prefix: true }, input: '(212) 555-0123 x9', output: '(212) 908-1573 93' },
    { options: { keep_prefix: 3, keep_format: false }, input: '030 / 12 34 56', output: '030616616' },
  ],
  notes: [
    'Each digit, letter or other character takes one keyed digit. A value without any, or with more than 30, becomes ten digits.',
    'The digits come from the whole value as it is written: one number in two notations becomes two numbers.',
    'Digits that come out as they were are counted up by one at the end, so that no number stays as it was.',
  ],
  create({ keep_prefix: prefix, keep_format: keepsFormat }, context) {
    const { maxLength } = context.type;
    const writeFallback = digitWriter(Math.min(FALLBACK_DIGITS, maxLength ?? FALLBACK_DIGITS), false);
    const prf = context.prf('phone');
    return {
      ...(maxLength === undefined ? {} : { maxLength }),
      column(input, output) {
        const digests = prf.digests(input);
        const number: PhoneNumber = { bytes: input.bytes, from: 0, end: 0 };
        const target = { digests, digest: 0, output, keepsFormat };
        for (let index = 0; index < input.count; index++) {
          number.from = input.offsets[index]!; // index < count
          number.end = number.from + input.lengths[index]!; // index < count
          target.digest = index * DIGEST_BYTES;
          const positions = writeUsual(number, target) || writeCounted(number, target);
          if (positions === 0) writeFallback(digests, target.digest, output);
          else {
            if (prefix !== false) keepPrefix(number, target, { wanted: prefix, positions });
            avoidSource(number, target);
          }
          output.push();
        }
      },
    };
  },
});

interface Target extends Written {
  readonly digests: Uint8Array;
  /** Of the number at hand. */
  readonly digest: number;
}

/** Writes a number of few digits without counting them first. @returns how many; 0: it is another number */
function writeUsual(number: PhoneNumber, target: Target): number {
  if (number.end - number.from > DIGITS_OF_DIGEST) return 0;
  const positions = replaceDigits(number, digitsOf(target.digests, target.digest, USUAL_DIGITS), target);
  if (positions > 0 && positions <= USUAL_DIGITS) return positions;
  target.output.at = target.output.start;
  return 0;
}

/** @returns how many digits; 0: the value is no number, and nothing was written */
function writeCounted(number: PhoneNumber, target: Target): number {
  const positions = countPositions(number);
  if (positions === 0 || positions > DIGITS_OF_DIGEST) return 0;
  return replaceDigits(number, digitsOf(target.digests, target.digest, positions), target);
}
