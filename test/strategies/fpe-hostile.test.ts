import { describe, expect, test } from 'vitest';
import type { BoundStrategy } from '../../src/plan/bind-strategies.ts';
import { UnfitValue } from '../../src/strategy.ts';
import { HOSTILE } from './hostile-values.ts';
import { replaceWith, type Use, useStrategy } from './replace.ts';

/** Every way to use it: each preset, an alphabet, what stays, and both ciphers. */
const USES: readonly Use[] = [
  { options: { preset: 'card' } },
  { options: { preset: 'card', luhn: false, keep_first: 0, keep_last: 0 } },
  { options: { preset: 'ssn' } },
  { options: { preset: 'iban' } },
  { options: { preset: 'phone' } },
  { options: { preset: 'digits' } },
  { options: { preset: 'digits', keep_first: 3, keep_last: 3, luhn: true } },
  { options: { preset: 'digits', separators: '' } },
  { options: { preset: 'alphanumerics' } },
  { options: { preset: 'alphanumerics', keep_first: 2, separators: ' \t\n日' } },
  { options: { preset: 'uuid' } },
  { options: { preset: 'integer', min: -1_000_000, max: 1_000_000 } },
  { options: { preset: 'integer', min: '-99999999999999999999', max: '99999999999999999999' } },
  { options: { preset: 'date' } },
  { options: { alphabet: 'abcdefghijklmnopqrstuvwxyzàéß😀日', separators: ' ' } },
  { options: { preset: 'digits', mode: 'ff3-1', legacy: true } },
  { options: { preset: 'alphanumerics', mode: 'ff3-1', legacy: true } },
  { type: 'integer' },
  { type: 'bigint', options: { min: 1 } },
  { type: 'numeric', options: { preset: 'integer', min: 0, max: '9'.repeat(40) } },
  { type: 'date' },
  { type: 'timestamp with time zone', options: { min: '1900-01-01', max: '2099-12-31' } },
  { type: 'timestamp without time zone', options: { min: '1900-01-01', max: '2099-12-31' } },
  { type: 'uuid' },
];

function replaceOne(bound: BoundStrategy, value: string): string | UnfitValue {
  try {
    const [replaced] = replaceWith(bound, [value]); // decodes with fatal: true
    return String(replaced);
  } catch (cause) {
    if (cause instanceof UnfitValue) return cause;
    throw cause;
  }
}

/** As the server prints a timestamp. */
const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d*[1-9])?(\+00)?$/;

/** Whether a server prints the value so in a column of the type. */
const isPrinted = (value: string, { type = '' }: Use): boolean =>
  !type.startsWith('timestamp') || (TIMESTAMP.test(value) && value.endsWith('+00') === type.includes('with time zone'));

const isText = ({ type, options }: Use): boolean => type === undefined && options?.preset !== 'integer';

test('there are more than 200 of them, all different', () => {
  expect(HOSTILE.length).toBeGreaterThan(200);
  expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
});

describe.each(USES.map(use => [JSON.stringify(use), use] as const))('%s', (_, use) => {
  test('gives each hostile value another one that comes back, or refuses it without naming it', async () => {
    const bound = await useStrategy('fpe', use);
    const back = await useStrategy('fpe', { ...use, direction: 'reverse' });
    const messages = new Set<string>();
    let refused = 0;
    for (const value of HOSTILE) {
      const replaced = replaceOne(bound, value);
      if (replaced instanceof UnfitValue) {
        refused++;
        messages.add(replaced.message);
        continue;
      }
      expect(replaced).not.toBe(value);
      if (isText(use)) expect([...replaced]).toHaveLength([...value].length);
      if (isPrinted(value, use)) expect(replaceOne(back, replaced)).toBe(value);
    }
    expect(messages.size).toBeLessThanOrEqual(2); // not this format, or too few symbols of it
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(HOSTILE.length);
  });

  test('refuses a batch for one of its values, with the values before it counted', async () => {
    const bound = await useStrategy('fpe', use);
    const fit = HOSTILE.find(value => typeof replaceOne(bound, value) === 'string');
    expect(fit).toBeDefined();
    expect(() => replaceWith(bound, [fit!, fit!, 'Ada Lovelace!'])).toThrow(UnfitValue); // it is defined
  });
});

test('the engine can tell the row: values before the refused one are counted as pushed', async () => {
  const { instance } = await useStrategy('fpe', { options: { preset: 'digits' } });
  if (!('column' in instance)) throw new Error('fpe works on columns');
  const { ColumnOutput } = await import('../../src/batch/column.ts');
  const { columnOf } = await import('./replace.ts');
  const output = new ColumnOutput(3);
  output.reset(3);
  expect(() => instance.column(columnOf(['123456', '234567', 'no']), output, [], 0)).toThrow(UnfitValue);
  expect(output.count).toBe(2);
});
