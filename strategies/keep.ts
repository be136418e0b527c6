// keep: the column goes to the target as it is, byte for byte.

import { defineStrategy, z } from '../src/strategy.ts';

export default defineStrategy({
  summary: 'Copies the column unchanged. Saying it by name is what makes the plan closed.',
  options: z.strictObject({}),
  accepts: 'any',
  guarantees: {
    deterministic: true,
    reversible: true,
    uniqueness: 'preserved',
    keyed: false,
    yieldsNull: false,
  },
  examples: [{ input: 'Zürich', output: 'Zürich' }],
  create: () => ({ keep: true }),
});
