import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { namedStrategies } from '../../src/plan/named-strategies.ts';

const CONFIG = `
version: 1
source: { url: env:SOURCE_URL }
target: { url: env:TARGET_URL }
secret: env:ANONYMIZE_SECRET
tables:
  a.one:
    keep: [id]
    columns: { first: hash, second: { strategy: mask, then: [hash, { strategy: regex_replace, pattern: a, with: b }] } }
  a.two:
    columns:
      third:
        - { when: { column: id, equals: 1 }, strategy: fake, kind: person.firstName }
        - nullify
  a.three: skip`;

test('the strategies of a configuration are those of its rules, of their steps and of their cases, each once', () => {
  const names = namedStrategies(parseConfig(CONFIG, { baseDir: '/' }));
  expect([...names].sort()).toEqual(['fake', 'hash', 'mask', 'nullify', 'regex_replace']);
});
