// sequence: running numbers. Slices run in parallel and share nothing, so each has numbers of its own, with gaps between them.

import { MAX_ROWS_PER_PAGE } from '../src/kernels/row-numbers.ts';
import { defineStrategy, StrategyRefusal, z } from '../src/strategy.ts';

const options = z.strictObject({
  start: z
    .int()
    .min(0)
    .max(2 ** 40)
    .default(1)
    .describe('The first number'),
  prefix: z.string().default('').describe('What stands before the number, such as `customer-`; only for text'),
  digits: z
    .int()
    .min(1)
    .max(15)
    .default(1)
    .describe('Shorter numbers get zeros in front, to this many digits; only for text'),
});

export default defineStrategy({
  summary:
    'Replaces values by running numbers, different in every row of a table; not deterministic: the next run may number otherwise.',
  options,
  accepts: ['text', 'integer', 'decimal'],
  guarantees: { deterministic: false, reversible: false, uniqueness: 'preserved', keyed: false, yieldsNull: false },
  examples: [
    { type: 'bigint', input: '4711', output: '1' },
    { options: { start: 1000 }, type: 'integer', input: '4711', output: '1000' },
    { options: { prefix: 'customer-', digits: 6 }, input: 'Lovelace', output: 'customer-000001' },
  ],
  notes: [
    'What it promises: no number occurs twice in a table and run, whatever the number of workers. Each row has its own, also where values are equal.',
    'What it does not promise: numbers without gaps (each slice of a large table begins at a number that no other reaches), an order, or the same numbers in the next run. A table that is copied in one slice is numbered without gaps where no value is NULL.',
    'Equal values become different, so joins do not survive: a column that others reference cannot use it. For that there is `hash` with `encoding: integer`, or `fpe`.',
    'Partitions would each begin at the same number, so it is refused there.',
  ],
  create({ start, prefix, digits }, { type, table, rows }) {
    if (type.kind !== 'text' && (prefix !== '' || digits > 1)) {
      throw new StrategyRefusal(`prefix and digits are for text, not ${type.name}`, 'Remove them.');
    }
    if (table.isPartition) {
      throw new StrategyRefusal(
        'numbers of one partition would occur in the others',
        'Use hash with encoding: integer.',
      );
    }
    const before = Buffer.from(prefix);
    // A slice begins at its first page times the rows that a page can hold, and a page has a row at least.
    const longest = Math.max(digits, String(start + rows * MAX_ROWS_PER_PAGE).length);
    return {
      maxLength: [...prefix].length + longest,
      column(input, output, _others, firstNumber) {
        for (let index = 0; index < input.count; index++) {
          output.write(before);
          output.write(Buffer.from(String(start + firstNumber + index).padStart(digits, '0'), 'latin1'));
          output.push();
        }
      },
    };
  },
});
