// date_shift: moves dates and timestamps by a keyed number of days, the same for all rows of one person.

import { KeyedShift } from '../src/kernels/keyed-shift.ts';
import { infinityOf, timeForm, writeShifted } from '../src/kernels/time-text.ts';
import { defineStrategy, StrategyRefusal, UnfitValue, z } from '../src/strategy.ts';

const DAYS_OF_WEEK = 7;

const options = z.strictObject({
  by: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The column that tells the person: all dates of one person move by the same days, so that intervals stay. Without it, each date moves by its own',
    ),
  max_days: z.int().min(1).max(100_000).default(365).describe('The most days that a date moves, into past or future'),
  keep_weekday: z.boolean().default(false).describe('Moves by whole weeks'),
});

export default defineStrategy({
  summary:
    'Moves dates and timestamps by a keyed number of days; all of one person by the same, so that intervals stay.',
  options,
  accepts: ['date', 'timestamp'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: true, yieldsNull: false },
  examples: [
    {
      options: { by: 'customer_id' },
      type: 'date',
      input: '2024-02-29',
      others: { customer_id: '73500' },
      output: '2024-09-28',
    },
    {
      options: { by: 'customer_id' },
      type: 'date',
      input: '2024-03-07',
      others: { customer_id: '73500' },
      output: '2024-10-05',
    },
    {
      options: { by: 'customer_id', max_days: 28, keep_weekday: true },
      type: 'timestamp with time zone',
      input: '2024-02-29 12:34:56.789+00',
      others: { customer_id: '73500' },
      output: '2024-03-21 12:34:56.789+00',
    },
    { options: { max_days: 30 }, type: 'date', input: '0044-03-15 BC', output: '0044-04-05 BC' },
  ],
  notes: [
    'No date moves by zero days. The time of day stays.',
    'The shift depends on the value of `by` as it is written, on `max_days` and `keep_weekday`: give all columns of a person the same, in tables of one domain too.',
    'Where `by` is NULL there is no person, and the date moves by its own value, as without `by`.',
    'infinity and -infinity stay: they tell nothing of anybody.',
    'A date that would leave what PostgreSQL can hold moves into the other direction.',
    'Intervals stay, so whoever knows one date of a person knows all of that person’s: shifting is weaker than `noise` or `generalize`.',
  ],
  reads: ({ by }) => (by === undefined ? [] : [by]),
  create({ max_days: maxDays, keep_weekday: keepsWeekday }, context) {
    const step = keepsWeekday ? DAYS_OF_WEEK : 1;
    const most = Math.floor(maxDays / step);
    if (most === 0) throw new StrategyRefusal('max_days is less than a week', 'Set max_days: 7 or more.');
    const form = timeForm(context.type);
    const shift = new KeyedShift({ person: context.prf('person'), value: context.prf('value'), step, most });
    return {
      column(input, output, [by]) {
        const { bytes, offsets, lengths, count } = input;
        const days = shift.days(input, by);
        for (let index = 0; index < count; index++) {
          const start = offsets[index]!; // index < count, as below
          const end = start + lengths[index]!;
          if (infinityOf(bytes, start, end) !== 0) {
            output.pushBytes(bytes, start, end);
            continue;
          }
          const moved = writeShifted({ bytes, at: start, end }, { days: days[index]!, form }, output);
          if (!moved) throw new UnfitValue(`it is no ${context.type.name}`);
          output.push();
        }
      },
    };
  },
});
