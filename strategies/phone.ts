// phone: keyed digits in the shape of the number. Nothing of a value comes through but the asked prefix and punctuation.

import { DECIMAL, nextCharacter } from '../src/kernels/alphabets.ts';
import { DIGITS_OF_DIGEST, digitsOf } from '../src/kernels/digits.ts';
import {
  countPositions,
  isInside,
  isPunctuation,
  keptDigits,
  MAX_KEPT_DIGITS,
  type PhoneNumber,
  PLUS,
} from '../src/kernels/phone-numbers.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { isSourceValue } from '../src/kernels/source-value.ts';
import { type ColumnOutput, defineStrategy, z } from '../src/strategy.ts';

/** Digits for a value that is no phone number: nothing but punctuation, or more to replace than a digest has digits. */
const FALLBACK_DIGITS = 10;
const ZERO = 0x30;

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
  examples: [],
  create({ keep_prefix, keep_format }, context) {
    const { maxLength } = context.type;
    const fallback = Math.min(FALLBACK_DIGITS, maxLength ?? FALLBACK_DIGITS);
    const prf = context.prf('phone');
    return {
      ...(maxLength === undefined ? {} : { maxLength }),
      column(input, output) {
        const digests = prf.digests(input);
        const number: PhoneNumber = { bytes: input.bytes, from: 0, end: 0 };
        for (let index = 0; index < input.count; index++) {
          number.from = input.offsets[index]!; // index < count
          number.end = number.from + input.lengths[index]!; // index < count
          const positions = countPositions(number);
          const digest = index * DIGEST_BYTES;
          if (positions === 0 || positions > DIGITS_OF_DIGEST) {
            writeDigits(digitsOf(digests, digest, fallback), fallback, output);
          } else {
            const digits = digitsOf(digests, digest, positions);
            const kept = keptDigits(number, keep_prefix, positions);
            writeNumber(number, digits, { kept, format: keep_format, output });
            if (isSourceValue(input, index, output)) changeLastDigit(output);
          }
          output.push();
        }
      },
    };
  },
});

function writeNumber(
  { bytes: source, from, end }: PhoneNumber,
  digits: Uint8Array,
  { kept, format, output }: { kept: number; format: boolean; output: ColumnOutput },
): void {
  output.room(end - from);
  const { bytes } = output;
  let at = output.at;
  let position = 0;
  for (let byte = from; byte < end; byte++) {
    const found = source[byte]!; // byte < end
    if (isPunctuation(found)) {
      if (format || (found === PLUS && byte === from)) bytes[at++] = found;
    } else if (!isInside(found)) {
      bytes[at++] = position < kept ? found : ZERO + digits[position]!; // as many digits as positions
      position++;
    }
  }
  output.at = at;
}

function writeDigits(digits: Uint8Array, count: number, output: ColumnOutput): void {
  output.room(count);
  for (let digit = 0; digit < count; digit++) output.bytes[output.at++] = ZERO + digits[digit]!; // digit < count ≤ 30
}

/** The last digit is never a kept one. */
function changeLastDigit(output: ColumnOutput): void {
  let at = output.at - 1;
  while (isPunctuation(output.bytes[at]!)) at--; // a number has a position at least
  output.bytes[at] = nextCharacter(DECIMAL, output.bytes[at]!);
}
