// noise: local differential privacy. Adds noise from a discrete distribution on the column's own grid, between declared bounds.

import { boundedGrid, boundOptions } from '../src/kernels/bounded-grid.ts';
import { KeyedNoise } from '../src/kernels/keyed-noise.ts';
import { gaussianLaw, laplaceLaw, type NoiseLaw } from '../src/kernels/privacy-scale.ts';
import { defineStrategy, type StrategyContext, StrategyRefusal, UnfitValue, z } from '../src/strategy.ts';

const name = z.string().min(1);

const options = z.strictObject({
  epsilon: z.number().positive().describe('ε: what one value may tell. 1 is usual, less is more private'),
  delta: z
    .number()
    .positive()
    .lt(1)
    .optional()
    .describe('δ, only for `gaussian`, and required there: far below 1 / rows, such as 1e-9'),
  mechanism: z.enum(['laplace', 'gaussian']).default('laplace').describe('The distribution of the noise'),
  ...boundOptions,
  row_key: z
    .union([name, z.array(name).min(1)])
    .optional()
    .describe('Columns that tell the row; unique and NOT NULL. Default: the primary key'),
  epoch: z
    .union([z.string(), z.int()])
    .default('1')
    .describe('Syncs of one epoch repeat the noise; a new epoch draws it anew, and spends ε again'),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary:
    'Local differential privacy: adds noise to a number, date or timestamp, so that every output may come from every value between the bounds.',
  options,
  accepts: ['integer', 'decimal', 'float', 'date', 'timestamp'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
  examples: [
    { options: { epsilon: 3, min: 18, max: 99 }, type: 'integer', input: '36', others: { id: '8' }, output: '42' },
    {
      options: { epsilon: 4, min: 0, max: 5000, epoch: '2026-Q1' },
      type: 'numeric(6,2)',
      input: '1815.12',
      others: { id: '12' },
      output: '3569.81',
    },
    {
      options: { epsilon: 20, delta: 1e-9, mechanism: 'gaussian', min: 0, max: 1, grid: 0.001 },
      type: 'double precision',
      input: '0.25',
      others: { id: '4' },
      output: '0.323',
    },
    {
      options: { epsilon: 8, min: '1920-01-01', max: '2020-12-31', row_key: ['a', 'b'] },
      type: 'date',
      input: '1965-04-01',
      others: { a: '7', b: 'x' },
      output: '1945-03-09',
    },
    {
      options: { epsilon: 4, min: '2026-01-01', max: '2026-02-01', unit: 'hour' },
      type: 'timestamp with time zone',
      input: '2026-01-10 08:15:00+00',
      others: { id: '7' },
      output: '2026-01-06 16:00:00+00',
    },
  ],
  notes: [
    'Local differential privacy: each value gets its own noise, wide enough to hide it among all values between `min` and `max`. That is much noise: averages and totals of many rows stay useful, single values do not.',
    'Values outside `min` and `max` count as the bound, and so does the output; NaN and infinity count as `max`, -infinity as `min`. The bounds must not come from the data.',
    'The noise is a keyed function of table, column, options, row key, epoch and value: syncs of one epoch repeat it, so that they cannot be averaged. A value that changes within an epoch is drawn anew, and spends ε again; so do all of them where other options or another secret are used.',
    'ε is spent per value and epoch: of several noisy columns about one person, and of several epochs, add it up. With a control database, what runs spend is recorded there; `anonymize budget` shows it, and `budget:` in the configuration is a ceiling for each row of a table that refuses a run.',
    'Recorded is what one value of each column spends. A value that changes within an epoch, and each further element of an array, spends as much again, which nobody counts; equal elements of a row have equal noise.',
    'A value may come out as it was. Were that avoided, the output would tell what it was not.',
    '`gaussian` spends (ε, δ); its variance follows from concentrated differential privacy, and holds for every ε.',
  ],
  reads: ({ row_key: rowKey }, { primaryKey }) => (rowKey === undefined ? primaryKey : [rowKey].flat()),
  privacyCost: ({ epsilon, delta = 0, epoch }) => ({ epsilon, delta, epoch: String(epoch) }),
  create(chosen, context) {
    refuseSharedKeys(context);
    const grid = boundedGrid(chosen, context.type);
    const { attempt, standardDeviation } = lawFor(chosen, grid.steps);
    const scope = scopeOf(chosen, grid.steps, context);
    const keys = { seeds: context.key(`seeds ${scope}`), words: context.key(`words ${scope}`) };
    const noise = new KeyedNoise({ grid, attempt, keys });
    return {
      note: describe(chosen, { deviation: standardDeviation / grid.steps, context }),
      column(input, output, others) {
        const unfit = noise.add(input, output, others);
        if (!unfit) return;
        while (output.count < unfit.value) output.pushNull(); // the row that the error names is the one at hand
        throw new UnfitValue(unfit.why === 'no key' ? 'its row has NULL in row_key' : `it is no ${context.type.name}`);
      },
    };
  },
});

/** Rows that share a key would share the noise of equal values, which would tell that they are equal. */
function refuseSharedKeys({ reads, table }: StrategyContext): void {
  const names = reads.map(read => read.name);
  if (names.length === 0) {
    throw new StrategyRefusal(
      'the table has no primary key, so nothing tells its rows apart',
      'Set row_key to columns that are unique and NOT NULL.',
    );
  }
  if (table.keys.some(key => key.every(column => names.includes(column)))) return;
  throw new StrategyRefusal(
    'row_key is not a key of the table: rows that share it would share noise',
    'Set row_key to the columns of a unique index without a condition, all NOT NULL.',
  );
}

/**
 * What a row's stream of random bits belongs to. Law and grid are part of it: were they not, two syncs of one epoch with
 * different ε would turn the same bits into noise of two widths, and whoever has both could solve for the value. So the two
 * are independent, and what they spend adds up.
 */
function scopeOf(chosen: Options, steps: number, { table, columnName, at, reads }: StrategyContext): string {
  const { epsilon, delta, mechanism, min, max, grid, unit, epoch } = chosen;
  const law = [mechanism, epsilon, delta ?? null, String(min), String(max), String(grid ?? ''), unit ?? null, steps];
  return JSON.stringify([table.name, columnName, at, String(epoch), reads.map(read => read.name), law]);
}

function lawFor({ epsilon, delta, mechanism }: Options, sensitivity: number): NoiseLaw {
  if (mechanism === 'laplace' && delta !== undefined) {
    throw new StrategyRefusal('delta is for the mechanism gaussian', 'Remove it, or set mechanism: gaussian.');
  }
  if (mechanism === 'gaussian' && delta === undefined) {
    throw new StrategyRefusal('the mechanism gaussian needs a delta', 'Set it far below 1 / rows, such as 1e-9.');
  }
  const law = delta === undefined ? laplaceLaw(sensitivity, epsilon) : gaussianLaw(sensitivity, epsilon, delta);
  if (law) return law;
  throw new StrategyRefusal('so small an epsilon asks for too much noise', 'Take a coarser grid or unit.');
}

function describe(
  { epsilon, delta, mechanism, epoch }: Options,
  { deviation, context }: { readonly deviation: number; readonly context: StrategyContext },
): string {
  const budget = delta === undefined ? `ε = ${epsilon}` : `ε = ${epsilon}, δ = ${delta}`;
  const key = context.reads.map(read => read.name).join(', ');
  const width = deviation.toPrecision(2);
  return `local differential privacy, ${budget} per value and epoch (${epoch}); discrete ${mechanism} noise, before clamping ${width} of the range wide (standard deviation); rows told apart by ${key}`;
}
