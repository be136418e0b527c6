// constant: one value for all. The engine checks while planning that it fits the column's type.

import { defineStrategy, z } from '../src/strategy.ts';

export default defineStrategy({
  summary: 'Replaces every value by the same one.',
  options: z.strictObject({
    value: z
      .union([z.string(), z.number(), z.boolean()])
      .describe('What stands in every row, as PostgreSQL reads it for the type of the column'),
  }),
  accepts: 'any',
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [
    { options: { value: 'removed' }, input: 'met at the clinic', output: 'removed' },
    { options: { value: 0 }, type: 'integer', input: '73500', output: '0' },
    { options: { value: true }, type: 'boolean', input: 'f', output: 't' },
  ],
  notes: ['A value that is the constant already stays as it is.'],
  create({ value }, { type }) {
    const text = typeof value === 'boolean' && type.kind === 'boolean' ? String(value).slice(0, 1) : String(value);
    const bytes = Buffer.from(text);
    return {
      maxLength: [...text].length,
      outputs: [text],
      column(input, output) {
        for (let index = 0; index < input.count; index++) output.pushBytes(bytes);
      },
    };
  },
});
