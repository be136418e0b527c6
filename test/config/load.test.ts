import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSha256, formatPath, type LoadedConfig, loadConfig, parseConfig } from '../../src/config/load.ts';
import { AnonymizeError } from '../../src/errors.ts';

const HEAD = 'version: 1\nsource: { url: env:S }\ntarget: { url: env:T }\n';
const parse = (text: string): LoadedConfig => parseConfig(text, { file: 'a.yaml', baseDir: '/base' });

/** The error of a text; a text without defects fails the test. */
function refusal(text: string): AnonymizeError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AnonymizeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `code message` of each finding. */
const findings = (text: string): string[] => {
  const error = refusal(text);
  expect(error.code).toBe('ANON_CONFIG_REFUSED');
  expect(error.exitCode).toBe(78);
  return error.findings.map(({ code, message }) => `${code} ${message}`);
};

const FULL = `
version: 1
source:
  url: env:SOURCE_URL
  read: cursor
  max_connections: 7
  on_blocked_ddl: abort
  snapshot: { hold_after: 0s, hold_for: 12h, max_age: 1.5h }
  tls: { verify: ca, ca: ca.pem }
target:
  url: postgresql://app@db.example:5433/copy
  publish: in-place
  schema: existing
  max_connections: 3
control:
  url: file:control.url
secret: command:pass show anonymize
parallel: 4
memory: 1GiB
strategies: ./ours
defaults: { undecided: nullify }
tables:
  public.customer:
    where: "active"
    keep: [id, created_at]
    columns:
      email: { strategy: email, domain: person.email, host: [a.example, b.example] }
      notes: nullify
  public.country: keep
  public.audit_log: empty
  "public.payment_p*": { keep: [id], columns: { amount: { strategy: constant, value: 1 } } }
  "*.staging": skip
retries: { attempts: 3, stall_after: 30s }
`;

