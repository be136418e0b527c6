// random: something else in every row and every run. Nothing of a value comes through, not even whether two were equal.

import { boundedGrid, boundOptions } from '../src/kernels/bounded-grid.ts';
import { systemWords } from '../src/kernels/random-words.ts';
import { uniform } from '../src/kernels/uniform.ts';
import { type ColumnOutput, type ColumnType, defineStrategy, StrategyRefusal, z } from '../src/strategy.ts';

const options = z.strictObject({
  min: boundOptions.min.optional(),
  max: boundOptions.max.optional(),
  grid: boundOptions.grid,
  unit: boundOptions.unit,
  choices: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional()
    .describe('Takes one of these instead, all equally likely; name one twice to make it twice as likely'),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary:
    'Replaces every value by a random one between two bounds, or out of a list; not deterministic: each run gives others.',
  options,
  accepts: 'any',
  guarantees: { deterministic: false, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [
    { options: { min: 18, max: 99 }, type: 'integer', input: '36', output: '71' },
    { options: { min: 0, max: 1000 }, type: 'numeric(6,2)', input: '815.12', output: '402.87' },
    { options: { min: 0, max: 1, grid: 0.001 }, type: 'double precision', input: '0.25', output: '0.618' },
    { options: { min: '1940-01-01', max: '2005-12-31' }, type: 'date', input: '1965-04-01', output: '1987-02-11' },
    { options: { choices: ['north', 'south', 'south'] }, input: 'Oslo', output: 'south' },
  ],
  notes: [
    'Not deterministic: equal values get different replacements, and every run gives others. Joins do not survive it.',
    'The numbers come from the operating system’s cryptographic generator, and every value of the grid is equally likely, so a value may come out as it was.',
  ],
  create(chosen, { type }) {
    const words = systemWords();
    const { size, write } = chosen.choices ? chooser(chosen, chosen.choices, type) : drawer(chosen, type);
    const draw = uniform(size);
    return {
      column(input, output) {
        for (let index = 0; index < input.count; index++) {
          write(draw(words), output);
          output.push();
        }
      },
    };
  },
});

/** So many values, and what writes each. */
interface Values {
  readonly size: number;
  readonly write: (number: number, output: ColumnOutput) => void;
}

function drawer({ min, max, grid, unit }: Options, type: ColumnType): Values {
  if (min === undefined || max === undefined) {
    throw new StrategyRefusal('nothing says what to draw', 'Set min and max, or choices.');
  }
  if (!['integer', 'decimal', 'float', 'date', 'timestamp'].includes(type.kind)) {
    throw new StrategyRefusal(`min and max are for numbers, dates and timestamps, not ${type.name}`, 'Use choices.');
  }
  const made = boundedGrid({ min, max, grid, unit }, type);
  return { size: made.steps + 1, write: made.write };
}

function chooser(
  { min, max, grid, unit }: Options,
  choices: NonNullable<Options['choices']>,
  type: ColumnType,
): Values {
  if ([min, max, grid, unit].some(option => option !== undefined)) {
    throw new StrategyRefusal('choices exclude min, max, grid and unit', 'Use the one or the others.');
  }
  const isBoolean = type.kind === 'boolean';
  const texts = choices.map(choice =>
    Buffer.from(typeof choice === 'boolean' && isBoolean ? String(choice).slice(0, 1) : String(choice)),
  );
  return { size: texts.length, write: (number, output) => output.write(texts[number]!) }; // number < size
}
