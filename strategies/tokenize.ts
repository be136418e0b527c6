// tokenize: replaces a value by a token that the vault can turn back. One value has one token, and every token resolves.

import { collisionBound, describeCollisions } from '../src/kernels/collisions.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { TOKEN_FORMATS, type TokenFormat, tokenFormat } from '../src/kernels/token-formats.ts';
import { tokenDraw } from '../src/kernels/token-text.ts';
import {
  type Column,
  type ColumnOutput,
  defineStrategy,
  FINGERPRINT_BYTES,
  type StrategyContext,
  StrategyRefusal,
  UnfitValue,
  z,
} from '../src/strategy.ts';

/** A run whose tokens collide fails; a greater chance of that is refused beforehand. */
const TOLERABLE_COLLISION = 1e-6;
/** Random tokens are drawn again where they collide: with so many bits to spare, one in 100 is. */
const SPARE_BITS = 7;

const options = z.strictObject({
  mode: z
    .enum(['deterministic', 'random'])
    .default('deterministic')
    .describe('`deterministic`: follows from value and secret, without a lookup; `random`: drawn once, then looked up'),
  format: z
    .enum(TOKEN_FORMATS)
    .optional()
    .describe(
      'How it is written. `shape`: digits, capital and small letters stand where the value has them. Default: `base32`; ' +
        '`digits` for columns of numbers, `uuid` for uuid',
    ),
  prefix: z
    .string()
    .regex(/^[\x21-\x7e]{1,40}$/, 'must be 1 to 40 printable ASCII characters without spaces')
    .optional()
    .describe('What every token begins with, such as `tok_`'),
  alphabet: z
    .string()
    .regex(/^(?!.*(.).*\1)[\x21-\x7e]{2,94}$/, 'must be 2 to 94 printable ASCII characters, no two of them the same')
    .optional()
    .describe('The characters of the token, instead of a format'),
  length: z
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Characters of the token behind its prefix. Default: 26 for `base32`, 22 for `base64url`, 32 for `hex`; as many ' +
        'digits as every number of the type may have, at most 18; of an alphabet as many as make 128 bits',
    ),
});

export default defineStrategy({
  summary: 'Replaces a value by a token, which the vault in the control database turns back for who may.',
  options,
  accepts: ['text', 'integer', 'decimal', 'uuid'],
  guarantees: ({ mode, format }) => ({
    deterministic: true,
    reversible: true,
    uniqueness: mode === 'random' || format === 'shape' ? 'preserved' : 'likely',
    keyed: true,
    yieldsNull: false,
  }),
  examples: [
    { input: 'ada@example.org', output: 'yhe2wa4esf77rwsmxwxm4pvvvq' },
    {
      options: { prefix: 'tok_', format: 'hex', length: 24 },
      input: 'ada@example.org',
      output: 'tok_c1c9ab0384917ff8da4cbdae',
    },
    { options: { format: 'shape' }, input: 'CH-4711 Rosengarten 12', output: 'BG-1632 Kviezyuwqea 61' },
    {
      options: { alphabet: 'ABCDEFGHJKMNPQRSTUVWXYZ23456789' },
      input: 'ada@example.org',
      output: 'NHFC6Y5BV3Y7SG2J3M8UKJ7JYT',
    },
    { type: 'bigint', input: '73500', output: '542308345778542322' },
    { type: 'uuid', input: '6f9619ff-8b86-d011-b42d-00c04fc964ff', output: '6e39dd9e-f8fb-850f-8c11-12cfe746c972' },
  ],
  notes: [
    'It needs `control.url`, and `anonymize migrate` once. The vault holds every value sealed with AES-256-GCM under a key of its domain, and is committed before the rows.',
    '`anonymize detokenize` turns tokens back for who has secret and control database, and writes down who did, and why.',
    '`anonymize vault purge` drops the keys of a domain: its tokens then stand for nothing any more.',
    'A domain has one format. A random token stays the same for as long as the vault keeps it.',
    'The vault refuses two values with one token: a run whose tokens are too few fails, it does not mix them up.',
  ],
  create(chosen, context) {
    const format = tokenFormat(chosen, context.type);
    const isRandom = chosen.mode === 'random';
    checkRoom(format, isRandom, context);
    const { length: maxLength, bits } = format;
    const facts = {
      ...(maxLength !== undefined && { maxLength }),
      ...(bits !== undefined && !isRandom && { bits }),
      note: noteOf(format, isRandom, context),
    };
    return { ...facts, ...(isRandom ? byVault : bySecret)(format, context, JSON.stringify(chosen)) };
  },
});

