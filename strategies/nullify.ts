// nullify: every value becomes NULL. The plan refuses it on a NOT NULL column.

import { defineStrategy, z } from '../src/strategy.ts';

export default defineStrategy({
  summary: 'Replaces every value by NULL.',
  options: z.strictObject({}),
  accepts: 'any',
  guarantees: {
    deterministic: true,
    reversible: false,
    uniqueness: 'lossy', // the plan knows that a unique index takes any number of NULLs
    keyed: false,
    yieldsNull: true,
  },
  examples: [{ input: 'met at the clinic', output: null }],
  create: () => ({
    outputs: [null],
    column(input, output) {
      for (let index = 0; index < input.count; index++) output.pushNull();
    },
  }),
});
