// lookup: replaces a value by what a file says. What the file does not know is refused unless that is decided, too.

import { isAbsolute } from 'node:path';
import { lookupColumn } from '../src/kernels/lookup-column.ts';
import { readLookupTable, UnreadableMap } from '../src/kernels/lookup-table.ts';
import { defineStrategy, StrategyRefusal, UnfitValue, z } from '../src/strategy.ts';

const options = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe('The absolute path of a CSV file (its first line has names), or of a JSON or YAML file with one object'),
  map: z
    .record(z.string(), z.union([z.string(), z.null()]))
    .optional()
    .describe('The map itself, instead of a file'),
  from: z.string().optional().describe('The column of the CSV file that holds values. Default: the first'),
  to: z.string().optional().describe('The column of the CSV file that holds replacements. Default: the second'),
  missing: z
    .union([z.enum(['refuse', 'keep', 'nullify']), z.looseObject({ strategy: z.string() })])
    .default('refuse')
    .describe('What becomes of a value that the map does not have; or a rule: `{ strategy: fake, kind: … }`'),
});
type Options = z.output<typeof options>;
type LookupMap = ReadonlyMap<string, string | null>;

export default defineStrategy({
  summary: 'Replaces a value by what a map in a file, or in the configuration, has for it.',
  options,
  accepts: ['text', 'integer', 'decimal', 'boolean', 'date', 'uuid', 'enum'],
  guarantees: {
    deterministic: true,
    reversible: false,
    uniqueness: 'lossy',
    keyed: false,
    yieldsNull: true,
  },
  examples: [
    { options: { map: { Oslo: 'North', Bergen: 'West' } }, input: 'Oslo', output: 'North' },
    { options: { map: { Oslo: 'North' }, missing: 'nullify' }, input: 'Bergen', output: null },
  ],
  notes: [
    'It is not keyed: whoever has the file, or knows a value, knows its replacement.',
    'A value that the map does not have is refused unless `missing` says otherwise; `keep` passes it on in clear.',
    'The map is read once per worker, up to 64 MB. In CSV an empty replacement is an empty text; in JSON and YAML null is NULL.',
    'A CSV file that replaces one value in two ways is refused.',
  ],
  async create(chosen, context) {
    const map = mapFor(chosen);
    const { missing } = chosen;
    const note = `a map of ${map.size} values`;
    const guarantees = {
      yieldsNull: missing !== 'refuse' && missing !== 'keep' ? true : [...map.values()].includes(null),
    };
    if (typeof missing === 'object') {
      const [rest] = await context.bind([{ at: 'missing', rule: missing, type: context.type }]);
      return { column: lookupColumn(map, rest!.replace), note, guarantees }; // one rule, one instance
    }
    return {
      guarantees,
      note: missing === 'keep' ? `${note}; others stay in clear` : note,
      value(text) {
        const replaced = map.get(text);
        if (replaced !== undefined) return replaced;
        if (missing === 'refuse') throw new UnfitValue('the map must have it');
        return missing === 'keep' ? text : null;
      },
    };
  },
});

function mapFor({ file, map, from, to }: Options): LookupMap {
  if ((file === undefined) === (map === undefined)) {
    throw new StrategyRefusal('it needs either a file or a map', 'Set one of `file` and `map`.');
  }
  if (file === undefined) {
    if (from === undefined && to === undefined) return new Map(Object.entries(map ?? {}));
    throw new StrategyRefusal('from and to are columns of a CSV file', 'Leave them out.');
  }
  if (!isAbsolute(file)) throw new StrategyRefusal('file is not an absolute path', 'Begin it with /.');
  try {
    return readLookupTable(file, { from, to });
  } catch (cause) {
    if (!(cause instanceof UnreadableMap)) throw cause;
    throw new StrategyRefusal(`its file cannot be used: ${cause.message}`, 'Correct the file or its path.');
  }
}
