// hash: an HMAC-SHA-256 pseudonym. Equal values of a domain get equal pseudonyms, and only the secret links them.

import {
  BASE64URL,
  type CharacterWriter,
  characterWriter,
  DECIMAL,
  HEX,
  nextCharacter,
} from '../src/kernels/alphabets.ts';
import { describeCollisions } from '../src/kernels/collisions.ts';
import { DIGITS_OF_DIGEST, digitWriter } from '../src/kernels/digits.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { isSourceNumber, isSourceValue } from '../src/kernels/source-value.ts';
import { integerDigits } from '../src/kernels/type-text.ts';
import { UUID_BITS, UUID_LENGTH, writeUuid } from '../src/kernels/uuid.ts';
import { type ColumnType, defineStrategy, StrategyRefusal, z } from '../src/strategy.ts';

const ENCODINGS = {
  // 256 bits of a digest give at most so many characters; 128 bits are plenty for any table
  hex: { alphabet: HEX, usual: 32, most: 64 },
  base64url: { alphabet: BASE64URL, usual: 22, most: 42 },
  integer: { alphabet: DECIMAL, usual: 18, most: DIGITS_OF_DIGEST },
} as const;

const options = z.strictObject({
  encoding: z
    .enum(['hex', 'base64url', 'integer'])
    .optional()
    .describe(
      'How the pseudonym is written. Default: `hex`; `integer` for columns of numbers; a uuid column gets a UUID',
    ),
  length: z
    .int()
    .min(1)
    .max(ENCODINGS.hex.most)
    .optional()
    .describe(
      'Characters of the pseudonym. Default: 32 for `hex`, 22 for `base64url`; for `integer` as many digits as every ' +
        'number of the type may have (int4: 9, bigint: 18). Give columns of different widths in one domain the same length',
    ),
});
type Options = z.output<typeof options>;

interface Pseudonym {
  readonly write: CharacterWriter;
  readonly alphabet: Parameters<typeof nextCharacter>[0];
  readonly isSource: typeof isSourceValue;
  readonly length: number;
  readonly bits: number;
}

export default defineStrategy({
  summary: 'Replaces a value by a keyed pseudonym (HMAC-SHA-256): equal values stay equal, joins survive.',
  options,
  accepts: ['text', 'integer', 'decimal', 'uuid'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'likely', keyed: true, yieldsNull: false },
  examples: [
    { input: 'ada@example.org', output: 'c781d1cd090b7d4e420e22ed68c00530' },
    { options: { encoding: 'base64url', length: 12 }, input: 'ada@example.org', output: 'x4HRzQkLfU5C' },
    { type: 'integer', input: '73500', output: '59547876' },
    { type: 'uuid', input: '6f9619ff-8b86-d011-b42d-00c04fc964ff', output: 'a6b2279b-8b78-840c-b8a4-34ea35d51aaa' },
  ],
  notes: [
    'The chance of a collision follows from the length and the number of rows; the plan states it, and refuses too short a hash on a unique column.',
    'A pseudonym that comes out as its own value (which takes few characters) has its last character counted up.',
  ],
  create(chosen, context) {
    const pseudonym = pseudonymFor(chosen, context.type);
    const { write, alphabet, isSource, length, bits } = pseudonym;
    const prf = context.prf('hash');
    return {
      maxLength: length,
      bits,
      note: describeCollisions(context.rows, bits),
      column(input, output) {
        const digests = prf.digests(input);
        for (let index = 0; index < input.count; index++) {
          write(digests, index * DIGEST_BYTES, output);
          if (isSource(input, index, output)) {
            const last = output.at - 1;
            output.bytes[last] = nextCharacter(alphabet, output.bytes[last]!); // a pseudonym has a character at least
          }
          output.push();
        }
      },
    };
  },
});

function pseudonymFor(chosen: Options, type: ColumnType): Pseudonym {
  if (type.kind === 'uuid') return uuidPseudonym(chosen);
  const isNumber = type.kind === 'integer' || type.kind === 'decimal';
  const encoding = chosen.encoding ?? (isNumber ? 'integer' : 'hex');
  if (isNumber && encoding !== 'integer') {
    throw new StrategyRefusal(`${encoding} is not a number, and the column is ${type.name}`, 'Use encoding: integer.');
  }
  const { usual, most } = ENCODINGS[encoding];
  const fits = isNumber ? Math.min(integerDigits(type) ?? most, most) : most;
  const length = chosen.length ?? Math.min(usual, fits);
  if (length > fits || length < 1) {
    throw new StrategyRefusal(
      `${length} characters of ${encoding} are too many for ${type.name}`,
      fits > 0 ? `Use length: ${fits} or less.` : 'Use a strategy that fits the type, such as constant.',
    );
  }
  if (encoding === 'integer') {
    const write = digitWriter(length, isNumber);
    const isSource = isNumber ? isSourceNumber : isSourceValue;
    return { write, alphabet: DECIMAL, isSource, length, bits: length * Math.log2(10) };
  }
  const { alphabet } = ENCODINGS[encoding];
  const write = characterWriter(alphabet, length);
  return { write, alphabet, isSource: isSourceValue, length, bits: length * alphabet.bits };
}

function uuidPseudonym({ encoding, length }: Options): Pseudonym {
  if (length !== undefined || (encoding !== undefined && encoding !== 'hex')) {
    throw new StrategyRefusal('a uuid column takes a whole UUID', 'Leave out length and encoding.');
  }
  return { write: writeUuid, alphabet: HEX, isSource: isSourceValue, length: UUID_LENGTH, bits: UUID_BITS };
}
