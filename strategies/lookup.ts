// lookup: replaces a value by what a file or a table says. What it does not know is refused unless that is decided, too.

import { isAbsolute, resolve } from 'node:path';
import { lookupColumn } from '../src/kernels/lookup-column.ts';
import { pairMap, readLookupTable, UnreadableMap } from '../src/kernels/lookup-table.ts';
import { type LookupMap, type PackedMap, packMap, unpackMap } from '../src/kernels/packed-map.ts';
import { defineStrategy, type StrategyContext, StrategyRefusal, UnfitValue, z } from '../src/strategy.ts';

const options = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The path of a CSV file (its first line has names), or of a JSON or YAML file with one object; relative to the configuration',
    ),
  table: z
    .string()
    .min(1)
    .optional()
    .describe('`schema.table`: a table or view with the map, instead of a file; `from` and `to` are its columns'),
  from_database: z
    .enum(['source', 'control'])
    .default('source')
    .describe('Where the table is: in the source, or in the control database'),
  map: z
    .record(z.string(), z.union([z.string(), z.null()]))
    .optional()
    .describe('The map itself, instead of a file or a table'),
  from: z.string().optional().describe('The column that holds values. Default in a CSV file: the first'),
  to: z.string().optional().describe('The column that holds replacements. Default in a CSV file: the second'),
  missing: z
    .union([z.enum(['refuse', 'keep', 'nullify']), z.looseObject({ strategy: z.string() })])
    .default('refuse')
    .describe('What becomes of a value that the map does not have; or a rule: `{ strategy: fake, kind: … }`'),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary: 'Replaces a value by what a map in a file, a table or the configuration has for it.',
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
    'A file or a table is read once, with the plan: up to 64 MB, and a table up to 1,000,000 rows. A table is read before the snapshot of the run is taken.',
    'In CSV an empty replacement is an empty text; in JSON and YAML null is NULL, and so is NULL in a table. Rows whose value is NULL count for nothing.',
    'A CSV file or a table that replaces one value in two ways is refused.',
    'Values are compared as PostgreSQL prints them in the column that is replaced: true is `t`, and a `numeric(6,2)` has its two decimals.',
  ],
  async create(chosen, context) {
    const prepared = (context.prepared as PackedMap | undefined) ?? packMap(await mapFor(chosen, context));
    const map = unpackMap(prepared);
    const { missing } = chosen;
    const note = `a map of ${map.size} values`;
    const guarantees = {
      yieldsNull: missing !== 'refuse' && missing !== 'keep' ? true : [...map.values()].includes(null),
    };
    if (typeof missing === 'object') {
      const [rest] = await context.bind([{ at: 'missing', rule: missing, type: context.type }]);
      return { prepared, column: lookupColumn(map, rest!.replace), note, guarantees }; // one rule, one instance
    }
    return {
      prepared,
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

async function mapFor(chosen: Options, context: StrategyContext): Promise<LookupMap> {
  const { file, table, map, from, to, from_database: database } = chosen;
  if ([file, table, map].filter(one => one !== undefined).length !== 1) {
    throw new StrategyRefusal('it needs one of a file, a table and a map', 'Set one of `file`, `table` and `map`.');
  }
  if (table === undefined && database !== 'source') {
    throw new StrategyRefusal('from_database says where a table is', 'Leave it out, or set `table`.');
  }
  if (map !== undefined) {
    if (from === undefined && to === undefined) return new Map(Object.entries(map));
    throw new StrategyRefusal('from and to are columns of a CSV file or a table', 'Leave them out.');
  }
  try {
    if (file !== undefined) return readLookupTable(pathOf(file, context), { from, to });
    if (from !== undefined && to !== undefined && table !== undefined) {
      return pairMap(await context.readTable({ database, table, columns: [from, to] }));
    }
  } catch (cause) {
    if (!(cause instanceof UnreadableMap)) throw cause;
    const what = file === undefined ? 'table' : 'file';
    // biome-ignore lint/plugin: our own, of a file or a table while planning
    throw new StrategyRefusal(`its ${what} cannot be used: ${cause.message}`, `Correct the ${what} or its name.`);
  }
  throw new StrategyRefusal('a table needs from and to', 'Name its columns with values and with replacements.');
}

function pathOf(file: string, { baseDir }: StrategyContext): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) throw new StrategyRefusal('file is a URL', 'Fetch it, and name the file.');
  if (baseDir !== undefined) return resolve(baseDir, file);
  if (isAbsolute(file)) return file;
  throw new StrategyRefusal('file is relative, and there is no configuration', 'Begin it with /.');
}
