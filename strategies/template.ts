// template: composes a value from what other columns of the row become, so that a person's name, e-mail and login agree.

import { BASE32, characterWriter } from '../src/kernels/alphabets.ts';
import { asciiName } from '../src/kernels/ascii-text.ts';
import { bitsFor, describeCollisions } from '../src/kernels/collisions.ts';
import { type Dictionary, packDictionary, pick } from '../src/kernels/dictionary.ts';
import { textWriter } from '../src/kernels/digest-text.ts';
import { digitWriter } from '../src/kernels/digits.ts';
import { drawFrom } from '../src/kernels/faker-draws.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { columnsOfTemplate, parseTemplate, type TemplatePart } from '../src/kernels/template-text.ts';
import { toTypeText } from '../src/kernels/type-text.ts';
import {
  type Column,
  type ColumnType,
  type ColumnWithNulls,
  defineStrategy,
  type Prf,
  type StrategyContext,
  StrategyRefusal,
  z,
} from '../src/strategy.ts';

/** What stands for a value that has no letter in ASCII. */
const NAMELESS = 'user';

const options = z.strictObject({
  template: z
    .string()
    .min(1)
    .max(1000)
    .refine(text => typeof parseTemplate(text) !== 'string', {
      error: issue => String(parseTemplate(String(issue.input))),
    })
    .describe(
      '`{column}` is what that column of the row becomes, `{column:1}` its first character; `{fake:person.firstName}` is ' +
        'a fake, `{digits:4}` and `{letters:6}` are keyed characters, all by this column’s own value; `{{` is a brace',
    ),
  lower: z.boolean().default(false).describe('What is inserted is written in lower case'),
  ascii: z
    .boolean()
    .default(false)
    .describe(
      'Of what is inserted, ASCII letters, digits and . - _ stay, and accents go: fit for logins and addresses',
    ),
  unique: z
    .boolean()
    .default(false)
    .describe(
      'Adds keyed characters by this column’s own value, before the @ or at the end, so many that the chance of any ' +
        'collision is under 10^-9',
    ),
  locale: z.string().default('en').describe('The locale of `{fake:…}`'),
});
type Options = z.output<typeof options>;

type KeyedPart = Extract<TemplatePart, { readonly count: number }>;

const partsOf = ({ template }: Pick<Options, 'template'>): readonly TemplatePart[] => {
  const parts = parseTemplate(template);
  return typeof parts === 'string' ? [] : parts; // refused by the schema
};

/** Writes one piece for value `index`. */
type Piece = (row: {
  readonly index: number;
  readonly others: readonly ColumnWithNulls[];
  readonly digests: Digests;
}) => string;
/** One array of digests for each keyed piece. */
type Digests = readonly Uint8Array[];

export default defineStrategy({
  summary:
    'Composes a value from what other columns of the row become, fakes and keyed characters: name, e-mail and login of a person agree.',
  options,
  accepts: ['text'],
  guarantees: chosen => ({
    deterministic: true,
    reversible: false,
    uniqueness: chosen.unique ? 'likely' : 'lossy',
    keyed: chosen.unique || partsOf(chosen).some(({ kind }) => kind !== 'text' && kind !== 'column'),
    yieldsNull: false,
  }),
  examples: [
    {
      options: { template: '{a}.{b}@example.com', lower: true, ascii: true },
      input: 'ada@mail.org',
      others: { a: '7', b: 'Zoë O’Hara' },
      output: '7.zoeohara@example.com',
    },
    {
      options: { template: '{b:1}{digits:4}', lower: true },
      input: 'ada',
      others: { b: 'Pat' },
      output: 'p0784',
    },
    {
      options: { template: '{b}@example.com', unique: true },
      input: 'ada@mail.org',
      others: { b: 'pat' },
      output: 'pat.zpqw7skhh5mdvg@example.com',
    },
    {
      options: { template: '{fake:person.firstName} {{{fake:person.lastName}}}' },
      input: 'Ada Lovelace',
      output: 'Jewell {Kuvalis}',
    },
  ],
  notes: [
    'A column in braces is what the target will hold in it: it is replaced first. Columns that wait for each other are a finding.',
    'NULL inserts nothing. With `ascii`, a value that has no such letter inserts `user`; Cyrillic and Greek are spelled in Latin letters.',
    'Where the result would be longer than its column, the inserted columns and fakes are cut, the longest first; keyed characters and the text between stay.',
    'The column’s own value only picks fakes and keyed characters. NULL stays NULL, unless `keep_null: false`.',
  ],
  domain: () => 'template',
  readsReplaced: chosen => columnsOfTemplate(partsOf(chosen)),
  async create(chosen, context) {
    const parts = partsOf(chosen);
    const widening = chosen.unique ? wideningFor(context.rows) : undefined;
    const { pieces, prfs } = await piecesOf(widened(parts, widening), chosen, context);
    const { maxLength } = context.type;
    if (maxLength !== undefined) refuseTooShort(widened(parts, widening), maxLength);
    const fixed = widened(parts, widening).map(({ kind }) => kind !== 'column' && kind !== 'fake');
    return {
      ...(maxLength !== undefined && { maxLength }),
      ...(widening && {
        bits: widening.count * BASE32.bits,
        note: describeCollisions(context.rows, widening.count * BASE32.bits),
      }),
      column(input, output, others) {
        // Each Prf gives its digests in the same memory.
        const digests = prfs.map(prf => Uint8Array.from(prf.digests(input)));
        for (let index = 0; index < input.count; index++) {
          const texts = pieces.map(piece => piece({ index, others, digests }));
          if (maxLength !== undefined) shorten(texts, fixed, maxLength);
          output.pushBytes(Buffer.from(texts.join('')));
        }
      },
    };
  },
});