/** Tokens from digests. They are noted for the vault; the same digest is seed and fingerprint, since the vault holds both. */
function bySecret({ write, obstacle }: TokenFormat, context: StrategyContext, name: string) {
  const prf = context.prf('token');
  const tokens = context.vault.tokens(context.domain, name);
  const fingerprints = fingerprintsIn();
  return {
    column(input: Column, output: ColumnOutput): void {
      const digests = prf.digests(input);
      const first = output.count;
      const place = { input, index: 0 }; // one for all: a new one for each value would be most of what the collector has to do
      for (let index = 0; index < input.count; index++) {
        refuse(obstacle?.(input, index));
        place.index = index;
        write(digests, index * DIGEST_BYTES, place, output);
        output.push();
      }
      const { bytes, offsets, lengths } = output;
      const written = { bytes, offsets: offsets.subarray(first), lengths: lengths.subarray(first), count: input.count };
      tokens.note({ fingerprints: fingerprints(digests, input.count), values: input }, written);
    },
  };
}

/** Tokens that the vault has, or else random ones. */
function byVault({ write, obstacle }: TokenFormat, context: StrategyContext, name: string) {
  const prf = context.prf('token');
  const tokens = context.vault.tokens(context.domain, name, true);
  const fingerprints = fingerprintsIn();
  const draw = tokenDraw(write);
  let found: readonly string[] = [];
  return {
    async prepare(input: Column): Promise<void> {
      // `column` refuses it, where the row is known.
      if (Array.from({ length: input.count }, (_, index) => obstacle?.(input, index)).some(Boolean)) return;
      const entries = { fingerprints: fingerprints(prf.digests(input), input.count), values: input };
      found = await tokens.findOrDraw(entries, index => draw({ input, index }));
    },
    column(input: Column, replaced: ColumnOutput): void {
      for (let index = 0; index < input.count; index++) {
        refuse(obstacle?.(input, index));
        replaced.pushBytes(Buffer.from(found[index]!, 'latin1')); // one for each value
      }
    },
  };
}

/** The last bytes of each digest, copied: digests are the kernel's own memory. */
function fingerprintsIn(): (digests: Uint8Array, count: number) => Uint8Array {
  let prints = new Uint8Array(0);
  return (digests, count) => {
    if (prints.length < count * FINGERPRINT_BYTES) prints = new Uint8Array(count * FINGERPRINT_BYTES);
    const source = new DataView(digests.buffer, digests.byteOffset, digests.byteLength);
    const target = new DataView(prints.buffer);
    for (let index = 0; index < count; index++) {
      const from = (index + 1) * DIGEST_BYTES - FINGERPRINT_BYTES;
      const to = index * FINGERPRINT_BYTES;
      for (let byte = 0; byte < FINGERPRINT_BYTES; byte += 4) target.setInt32(to + byte, source.getInt32(from + byte));
    }
    return prints;
  };
}

function refuse(obstacle: string | undefined): void {
  if (obstacle !== undefined) throw new UnfitValue(obstacle);
}

function checkRoom({ bits }: TokenFormat, isRandom: boolean, { rows }: StrategyContext): void {
  if (bits === undefined) return;
  const isEnough = isRandom ? bits >= Math.log2(rows) + SPARE_BITS : collisionBound(rows, bits) <= TOLERABLE_COLLISION;
  if (isEnough) return;
  const fix = isRandom ? 'Make the tokens longer.' : 'Make the tokens longer, or use mode: random.';
  throw new StrategyRefusal(`${Math.floor(bits)} bits are too few tokens for ${rows} rows`, fix);
}

function noteOf({ bits }: TokenFormat, isRandom: boolean, { rows }: StrategyContext): string {
  if (isRandom) return 'tokens are drawn at random, and looked up in the vault';
  return bits === undefined ? 'tokens have the shapes of their values' : describeCollisions(rows, bits);
}
