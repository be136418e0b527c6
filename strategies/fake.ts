// fake: values that look real, from a dictionary that faker fills and the key indexes. Equal values get equal fakes.

import type { CharacterWriter } from '../src/kernels/alphabets.ts';
import { describeCollisions } from '../src/kernels/collisions.ts';
import { type Dictionary, isEntry, packDictionary, pick, pushEntries } from '../src/kernels/dictionary.ts';
import { drawFrom } from '../src/kernels/faker-draws.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { RecentValues } from '../src/kernels/recent-values.ts';
import { toTypeText } from '../src/kernels/type-text.ts';
import { type Widening, widenedWriter, wideningFor } from '../src/kernels/widening.ts';
import {
  type Column,
  type ColumnOutput,
  type ColumnType,
  defineStrategy,
  type Prf,
  type StrategyContext,
  StrategyRefusal,
  z,
} from '../src/strategy.ts';

/**
 * From this size on, a value that meets itself takes the next entry. A smaller dictionary would tell too much by that:
 * with two entries, a value that is never its own fake is always the other one.
 */
const ENOUGH_TO_AVOID_SOURCE = 16;

const options = z.strictObject({
  kind: z
    .string()
    .regex(/^[a-z][A-Za-z]*\.[a-z][A-Za-z0-9]*$/, 'must be a faker method such as person.firstName')
    .describe(
      'A method of faker: `person.firstName`, `location.city`, `date.birthdate` …; see https://fakerjs.dev/api',
    ),
  locale: z
    .string()
    .default('en')
    .describe('A locale of faker: `de`, `fr`, `ja` …; see https://fakerjs.dev/guide/localization'),
  args: z.array(z.json()).default([]).describe('Arguments of the method, in its order'),
  unique: z
    .boolean()
    .default(false)
    .describe(
      'Adds keyed characters to each fake, so many that the chance of any collision is under 10^-9; only for text',
    ),
  max_length: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Leaves longer fakes out, so that the others fit a short column. Give all columns of a domain the same, or equal ' +
        'values get different fakes',
    ),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary: 'Replaces a value by a realistic one: a keyed choice from a dictionary of what a faker method gives.',
  options,
  accepts: ['text', 'integer', 'decimal', 'float', 'boolean', 'date', 'timestamp', 'time', 'uuid', 'enum'],
  guarantees: ({ unique }) => ({
    deterministic: true,
    reversible: false,
    uniqueness: unique ? 'likely' : 'lossy',
    keyed: true,
    yieldsNull: false,
  }),
  examples: [
    { options: { kind: 'person.firstName' }, input: 'Ada', output: 'Pat' },
    { options: { kind: 'person.lastName', locale: 'de' }, input: 'Lovelace', output: 'Engelmann' },
    {
      options: { kind: 'person.fullName', unique: true },
      input: 'Ada Lovelace',
      output: "D'angelo Treutel-r7bfwdtufc2e",
    },
    {
      options: { kind: 'internet.exampleEmail', unique: true },
      input: 'ada@mail.org',
      output: 'Abraham_Homenick92.yvpblbewcekd@example.net',
    },
    { options: { kind: 'date.birthdate' }, type: 'date', input: '1815-12-10', output: '1967-11-14' },
    { options: { kind: 'number.int', args: [{ min: 1, max: 5000 }] }, type: 'integer', input: '73500', output: '2786' },
  ],
  notes: [
    'The dictionary holds what up to 4,096 draws of the method give. It depends on faker’s version, kind, locale and args, never on the secret; the plan shows its fingerprint. The key decides which value gets which entry.',
    'A value that meets itself takes the next entry, so that none stays as it was. In dictionaries of fewer than 16 entries it may stay: never to stay would tell what it was.',
    'Entries are as real as faker’s: `internet.email` uses hosts that exist, `internet.exampleEmail` does not.',
    '`unique` adds characters after a hyphen, before the @ of addresses, after a slash to URLs, and digits to digits. How many depends on the rows of the table, rounded up to 10^6, 10^9 …',
  ],
  domain: ({ kind }) => `fake.${kind}`,
  async create(chosen, context) {
    const dictionary = (context.prepared as Dictionary | undefined) ?? (await dictionaryFor(chosen, context.type));
    const prf = context.prf('fake');
    const note = `dictionary ${dictionary.fingerprint} of ${dictionary.size} entries`;
    if (!chosen.unique)
      return { column: pickColumn(prf, dictionary), maxLength: dictionary.longest, prepared: dictionary, note };
    const widening = widenOrRefuse(dictionary, context);
    const { bits, characters } = widening;
    return {
      column: widenColumn(prf, widenedWriter(dictionary, widening)),
      maxLength: dictionary.longest + characters,
      bits,
      prepared: dictionary,
      note: `${note}, each widened by ${characters} characters; ${describeCollisions(context.rows, bits)}`,
    };
  },
});

type ReplaceColumn = (input: Column, output: ColumnOutput) => void;

function pickColumn(prf: Prf, dictionary: Dictionary): ReplaceColumn {
  const { size } = dictionary;
  const avoidsSource = size >= ENOUGH_TO_AVOID_SOURCE;
  const recent = new RecentValues();
  return (input, output) => {
    const lookup = recent.find(input);
    const digests = prf.digests(lookup.misses);
    for (let miss = 0; miss < lookup.misses.count; miss++) {
      const entry = pick(digests, miss * DIGEST_BYTES, size);
      const isSource = avoidsSource && isEntry(dictionary, entry, { values: lookup.misses, index: miss });
      recent.learn(lookup, miss, isSource ? (entry + 1) % size : entry);
    }
    pushEntries(dictionary, recent.answers, { count: input.count, output });
  };
}

function widenColumn(prf: Prf, write: CharacterWriter): ReplaceColumn {
  return (input, output) => {
    const digests = prf.digests(input);
    for (let index = 0; index < input.count; index++) {
      write(digests, index * DIGEST_BYTES, output);
      output.push();
    }
  };
}

function widenOrRefuse(dictionary: Dictionary, { type, rows }: StrategyContext): Widening {
  const widening = type.kind === 'text' ? wideningFor(dictionary, rows) : undefined;
  if (widening) return widening;
  throw new StrategyRefusal(
    type.kind === 'text'
      ? 'no fake of this kind can be widened enough'
      : `${type.name} cannot be widened by characters`,
    'Use hash, which makes unique values of the type, or leave out unique.',
  );
}

/** A sync has a few columns of fakes; equal ones share their dictionary. */
const dictionaries = new Map<string, Promise<Dictionary>>();

function dictionaryFor({ kind, locale, args, max_length }: Options, type: ColumnType): Promise<Dictionary> {
  const key = JSON.stringify([kind, locale, args, max_length, type.name, type.labels]);
  const known = dictionaries.get(key);
  if (known) return known;
  const drawn = drawFrom({ kind, locale, args }, result => toTypeText(result, type)).then(entries => {
    const fitting = [...entries].filter(entry => max_length === undefined || [...entry].length <= max_length);
    if (fitting.length > 1) return packDictionary(fitting);
    const found = fitting.length === 1 ? 'only one value' : `no value of ${max_length} characters or fewer`;
    throw new StrategyRefusal(
      `faker's ${kind} gives ${found}`,
      'Choose another kind, args or max_length, or constant.',
    );
  });
  dictionaries.set(key, drawn);
  return drawn;
}
