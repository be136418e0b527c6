// person: one identity over several columns. All that belong to one person, in whatever table, agree.

import { BASE32, characterWriter } from '../src/kernels/alphabets.ts';
import { bitsFor, describeCollisions } from '../src/kernels/collisions.ts';
import { textWriter } from '../src/kernels/digest-text.ts';
import { digitWriter } from '../src/kernels/digits.ts';
import { isHost } from '../src/kernels/hosts.ts';
import { identityDigests, loginName, type Names, namesOf, pickNames } from '../src/kernels/identity.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { defineStrategy, type StrategyContext, StrategyRefusal, z } from '../src/strategy.ts';

const FIELDS = ['first_name', 'last_name', 'full_name', 'email', 'login', 'phone'] as const;
type Field = (typeof FIELDS)[number];
/** Of a fictitious number: no country code begins with 0, and 555 is reserved for fiction. */
const PHONE_DIGITS = 7;
/** The bytes of a digest that names leave free: digits and letters of one person are always these. */
const DIGITS_FROM = 14;
const LETTERS_FROM = 18;

const EXAMPLES: Readonly<Record<Field, string>> = {
  first_name: 'Ramona',
  last_name: 'Sporer',
  full_name: 'Ramona Sporer',
  email: 'ramona.sporer@example.com',
  login: 'rsporer-bokrncvspqd7hr',
  phone: '+0 555 1161770',
};

const options = z.strictObject({
  field: z.enum(FIELDS).describe('What of the person the column holds'),
  by: z
    .string()
    .min(1)
    .describe('The column that tells the person, such as a customer number: by the value that the source has there'),
  locale: z
    .string()
    .default('en')
    .describe('A locale of faker: `de`, `fr`, `ja` …; give all columns of a person the same'),
  host: z
    .string()
    .max(100)
    .refine(isHost, 'must be a host name such as example.org')
    .default('example.com')
    .describe('What stands behind the @ of an `email`'),
  unique: z
    .boolean()
    .default(false)
    .describe(
      'Adds keyed characters to `email` and `login`, so many that the chance of any collision of two persons is under 10^-9',
    ),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary: 'Gives each person one made-up identity: names, e-mail, login and phone agree in the row and across tables.',
  options,
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
  examples: FIELDS.map(field => ({
    options: { field, by: 'customer_id', ...(field === 'login' && { unique: true }) },
    input: 'Lovelace',
    others: { customer_id: '73500' },
    output: EXAMPLES[field],
  })),
  notes: [
    'Who the person is depends on the value of `by`, the domain (`person` unless said) and the locale. The column’s own value plays no part; NULL stays NULL unless `keep_null: false`.',
    'In another table the column may have another name: the value of `by` counts, as it is written.',
    'Where `by` is NULL there is no person, and the identity is that of the value.',
    'There are some millions of names, so persons share them. `unique` makes e-mail and login of persons different; on a unique column, `by` must be unique in the table, too.',
    'Names that have no ASCII letters give `user` in e-mail and login; Cyrillic and Greek are spelled in Latin letters.',
    'A made-up name may be the very one that stood there: to avoid it, columns of one person would have to disagree.',
    'What would be longer than its column is cut; the keyed characters and the host stay.',
  ],
  reads: ({ by }) => [by],
  async create(chosen, context) {
    const names = await namesOf(chosen.locale);
    const letters = chosen.unique ? uniqueLetters(chosen, context) : 0;
    const write = fieldWriter({ chosen, names, letters, most: context.type.maxLength ?? Infinity });
    const prfs = { person: context.prf('person'), value: context.prf('value') };
    const { maxLength } = context.type;
    const isUnique = context.table.keys.some(key => key.length === 1 && key[0] === chosen.by);
    const bits = letters * BASE32.bits;
    return {
      ...(maxLength !== undefined && { maxLength }),
      ...(letters > 0 && isUnique && { bits, guarantees: { uniqueness: 'likely' as const } }),
      note: `${names.first.size} first and ${names.last.size} last names${letters > 0 ? `; ${describeCollisions(context.rows, bits)}` : ''}`,
      column(input, output, [by]) {
        const digests = identityDigests(input, by!, prfs); // it is read
        for (let index = 0; index < input.count; index++)
          output.pushBytes(Buffer.from(write(digests, index * DIGEST_BYTES)));
      },
    };
  },
});

interface FieldWriter {
  readonly chosen: Options;
  readonly names: Names;
  readonly letters: number;
  /** Characters that the column takes. */
  readonly most: number;
}

function fieldWriter({ chosen, names, letters, most }: FieldWriter): (digests: Uint8Array, from: number) => string {
  const keyed = textWriter(characterWriter(BASE32, letters));
  const digits = textWriter(digitWriter(PHONE_DIGITS, false));
  const suffix = (digests: Uint8Array, from: number, separator: string): string =>
    letters > 0 ? separator + keyed(digests, from + LETTERS_FROM) : '';
  const cut = (text: string, kept: string): string =>
    [...text].slice(0, Math.max(0, most - kept.length)).join('') + kept;
  const { host } = chosen;
  const fields: Readonly<Record<Field, (digests: Uint8Array, from: number) => string>> = {
    first_name: (digests, from) => cut(pickNames(names, digests, from).first, ''),
    last_name: (digests, from) => cut(pickNames(names, digests, from).last, ''),
    full_name: (digests, from) => {
      const { first, last } = pickNames(names, digests, from);
      return cut(names.isFamilyFirst ? `${last} ${first}` : `${first} ${last}`, '');
    },
    email: (digests, from) => {
      const { first, last } = pickNames(names, digests, from);
      return cut(`${loginName(first)}.${loginName(last)}`, `${suffix(digests, from, '.')}@${host}`);
    },
    login: (digests, from) => {
      const { first, last } = pickNames(names, digests, from);
      return cut(`${loginName(first).slice(0, 1)}${loginName(last)}`, suffix(digests, from, '-'));
    },
    phone: (digests, from) => cut(`+0 555 ${digits(digests, from + DIGITS_FROM)}`, ''),
  };
  return fields[chosen.field];
}

function uniqueLetters({ field, host }: Options, { rows, type }: StrategyContext): number {
  if (field !== 'email' && field !== 'login') {
    throw new StrategyRefusal(`a ${field} cannot be made unique`, 'Leave out unique, or use hash.');
  }
  const letters = Math.ceil(bitsFor(rows) / BASE32.bits);
  const least = letters + 2 + (field === 'email' ? host.length + 1 : 0);
  if (least > (type.maxLength ?? Infinity)) {
    throw new StrategyRefusal(`a unique ${field} has ${least} characters at least`, `Leave out unique, or use hash.`);
  }
  return letters;
}
