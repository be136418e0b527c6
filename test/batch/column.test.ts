import { expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { type Dictionary, packDictionary, pushEntries } from '../../src/kernels/dictionary.ts';
import { valuesOf } from '../codec/columns.ts';

const textsOf = (output: ColumnOutput): (string | undefined)[] => valuesOf(output).map(value => value?.toString());

test('values that are parts of shared bytes are not copied, and the next batch is written as ever', () => {
  const output = new ColumnOutput();
  const bytes = Buffer.from('AdaGrace');
  output.reset(2);
  output.share(bytes);
  output.pushPart(3, 8);
  output.pushPart(0, 3);
  expect(textsOf(output)).toEqual(['Grace', 'Ada']);
  output.reset(1);
  output.pushBytes(Buffer.from('Eve'));
  expect(textsOf(output)).toEqual(['Eve']);
  expect(bytes.toString()).toBe('AdaGrace');
});

test('nothing is written into shared bytes, and none are shared after a value was written', () => {
  const output = new ColumnOutput();
  output.share(Buffer.alloc(8));
  expect(() => output.write(Buffer.from('a'))).toThrow('nothing is written');
  output.reset(1);
  output.pushBytes(Buffer.from('a'));
  expect(() => output.share(Buffer.alloc(8))).toThrow('values were written');
});

test('entries of a dictionary are the same values whether its bytes are shared or too many for that', () => {
  const entries = Int32Array.of(2, 0, 1, 2);
  const pushed = (dictionary: Dictionary): ColumnOutput => {
    const output = new ColumnOutput();
    output.reset(entries.length);
    pushEntries(dictionary, entries, { count: entries.length, output });
    return output;
  };
  const small = packDictionary(['Zoë', 'Ada', 'Grace Hopper']);
  const large = packDictionary(['Zoë', 'Ada', 'Grace Hopper', 'x'.repeat(200_000)]);
  expect(pushed(small).bytes).toBe(small.bytes);
  expect(pushed(large).bytes).not.toBe(large.bytes);
  for (const dictionary of [small, large])
    expect(textsOf(pushed(dictionary))).toEqual(['Grace Hopper', 'Zoë', 'Ada', 'Grace Hopper']);
});
