import { describe, expect, test } from 'vitest';
import { UnfitValue } from '../../src/strategy.ts';
import { HOSTILE_TEXTS, TELLING } from './hostile-texts.ts';
import { replace, replaceWith, type Use, useStrategy } from './replace.ts';

/** Every strategy on text, with options under which nothing may stay. */
const STRATEGIES: readonly (readonly [string, Use['options']])[] = [
  ['hash', {}],
  ['mask', {}],
  ['mask', { keep_first: 2, keep_last: 2, keep_separators: true }],
  ['mask', { keep: '^(..)' }],
  ['email', {}],
  ['email', { host: 'keep' }],
  ['phone', {}],
  ['phone', { keep_prefix: true }],
  ['fake', { kind: 'person.fullName' }],
  ['nullify', {}],
  ['fpe', { preset: 'card' }],
  ['fpe', { preset: 'iban' }],
  ['fpe', { preset: 'alphanumerics' }],
  ['generalize', { keep_prefix: 3 }],
  ['generalize', { map: { '*': 'other text' } }],
  ['regex_replace', { pattern: '\\w+', replacement: '[$0]' }],
  ['regex_replace', { pattern: '(\\w+\\W+)*\\w+$', replacement: '', unmatched: 'nullify' }],
  ['lookup', { map: { '': 'empty' } }],
  ['lookup', { map: {}, missing: 'nullify' }],
  ['lookup', { map: {}, missing: { strategy: 'hash' } }],
];

describe.each(STRATEGIES)('%s %j', (name, options = {}) => {
  test(`replaces each of ${HOSTILE_TEXTS.length} texts or refuses it by name, and never lets it through`, async () => {
    const bound = await useStrategy(name, { options });
    const through = HOSTILE_TEXTS.filter(text => {
      try {
        const replaced = replaceWith(bound, [text]); // decodes with fatal: true
        expect(replaced).toHaveLength(1);
        return replaced[0] === text;
      } catch (cause) {
        if (cause instanceof UnfitValue) return false;
        throw cause;
      }
    });
    expect(through).toEqual([]);
  });
});

test('there are at least 80 texts, no two the same', () => {
  expect(new Set(HOSTILE_TEXTS).size).toBeGreaterThanOrEqual(80);
  expect(new Set(HOSTILE_TEXTS).size).toBe(HOSTILE_TEXTS.length);
});

test.each(['surrogate', 'label'])('redact_text as %s lets nothing through that tells of somebody', async treated => {
  const kinds = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'url'];
  const options = Object.fromEntries(kinds.map(kind => [kind, treated]));
  const replaced = await replace(
    'redact_text',
    TELLING.map(({ text }) => text),
    { options },
  );
  expect(TELLING.filter(({ secret }, index) => replaced[index]!.includes(secret))).toEqual([]);
});

test('redact_text and shuffle_block give one value for each text, whatever there is in it', async () => {
  const redacted = await replace('redact_text', HOSTILE_TEXTS);
  expect(redacted).toHaveLength(HOSTILE_TEXTS.length);
  const shuffled = await replace('shuffle_block', HOSTILE_TEXTS);
  expect(shuffled.filter((text, index) => text === HOSTILE_TEXTS[index])).toEqual([]);
});
