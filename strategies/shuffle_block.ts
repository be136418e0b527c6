// shuffle_block: gives each row the value of another row of its batch, by key. The values stay real: see the notes.

import { MIN_BLOCK, ShuffledBlocks } from '../src/kernels/shuffled-blocks.ts';
import { defineStrategy, UnfitValue, z } from '../src/strategy.ts';

export default defineStrategy({
  summary: 'Gives each row the value of another row near it. The values stay real, and only who has which is hidden.',
  options: z.strictObject({
    too_few: z
      .enum(['refuse', 'nullify'])
      .default('refuse')
      .describe(`What becomes of fewer than ${MIN_BLOCK} values, where nothing came before them to shuffle them with`),
  }),
  accepts: 'any',
  guarantees: ({ too_few }) => ({
    deterministic: false,
    reversible: false,
    uniqueness: 'lossy',
    keyed: true,
    yieldsNull: too_few === 'nullify',
  }),
  examples: [{ options: { too_few: 'nullify' }, input: 'Oslo', output: 'Bergen' }],
  notes: [
    'Every value of the target is a value of the source: who is rich enough to be known by it still is in there. Use it for columns whose values tell nothing of anybody alone, and never for names, numbers or addresses.',
    'How often each value occurs stays, so a value that most rows have is still that of most rows. A row gets the value of one near it in the table: where the table is ordered, so nearly is the target.',
    'A block is what happens to be in one batch, some hundreds of rows: equal values in two columns, tables or runs do not get the same replacement, and joins do not survive. Cut differently, the batches give another order.',
    `A row never keeps its own value, unless another row has the same one. Fewer than ${MIN_BLOCK} values are shuffled with those of the batch before; where there is none, they are refused or become NULL.`,
    'NULL stays where it is.',
  ],
  create({ too_few }, { prf }) {
    const blocks = new ShuffledBlocks(prf('shuffle'));
    return {
      note: 'values stay real; only their rows change',
      column(input, output, _, firstNumber) {
        if (blocks.shuffle(input, output, firstNumber)) return;
        if (too_few === 'refuse') throw new UnfitValue(`there must be ${MIN_BLOCK} values to shuffle`);
        for (let index = 0; index < input.count; index++) output.pushNull();
      },
    };
  },
});
