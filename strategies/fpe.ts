// fpe: format-preserving encryption. A value becomes another value of its format, and who has the secret can decrypt it.

import { type CipherOf, type Direction, ff1Ciphers, ff31Ciphers } from '../src/kernels/fpe/ciphers.ts';
import { choosePreset, PRESETS } from '../src/kernels/fpe/presets.ts';
import { defineStrategy, type StrategyContext, type StrategyInstance, StrategyRefusal, z } from '../src/strategy.ts';

const options = z.strictObject({
  preset: z
    .enum(PRESETS)
    .optional()
    .describe(
      'What the values are. Left out: `integer`, `date` or `uuid` where the column has that type, else what `alphabet` says',
    ),
  alphabet: z
    .string()
    .optional()
    .describe('The characters that are encrypted, each once, instead of a preset: a value of them becomes another one'),
  separators: z
    .string()
    .optional()
    .describe('Characters that stay where they are. Default: punctuation of the preset; none with `alphabet`'),
  keep_first: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('Characters that stay at the beginning, separators not counted'),
  keep_last: z.int().min(0).max(1000).optional().describe('Characters that stay at the end, separators not counted'),
  luhn: z
    .boolean()
    .optional()
    .describe("The check digit by Luhn's formula stays right (or as wrong as it was). Default: true for `card`"),
  min: z.union([z.int(), z.string()]).optional().describe('The smallest integer, or the first day'),
  max: z.union([z.int(), z.string()]).optional().describe('The largest integer, or the last day'),
  tweak: z
    .string()
    .optional()
    .describe(
      'A column of the row that the encryption depends on: equal values in rows that differ in it become different ones',
    ),
  mode: z
    .enum(['ff1', 'ff3-1'])
    .default('ff1')
    .describe('`ff3-1` is withdrawn by NIST: only for data that has it already'),
  legacy: z.boolean().default(false).describe('Says that `mode: ff3-1` is meant'),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary:
    'Format-preserving encryption (FF1, AES-256): a value becomes another of its format, and the secret leads back.',
  options,
  accepts: ['text', 'integer', 'decimal', 'date', 'timestamp', 'uuid'],
  guarantees: ({ tweak }) => ({
    deterministic: true,
    reversible: true,
    // Under one tweak it is a permutation; rows with different ones may meet.
    uniqueness: tweak === undefined ? 'preserved' : 'lossy',
    keyed: true,
    yieldsNull: false,
  }),
  reads: ({ tweak }) => (tweak === undefined ? [] : [tweak]),
  examples: [
    { options: { preset: 'card' }, input: '4111-1111-1111-1111', output: '4111-1146-8847-8111' },
    { options: { preset: 'ssn' }, input: '219-09-9999', output: '087-74-8702' },
    { options: { preset: 'iban' }, input: 'GB82 WEST 1234 5698 7654 32', output: 'GB39 UYGF 7080 8008 2094 60' },
    { options: { preset: 'phone' }, input: '+41 79 123 45 67', output: '+41 41 520 51 24' },
    { options: { preset: 'digits', keep_first: 3 }, input: '756.9217.0769.85', output: '756.6103.4836.51' },
    { options: { preset: 'digits', luhn: true }, input: '490154203237518', output: '114347950972495' },
    { options: { preset: 'alphanumerics' }, input: 'QX-12345-ab', output: 'US-72825-tz' },
    {
      options: { alphabet: '0123456789abcdef', separators: ':' },
      input: '00:1b:44:11:3a:b7',
      output: '2a:7b:93:64:f4:aa',
    },
    { type: 'uuid', input: '6f9619ff-8b86-4011-b42d-00c04fc964ff', output: '0cbc65e2-2190-44f3-b376-716ee02d4a93' },
    { type: 'integer', options: { min: 1, max: 9_999_999 }, input: '1073500', output: '4429118' },
    { type: 'bigint', input: '73500', output: '8434176526515548456' },
    { type: 'date', input: '1976-03-04', output: '3143-08-06' },
    {
      type: 'timestamp with time zone',
      options: { min: '1900-01-01', max: '2099-12-31' },
      input: '1976-03-04 12:34:56.789+00',
      output: '2015-05-03 12:39:04.904714+00',
    },
    {
      options: { preset: 'digits', tweak: 'customer_id' },
      input: '0123456789',
      others: { customer_id: 'C-17' },
      output: '7268069505',
    },
    { options: { preset: 'digits', mode: 'ff3-1', legacy: true }, input: '0123456789', output: '9962568573' },
  ],
  notes: [
    'It is for values that must keep their format and may have to be decrypted: `anonymize decrypt` does, with the secret and the same options and domain. Where nobody has to, `hash` and `fake` give away less.',
    'It is a permutation of the values of a format: different values never collide, and a value stays as it is with the probability of one in their number, so at most one in a million. Changing that one would make two values collide.',
    'What stays (prefix, country, last digits) is part of the tweak: the rest of two values with different prefixes is encrypted in different ways.',
    'A value that is not of the format, or has fewer than 1,000,000 forms, is refused (NIST SP 800-38G r1, 2nd public draft): six digits, five letters of one case. A range from `min` to `max` as small is a finding of the plan; dates of less than 2,738 years are.',
    '`card`: the first six and last four digits stay as far as the rest has 1,000,000 forms, one digit of which follows by Luhn; the last ones go first. Of 16 digits 6 and 3 stay, of 15 digits 6 and 2, of 19 digits 6 and 4. With `luhn: false`, of 16 digits 6 and 4.',
    '`card` with a wrong check digit: it stays wrong by as much; so do the check digits of an IBAN.',
    '`ssn`: a number that can be issued becomes one that can be issued (no area 000, 666 or 9xx, no group 00, no serial 0000), another one another.',
    '`iban`: country, and which places are digits and which letters, stay; national check digits inside of the account number do not come out right.',
    '`alphanumerics`: digits become digits, capitals capitals and small letters small letters, place by place.',
    '`phone`: after a leading + the country code stays; `keep_first` counts from behind it.',
    '`uuid`: version and variant stay, so a random UUID remains one, and a UUID with a time gets another time.',
    '`integer` and `date` without `min` and `max`: the range of the type, and the years 1 to 9999. Other values, infinity included, are refused.',
    'Integer columns of different types have different ranges: give them the same `min` and `max` where one refers to the other, and neither a foreign key nor `references:` says so.',
    '`tweak`: to decrypt, the column must still hold what it held; where rows differ in it, different values may meet.',
  ],
  create: (chosen, context) => bind(chosen, context, 'encrypt'),
  reverse: (chosen, context) => bind(chosen, context, 'decrypt'),
});

function bind(chosen: Options, context: StrategyContext, direction: Direction): StrategyInstance {
  const preset = choosePreset(chosen, context.type);
  const { replace, maxLength } = preset({ cipherOf: ciphersFor(chosen, context), direction });
  return {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(chosen.mode === 'ff3-1' && { note: 'FF3-1, which NIST has withdrawn' }),
    column: (input, output, others) => replace(input, output, others[0]),
  };
}

function ciphersFor({ mode, legacy }: Options, context: StrategyContext): CipherOf {
  const tweak = Buffer.from(context.domain);
  if (mode === 'ff1') return ff1Ciphers({ key: context.key('ff1'), tweak });
  if (!legacy) throw new StrategyRefusal('FF3-1 is withdrawn by NIST', 'Use mode: ff1, or say legacy: true.');
  return ff31Ciphers({ key: context.key('ff3-1'), tweak });
}
