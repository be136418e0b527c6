// The token store of a trial.

import { expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { FINGERPRINT_BYTES } from '../../src/strategy.ts';
import { drawnTokens } from '../../src/trial/drawn-tokens.ts';

/** Values whose fingerprints are one byte, repeated. */
function entriesOf(...prints: readonly number[]) {
  const values = new ColumnOutput();
  values.reset(prints.length);
  for (const print of prints) values.pushBytes(Uint8Array.of(print), 0, 1);
  const fingerprints = new Uint8Array(prints.length * FINGERPRINT_BYTES);
  prints.forEach((print, n) => {
    fingerprints.fill(print, n * FINGERPRINT_BYTES, (n + 1) * FINGERPRINT_BYTES);
  });
  return { fingerprints, values };
}

test('equal values get the same token, different ones do not, and a taken token is drawn again', async () => {
  const tokens = drawnTokens().tokens('d', 'f');
  const draws = ['a', 'a', 'b', 'b', 'a', 'c'].values();
  const draw = (): string => draws.next().value ?? 'none left';
  expect(await tokens.findOrDraw(entriesOf(1, 2, 1), draw)).toEqual(['a', 'b', 'a']);
  expect(await tokens.findOrDraw(entriesOf(2, 3), draw)).toEqual(['b', 'c']);
});

test('domains do not know of each other, and nothing is drawn for ever', async () => {
  const vault = drawnTokens();
  const draw = (): string => 'x';
  expect(await vault.tokens('one', 'f').findOrDraw(entriesOf(1, 2), draw)).toEqual(['x', 'x']);
  expect(await vault.tokens('two', 'f').findOrDraw(entriesOf(1), draw)).toEqual(['x']);
});