describe('a configuration without defects', () => {
  test('is what was written, with its short forms unfolded', () => {
    expect(parse(FULL)).toEqual({
      version: 1,
      source: {
        url: 'env:SOURCE_URL',
        read: 'cursor',
        maxConnections: 7,
        onBlockedDdl: 'abort',
        snapshot: { holdAfterMs: 0, holdForMs: 43_200_000, maxAgeMs: 5_400_000 },
        tls: { verify: 'ca', ca: 'ca.pem' },
      },
      target: {
        url: 'postgresql://app@db.example:5433/copy',
        publish: 'in-place',
        schema: 'existing',
        maxConnections: 3,
        keepPrevious: 1,
        sequences: 'follow',
      },
      control: { url: 'file:control.url' },
      secret: 'command:pass show anonymize',
      parallel: 4,
      memoryBytes: 2 ** 30,
      retries: { attempts: 3, withinMs: 120_000, stallAfterMs: 30_000 },
      trialRows: 500,
      strategies: '/base/ours',
      defaults: { undecided: 'nullify' },
      tables: [
        {
          key: 'public.customer',
          line: 23,
          rule: {
            kind: 'columns',
            where: 'active',
            keep: ['id', 'created_at'],
            columns: {
              email: {
                strategy: 'email',
                domain: 'person.email',
                options: { host: ['a.example', 'b.example'] },
              },
              notes: { strategy: 'nullify', options: {} },
            },
          },
        },
        { key: 'public.country', line: 29, rule: { kind: 'keep' } },
        { key: 'public.audit_log', line: 30, rule: { kind: 'empty' } },
        {
          key: 'public.payment_p*',
          line: 31,
          rule: {
            kind: 'columns',
            keep: ['id'],
            columns: { amount: { strategy: 'constant', options: { value: 1 } } },
          },
        },
        { key: '*.staging', line: 32, rule: { kind: 'skip' } },
      ],
      file: 'a.yaml',
      baseDir: '/base',
      sha256: configSha256(FULL),
    });
  });

  test('has the defaults of the contract where it says nothing', () => {
    expect(parse(`${HEAD}tables: {}`)).toEqual({
      version: 1,
      source: {
        url: 'env:S',
        read: 'copy',
        maxConnections: 5,
        onBlockedDdl: 'pause',
        snapshot: { holdAfterMs: 5_000, holdForMs: 1_800_000 },
      },
      target: {
        url: 'env:T',
        publish: 'in-place',
        schema: 'existing',
        maxConnections: 5,
        keepPrevious: 1,
        sequences: 'follow',
      },
      parallel: 'auto',
      memoryBytes: 512_000_000,
      retries: { attempts: 5, withinMs: 120_000, stallAfterMs: 600_000 },
      trialRows: 500,
      defaults: { undecided: 'refuse' },
      tables: [],
      file: 'a.yaml',
      baseDir: '/base',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('can be sent to a worker thread', () => {
    const { tables } = structuredClone(parse(FULL));
    expect(tables).toHaveLength(5);
  });

  test('may have columns with names that YAML or JavaScript know as something else', () => {
    const names = ['no', 'null', '1', '1.0', 'true', '__proto__', 'constructor', 'ä b', '~'];
    const lines = names.map(name => `      ${name}: hash\n`).join('');
    const [table] = parse(`${HEAD}tables:\n  public.t:\n    columns:\n${lines}`).tables;
    expect(table?.rule.kind === 'columns' && Object.keys(table.rule.columns).sort()).toEqual(names.sort());
  });

  test('may repeat itself by anchors, aliases and merges', () => {
    const { tables } = parse(`${HEAD}tables:
  a: &person { keep: [id], columns: { name: hash } }
  b: *person
  c: { <<: *person, keep: [no] }
`);
    const columns = { name: { strategy: 'hash', options: {} } };
    expect(tables.map(({ rule }) => rule)).toEqual([
      { kind: 'columns', keep: ['id'], columns },
      { kind: 'columns', keep: ['id'], columns },
      { kind: 'columns', keep: ['no'], columns },
    ]);
  });
});

describe('findings about the whole', () => {
  test.each([
    ['an empty file', '', ['ANON_CONFIG_VALUE a.yaml: is empty.']],
    ['a file of comments', '# nothing\n', ['ANON_CONFIG_VALUE a.yaml: is empty.']],
    ['a single text', 'hello', ['ANON_CONFIG_VALUE the file: a block of keys is wanted, not a text.']],
    ['a list', '- a', ['ANON_CONFIG_VALUE the file: a block of keys is wanted, not a list.']],
    [
      'an empty block',
      '{}',
      [
        'ANON_CONFIG_VALUE version: is missing; write `version: 1`.',
        'ANON_CONFIG_VALUE source: is missing.',
        'ANON_CONFIG_VALUE target: is missing.',
        'ANON_CONFIG_VALUE tables: is missing.',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  test('all come at once, each with its line', () => {
    const text = `version: 2
sources: {}
source: []
target:
  url: env:T
  publsh: in-place
  max_connections: "5"
defaults: { undecided: nulify }
tables:
  public.a: kep
`;
    expect(findings(text)).toEqual([
      'ANON_CONFIG_UNKNOWN_KEY sources (line 2): unknown key. Did you mean "source"?',
      'ANON_CONFIG_VALUE version (line 1): must be 1; this pgveil reads no other version.',
      'ANON_CONFIG_VALUE source (line 3): a block of keys is wanted, not a list.',
      'ANON_CONFIG_UNKNOWN_KEY target.publsh (line 6): unknown key. Did you mean "publish"?',
      'ANON_CONFIG_VALUE target.max_connections (line 7): a number is wanted, not a text.',
      'ANON_CONFIG_VALUE defaults.undecided (line 8): must be refuse or nullify. Did you mean "nullify"?',
      'ANON_CONFIG_VALUE tables."public.a" (line 10): must be keep, empty, skip or a block with `columns:`. Did you mean "keep"?',
    ]);
  });
});

describe('findings about single keys', () => {
  const base: Readonly<Record<string, string>> = {
    version: '1',
    source: '{ url: env:S }',
    target: '{ url: env:T }',
    tables: '{}',
  };
  const withKey = (key: string, value: string): string =>
    Object.entries({ ...base, [key]: value })
      .map(([name, written]) => `${name}: ${written}\n`)
      .join('');

  test.each([
    ['version', '"1"', 'version: must be 1; this pgveil reads no other version.'],
    ['version', '', 'version: must be 1; this pgveil reads no other version.'],
    ['source', '', 'source: has no value; a block of keys is wanted.'],
    ['source', '{}', 'source.url: is missing.'],
    ['source', '{ url: env:S, read: fast }', 'source.read: must be copy or cursor.'],
    ['source', '{ url: env:S, read: }', 'source.read: must be copy or cursor.'],
    ['source', '{ url: env:S, read: cusror }', 'source.read: must be copy or cursor. Did you mean "cursor"?'],
    ['source', '{ url: env:S, max_connections: 0 }', 'source.max_connections: must be at least 1.'],
    [
      'source',
      '{ url: env:S, max_connections: 1.5 }',
      'source.max_connections: a whole number is wanted, not a number.',
    ],
    ['source', '{ url: env:S, tls: true }', 'source.tls: a block of keys is wanted, not true or false.'],
    ['source', '{ url: env:S, tls: { verify: no } }', 'source.tls.verify: must be full or ca or none or off.'],
    ['source', '{ url: env:S, tls: { ca: 1 } }', 'source.tls.ca: a text is wanted, not a number. Put it in quotes.'],
    ['source', '{ url: env:S, tls: { cert: a } }', 'source.tls: cert and key come together.'],
    [
      'source',
      '{ url: env:S, tls: { verify: off, ca: a } }',
      'source.tls: verify: off leaves no use for ca, cert and key.',
    ],
    ['target', '{ url: env:T, publish: swop }', 'target.publish: must be in-place or swap. Did you mean "swap"?'],
    ['target', '{ url: env:T, schema: public }', 'target.schema: must be existing or copy.'],
    ['target', '{ url: env:T, keep_previous: -1 }', 'target.keep_previous: must be at least 0.'],
    ['target', '{ url: env:T, pg_bin: "" }', 'target.pg_bin: must not be empty.'],
    ['control', '{}', 'control.url: is missing.'],
    ['parallel', '0', 'parallel: must be at least 1.'],
    ['parallel', '1.5', 'parallel: a whole number is wanted, not a number.'],
    ['parallel', 'many', 'parallel: must be auto or a whole number.'],
    ['memory', '512', 'memory: must be a size with its unit, such as 512MB or 1GiB.'],
    ['memory', '191MB', 'memory: must be at least 192MB.'],
    ['strategies', '[a]', 'strategies: a text is wanted, not a list.'],
    ['strategies', '""', 'strategies: must not be empty.'],
    ['defaults', '{ undecided: keep }', 'defaults.undecided: must be refuse or nullify.'],
    ['tables', '[public.a]', 'tables: a block of `schema.table: …` lines is wanted, not a list.'],
    ['tables', '', 'tables: has no value; a block of `schema.table: …` lines is wanted.'],
    ['tables', '{ "": keep }', 'tables: a name is empty.'],
  ])('%s: %s', (key, value, message) => {
    const [found, ...more] = findings(withKey(key, value)).map(text => text.replace(/ \(line \d+\)/, ''));
    expect(found).toBe(`ANON_CONFIG_VALUE ${message}`);
    expect(more).toEqual([]);
  });

  const CANARY = 'hunter2hunter2hunter2hunter2hunter2';

  test.each([
    ['a secret written out', 'secret', CANARY, 'ANON_CONFIG_VALUE'],
    ['a secret with a colon', 'secret', `raw:${CANARY}`, 'ANON_CONFIG_VALUE'],
    ['a secret in a list', 'secret', `[${CANARY}]`, 'ANON_CONFIG_VALUE'],
    ['a number as secret', 'secret', '1234567890123456', 'ANON_CONFIG_VALUE'],
    ['a password in a URL', 'source', `{ url: "postgres://u:${CANARY}@h/db" }`, 'ANON_CONFIG_PASSWORD'],
    ['a password with an @', 'source', `{ url: "postgres://u:x@${CANARY}@h/db" }`, 'ANON_CONFIG_PASSWORD'],
    ['a password with a slash', 'source', `{ url: "postgres://u:x/${CANARY}@h/db" }`, 'ANON_CONFIG_PASSWORD'],
    ['a password as a parameter', 'source', `{ url: "postgres://h/db?password=${CANARY}" }`, 'ANON_CONFIG_PASSWORD'],
    ['a password in keywords', 'source', `{ url: "host=h password=${CANARY}" }`, 'ANON_CONFIG_PASSWORD'],
    ['a password in a URL of another kind', 'source', `{ url: "mysql://u:${CANARY}@h/db" }`, 'ANON_CONFIG_PASSWORD'],
    ['a text that is no URL', 'source', `{ url: ${CANARY} }`, 'ANON_CONFIG_URL'],
    ['a list of URLs', 'source', `{ url: ["${CANARY}"] }`, 'ANON_CONFIG_URL'],
    ['a variable with a bad name', 'source', `{ url: "env:${CANARY}-x" }`, 'ANON_CONFIG_URL'],
    ['a command for a URL', 'source', `{ url: "command:echo ${CANARY}" }`, 'ANON_CONFIG_URL'],
    [
      'a URL in the place of a key',
      'source',
      `{ url: env:S, "postgres://u:${CANARY}@h/db": }`,
      'ANON_CONFIG_UNKNOWN_KEY',
    ],
  ])('%s is refused without an echo', (_, key, value, code) => {
    const error = refusal(withKey(key, value));
    expect(error.findings.map(found => found.code)).toEqual([code]);
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|1234567890/);
    expect(JSON.stringify(error)).not.toMatch(/hunter2|1234567890/);
  });
});

test('a path quotes what would be unclear, and stays on one line', () => {
  expect(formatPath(['tables', 'public.a', 'columns', 'e\nf', 'keep', 2])).toBe(
    'tables."public.a".columns."e\\u{a}f".keep[2]',
  );
});

describe('a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'load-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is what relative paths are relative to, and is fingerprinted', () => {
    const file = join(folder, 'a.yaml');
    const text = `${HEAD}strategies: ours\ntables: {}\n`;
    writeFileSync(file, text);
    expect(loadConfig(file)).toMatchObject({
      file,
      baseDir: folder,
      strategies: join(folder, 'ours'),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  });

  test.each([
    ['does not exist', () => undefined, 'it does not exist.'],
    ['is a folder', (file: string) => mkdirSync(file), 'it is a folder.'],
    ['is not UTF-8', (file: string) => writeFileSync(file, Buffer.from([0x61, 0xff, 0xfe])), 'it is not UTF-8.'],
  ])('that %s is refused', (name, prepare, detail) => {
    const file = join(folder, name);
    prepare(file);
    const message = `The configuration ${file} cannot be read: ${detail}`;
    expect(() => loadConfig(file)).toThrow(expect.objectContaining({ code: 'ANON_CONFIG_FILE', message }));
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read is refused', () => {
    const file = join(folder, 'locked');
    writeFileSync(file, HEAD);
    chmodSync(file, 0);
    expect(() => loadConfig(file)).toThrow(expect.objectContaining({ code: 'ANON_CONFIG_FILE' }));
  });
});
