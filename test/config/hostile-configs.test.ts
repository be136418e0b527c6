// Whatever a file holds: it is a configuration, or the error says where it is none. 10,000 of each kind with
// HOSTILE_CONFIGS=10000; fewer in every run of the tests.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnonymizeError, parseConfig } from '../../src/index.ts';
import { anyPoint } from '../any-point.ts';

const RUNS = Number(process.env.HOSTILE_CONFIGS ?? 150);
/** On a machine that has other things to do. */
const TIMEOUT_MS = 30_000 + 100 * RUNS;
const EXAMPLE = readFileSync(new URL('../../config.example.yaml', import.meta.url), 'utf8');
/** Stands where a password or a secret might, always as a value; no message may repeat it. */
const CANARY = 'CANARY471147';
const LEAKS = [
  `postgresql://app:${CANARY}@db.example.org/shop`,
  `postgresql://app@db.example.org/shop?password=${CANARY}`,
  `${CANARY}-as-a-master-secret-of-thirty-two-bytes`,
];
const KEYS = [
  'version',
  'source',
  'target',
  'control',
  'secret',
  'parallel',
  'memory',
  'strategies',
  'defaults',
  'tables',
]
  .concat(['url', 'read', 'publish', 'schema', 'max_connections', 'keep', 'columns', 'where', 'strategy', 'domain'])
  .concat(['when', 'then', 'on_invalid', 'public.customer', '__proto__', 'constructor', 'toString', '', '🙂', '<<']);
const SCALARS = [
  'keep',
  'skip',
  'hash',
  'env:SOURCE_URL',
  'file:/nowhere',
  'command:false',
  'auto',
  'copy',
  '512MB',
  '1e309',
].concat(['.nan', '-0', '0x1f', '2024-02-30', 'null', '~', 'yes', '!!binary aGVsbG8=', '*unknown', '&a b', '\u0000']);

const scalar = fc.oneof(
  fc.constantFrom<unknown>(...SCALARS, ...LEAKS, null, true, 0, -1, 2 ** 53, 1.5),
  fc.string({ unit: anyPoint }),
);
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}));
/** One that is nearly right, so that what is wrong lies deep. */
const nearlyRight = fc
  .dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4, noNullPrototype: true })
  .map(odd => ({ version: 1, source: { url: 'env:A' }, target: { url: 'env:B' }, tables: {}, ...odd }));

describe('whatever is in the file', () => {
  test('random structures are a configuration, or a typed error', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.oneof(value, nearlyRight), structure => holds(JSON.stringify(structure) ?? '')),
      { numRuns: RUNS },
    );
  });

  test('random texts are a configuration, or a typed error', { timeout: TIMEOUT_MS }, () => {
    const word = fc.oneof(fc.constantFrom(...SCALARS), fc.string({ unit: anyPoint }));
    const text = fc.array(fc.oneof(word, fc.constantFrom('\n', '  ', ': ', '- ', '{', '}', '[', '"', "'", '|', '>')));
    fc.assert(
      fc.property(
        text.map(parts => parts.join('')),
        holds,
      ),
      { numRuns: RUNS },
    );
  });

  test('mutations of the example are a configuration, or a typed error', { timeout: TIMEOUT_MS }, () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(40), fc.constantFrom(...SCALARS, ...KEYS));
    const mutated = fc
      .array(mutation, { minLength: 1, maxLength: 6 })
      .map(mutations => mutations.reduce(mutate, EXAMPLE));
    fc.assert(fc.property(mutated, holds), { numRuns: RUNS });
  });

  test('an alias that grows without end is refused, not followed', () => {
    const levels = Array.from({ length: 30 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}, *l${n}]`);
    holds(['l0: &l0 [x, x]', ...levels].join('\n'));
  });

  test('an error does name its place: the control of the others', () => {
    const error = outcomeOf('version: 1\nsource: { url: 7 }\ntarget: { url: "env:B" }\ntables: {}');
    expect(error?.findings.map(({ message }) => message).join()).toContain('source.url');
  });
});

/** Cuts `length` characters at a place and puts others there. */
function mutate(text: string, [place, length, other]: readonly [number, number, string]): string {
  const at = place % text.length;
  return text.slice(0, at) + other + text.slice(at + length);
}

function outcomeOf(text: string): AnonymizeError | undefined {
  try {
    parseConfig(text, { baseDir: '/nowhere' });
    return undefined;
  } catch (cause) {
    expect(cause, `${cause}`).toBeInstanceOf(AnonymizeError);
    return cause as AnonymizeError; // expected above
  }
}

function holds(text: string): void {
  const started = performance.now();
  const error = outcomeOf(text);
  expect(performance.now() - started).toBeLessThan(1000);
  if (!error) return;
  const said = [error, ...error.findings].flatMap(({ code, message, fix }) => [code, message, fix]).join('\n');
  expect(error.code).not.toBe('ANON_BUG');
  expect(said).not.toContain(CANARY);
  expect(said).not.toMatch(/^\s+at |node:internal|\[object/m);
  expect(error.findings.length > 0 || /\d|file|configuration/.test(error.message), said).toBe(true);
}
