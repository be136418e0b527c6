import { expect, test } from 'vitest';
import { AnonymizeError, parseConfig } from '../../src/index.ts';

const parse = (more: string) =>
  parseConfig(`version: 1\nsource: { url: env:S }\ntarget: { url: env:T }\ntables: {}\n${more}`, { baseDir: '/base' });

function findingsOf(more: string): string[] {
  try {
    parse(more);
    return [];
  } catch (cause) {
    if (!(cause instanceof AnonymizeError)) throw cause;
    return cause.findings.map(({ message }) => message.replace(/ \(line \d+\)/, ''));
  }
}

test('a row that the target refuses fails the run unless something else is said', () => {
  expect(parse('')).not.toHaveProperty('quarantine');
  expect(parse('on_row_error: fail')).not.toHaveProperty('quarantine');
});

test('a quarantine has a file, a public key and a limit', () => {
  const text = 'on_row_error: quarantine\nquarantine: { file: "a-{run}", public_key: "file:k.pub" }';
  expect(parse(text).quarantine).toEqual({ file: 'a-{run}', publicKey: 'file:k.pub', maxRows: 1000 });
  const key = 'env:KEY, max_rows: 7';
  expect(parse(text.replace('"file:k.pub"', key)).quarantine).toMatchObject({ publicKey: 'env:KEY', maxRows: 7 });
});

const PEM = '-----BEGIN PUBLIC KEY----- canary';
test.each([
  ['on_row_error: skip', ['on_row_error: must be fail or quarantine.']],
  ['on_row_error: quarantine', ['quarantine: is missing; it says where the rows go, and for whom.']],
  ['quarantine: { file: a, public_key: env:K }', ['quarantine: has no use without `on_row_error: quarantine`.']],
  ['on_row_error: quarantine\nquarantine: {}', ['quarantine.file: is missing.', 'quarantine.public_key: is missing.']],
  [
    `on_row_error: quarantine\nquarantine: { file: "", public_key: "${PEM}", max_rows: 0, key: 1 }`,
    [
      'quarantine.key: unknown key.',
      'quarantine.file: must not be empty.',
      'quarantine.public_key: must be env:NAME or file:PATH.',
      'quarantine.max_rows: must be at least 1.',
    ],
  ],
])('%s is refused', (text, findings) => {
  expect(findingsOf(text)).toEqual(findings);
});
