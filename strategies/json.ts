// json: a strategy for each path of a document. What no path lists is refused, dropped or kept, as said.

import { cutDocument, type Piece } from '../src/kernels/json-document.ts';
import { pathTree } from '../src/kernels/json-paths.ts';
import { JsonValues } from '../src/kernels/json-values.ts';
import { type ColumnType, defineStrategy, type NestedInstance, StrategyRefusal, z } from '../src/strategy.ts';

/** What the values of a path are taken for: the first that its strategy accepts. */
const TYPES: readonly ColumnType[] = [
  { name: 'text', kind: 'text' },
  { name: 'numeric', kind: 'decimal' },
  { name: 'bigint', kind: 'integer', range: { min: -(2n ** 63n), max: 2n ** 63n - 1n } },
  { name: 'double precision', kind: 'float' },
  { name: 'date', kind: 'date' },
  { name: 'timestamp with time zone', kind: 'timestamp' },
  { name: 'inet', kind: 'inet' },
  { name: 'boolean', kind: 'boolean' },
  { name: 'uuid', kind: 'uuid' },
];

const rule = z
  .union([
    z.string().min(1),
    z.looseObject({ strategy: z.string().min(1) }),
    z.looseObject({ references: z.string().min(1) }),
    z.array(z.json()).min(1),
  ])
  .describe('A rule');

export default defineStrategy({
  summary:
    'Replaces values inside of JSON documents, each path by a strategy of its own; nothing else stays unless it is said.',
  options: z.strictObject({
    paths: z
      .record(z.string(), rule)
      .refine(paths => Object.keys(paths).length > 0, 'names no path')
      .describe(
        'Path → strategy, as under `columns:`; `$.email`, `$.items[*].name`, `$.list[0]`, `$.byId.*.name`, `$["odd key"]`; ' +
          '`keep` lets a value stay, with all that is in it, and `references: schema.table.column` takes the rule of that key',
      ),
    unknown: z
      .enum(['refuse', 'drop', 'keep'])
      .default('refuse')
      .describe('What becomes of a place that no path lists: it ends the run, it is left out, or it stays in clear'),
  }),
  accepts: ['json', 'text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [
    {
      options: {
        paths: { '$.email': 'nullify', '$.items[*].name': { strategy: 'constant', value: 'x' }, '$.n': 'keep' },
      },
      type: 'jsonb',
      input: '{"n": 12345678901234567890.10, "email": "ada@mail.org", "items": [{"name": "a"}, {"name": null}]}',
      output: '{"n": 12345678901234567890.10, "email": null, "items": [{"name": "x"}, {"name": null}]}',
    },
    {
      options: { paths: { '$.id': { strategy: 'mask', keep_last: 2 } }, unknown: 'drop' },
      type: 'json',
      input: '{"name": "Ada", "id": 73500, "more": {"phone": "1"}}',
      output: '{ "id": "***00"}',
    },
    { options: { paths: { $: { strategy: 'constant', value: 7 } } }, type: 'json', input: '[1, 2]', output: '7' },
  ],
  notes: [
    'null stays null. Keys, their order and their repetition, spaces and escapes, and numbers of any length stay as they are written (jsonb puts them in its own order when it is read).',
    'A path whose value is an object or a list is given to its strategy as a whole, as text, and becomes one value.',
    'A strategy is given what a string says, the digits of a number, true or false. What it makes of a number or of true and false is written without quotes where JSON can, else as a string.',
    'Nested strategies have domains as columns do: an e-mail address becomes the same here and in a column. `when` and `by` read columns of the row.',
    'A path and one inside of it contradict each other, which is a finding. The key that ends a run is not named: it may tell of a person.',
  ],
  nested: ({ paths }) => Object.entries(paths).map(([at, rule]) => ({ at, rule })),
  async create({ paths, unknown }, context) {
    const names = Object.keys(paths);
    const tree = pathTree(names);
    if ('defect' in tree) {
      throw new StrategyRefusal(`in its paths, ${tree.defect}`, 'Write paths such as $.email or $.items[*].name.');
    }
    const nested = await context.bind(names.map(at => ({ at, rule: paths[at], type: TYPES })));
    return {
      guarantees: guaranteesOf(nested),
      ...noteOf(names, nested),
      column(input, output, others, first) {
        const values = new JsonValues(nested);
        const documents: { readonly text: string; readonly pieces: readonly Piece[] }[] = [];
        try {
          for (let index = 0; index < input.count; index++) {
            const start = input.offsets[index]!; // index < count, as below
            const text = Buffer.from(
              input.bytes.buffer,
              input.bytes.byteOffset + start,
              input.lengths[index]!,
            ).toString();
            const pieces = cutDocument(text, tree.root, unknown);
            for (const piece of pieces)
              if (piece.rule !== undefined) values.add(piece.rule, text.slice(piece.from, piece.to), index);
            documents.push({ text, pieces });
          }
        } catch (cause) {
          for (let index = 0; index < documents.length; index++) output.pushNull(); // the next is the one that failed
          throw cause;
        }
        values.replace(others, first, failed => {
          while (output.count < failed) output.pushNull();
        });
        for (const { text, pieces } of documents) {
          const parts = pieces.map(({ from, to, rule: number }) =>
            number === undefined ? text.slice(from, to) : values.next(number),
          );
          output.pushBytes(Buffer.from(parts.join('')));
        }
      },
    };
  },
});

const guaranteesOf = (nested: readonly NestedInstance[]) => ({
  deterministic: nested.every(({ guarantees }) => guarantees.deterministic),
  keyed: nested.some(({ guarantees }) => guarantees.keyed),
});

function noteOf(names: readonly string[], nested: readonly NestedInstance[]): { readonly note?: string } {
  const notes = nested.flatMap(({ note }, index) => (note === undefined ? [] : [`${names[index]}: ${note}`]));
  return notes.length > 0 ? { note: notes.join('; ') } : {};
}