const wideningFor = (rows: number): KeyedPart => ({
  kind: 'letters',
  count: Math.ceil(bitsFor(rows) / BASE32.bits),
});

/** With the keyed characters of `unique` before the @, or at the end. */
function widened(parts: readonly TemplatePart[], widening: TemplatePart | undefined): TemplatePart[] {
  if (!widening) return [...parts];
  const dot: TemplatePart = { kind: 'text', text: '.' };
  const place = parts.findIndex(part => part.kind === 'text' && part.text.includes('@'));
  const at = parts[place];
  if (at?.kind !== 'text') return [...parts, { kind: 'text', text: '-' }, widening];
  const before = at.text.slice(0, at.text.indexOf('@'));
  const behind = at.text.slice(at.text.indexOf('@'));
  return [
    ...parts.slice(0, place),
    ...[{ kind: 'text', text: before } as const, dot, widening, { kind: 'text', text: behind } as const],
    ...parts.slice(place + 1),
  ];
}

async function piecesOf(
  parts: readonly TemplatePart[],
  chosen: Options,
  context: StrategyContext,
): Promise<{ readonly pieces: readonly Piece[]; readonly prfs: readonly Prf[] }> {
  const names = context.readsReplaced.map(({ name }) => name);
  const inserted = inserter(chosen);
  const prfs: Prf[] = [];
  const pieces: Piece[] = [];
  for (const [number, part] of parts.entries()) {
    if (part.kind === 'text') pieces.push(() => part.text);
    else if (part.kind === 'column') {
      const position = names.indexOf(part.name);
      pieces.push(({ index, others }) => inserted(textOf(others[position]!, index), part.first)); // one for each name
    } else {
      const digests = prfs.length;
      prfs.push(context.prf(`${number}/${part.kind}`));
      const text = await keyedPiece(part, chosen, context.type);
      const isFake = part.kind === 'fake';
      pieces.push(row => {
        const keyed = text(row.digests[digests]!, row.index * DIGEST_BYTES); // one for each keyed piece
        return isFake ? inserted(keyed, undefined) : keyed;
      });
    }
  }
  return { pieces, prfs };
}

/** What becomes of an inserted text; null is NULL. */
function inserter({ lower, ascii }: Options): (text: string | null, first: number | undefined) => string {
  return (text, first) => {
    if (text === null) return '';
    let plain = ascii ? asciiName(text) : text;
    if (ascii && plain === '' && text !== '') plain = NAMELESS;
    const cut = first === undefined ? plain : [...plain].slice(0, first).join('');
    return lower ? cut.toLowerCase() : cut;
  };
}

async function keyedPiece(
  part: Exclude<TemplatePart, { kind: 'text' | 'column' }>,
  { locale }: Options,
  type: ColumnType,
): Promise<(digests: Uint8Array, from: number) => string> {
  if (part.kind === 'fake') {
    const dictionary = await dictionaryFor(part.method, locale, type);
    return (digests, from) => dictionary.entries[pick(digests, from, dictionary.size)]!; // below its size
  }
  const write = part.kind === 'digits' ? digitWriter(part.count, false) : characterWriter(BASE32, part.count);
  return textWriter(write);
}

async function dictionaryFor(kind: string, locale: string, type: ColumnType): Promise<Dictionary> {
  if (!/^[a-z][A-Za-z]*\.[a-z][A-Za-z0-9]*$/.test(kind)) {
    throw new StrategyRefusal('a fake of the template is no faker method', 'Write it as {fake:person.firstName}.');
  }
  const entries = await drawFrom({ kind, locale, args: [] }, result => toTypeText(result, type));
  return packDictionary(entries);
}

function textOf({ bytes, offsets, lengths }: Column, index: number): string | null {
  const start = offsets[index]!; // index < count, as below
  const length = lengths[index]!;
  return length < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString();
}

function refuseTooShort(parts: readonly TemplatePart[], maxLength: number): void {
  const least = parts.reduce((sum, part) => {
    if (part.kind === 'column' || part.kind === 'fake') return sum;
    return sum + (part.kind === 'text' ? [...part.text].length : part.count);
  }, 0);
  if (least < maxLength) return;
  throw new StrategyRefusal(
    `its text and keyed characters are ${least} already, and the column takes ${maxLength}`,
    'Shorten the template, or leave out unique.',
  );
}

/** Cuts the longest pieces that may be cut, character by character, until all fit. */
function shorten(texts: string[], fixed: readonly boolean[], maxLength: number): void {
  let over = texts.reduce((sum, text) => sum + [...text].length, 0) - maxLength;
  while (over > 0) {
    let longest = -1;
    for (const [index, text] of texts.entries()) {
      if (!fixed[index] && (longest < 0 || text.length > texts[longest]!.length)) longest = index; // one of them
    }
    const characters = [...(texts[longest] ?? '')];
    if (characters.length === 0) return;
    texts[longest] = characters.slice(0, -1).join('');
    over--;
  }
}
