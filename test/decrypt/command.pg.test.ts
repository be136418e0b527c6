// `anonymize decrypt` as people run it, and what it refuses.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyCheckValue } from '../../src/crypto/keys.ts';
import { databaseUrl } from '../database.ts';
import { type Ended, expectFailure, type Failure, withConfig, withFolder } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import {
  configOf,
  configText,
  createPair,
  dropPair,
  environmentOf,
  OTHER_SECRET,
  type Pair,
  SECRET,
  syncPair,
} from '../sync.ts';
import { decryptAll, decrypting } from './decrypt-all.ts';

const SCHEMA = `
create table person (id int primary key, code text, note text, spare text);
insert into person select i, lpad((i * 7919)::text, 9, '0'), 'a\\b' || lpad(i::text, 7, '0') || chr(9), lpad(i::text, 9, '0')
from generate_series(1, 200) as i;
create table other (code text primary key);
insert into other select lpad((i * 7919)::text, 9, '0') from generate_series(1, 10) as i`;

const TABLES = {
  'public.person': {
    keep: ['id'],
    columns: {
      code: { strategy: 'fpe', preset: 'digits' },
      note: { strategy: 'fpe', alphabet: '0123456789', separators: 'ab\\\t' },
      spare: { strategy: 'fpe', preset: 'digits', tweak: 'id' },
    },
  },
  'public.other': { columns: { code: { strategy: 'fpe', preset: 'digits' } } },
};

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  await syncPair(pair, configOf(TABLES));
});
afterAll(() => dropPair(pair));

/** Runs the command; `config` is that of the run unless said. */
const decrypt = (args: readonly string[], { secret = SECRET, config = configText(TABLES) } = {}): Promise<Ended> =>
  withConfig(config, file => runHere(['decrypt', '--config', file, ...args], environmentOf(pair, secret)));

const codeOf = async (id: number, column = 'code'): Promise<{ value: string; replacement: string }> => {
  const select = `select ${column} as code from person where id = ${id}`;
  const [source, target] = await Promise.all(
    [pair.source, pair.target].map(({ query }) => query<{ code: string }>(select)),
  );
  return { value: source![0]!.code, replacement: target![0]!.code };
};

describe('anonymize decrypt', () => {
  test('takes values and files, says what it cannot tell, and ends with an error for it', async () => {
    const [one, other] = [await codeOf(1), await codeOf(2)];
    const given = await decrypt(['--table-column', 'public.person.code', one.replacement, 'none', other.replacement]);
    expect(given.stdout).toBe(`${one.replacement}\t${one.value}\nnone\t\\N\n${other.replacement}\t${other.value}\n`);
    expectFailure(given, { code: 'ANON_DECRYPT_VALUES', says: ['public.person.code: 1 of 3'] });
    await withFolder(async folder => {
      const file = join(folder, 'values');
      writeFileSync(file, `${one.replacement}\n\n${other.replacement}\n`);
      const ended = await decrypt(['--table-column', 'public.person.code', '--file', file, '--json']);
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(
        ended.stdout
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line)),
      ).toEqual([one, other]);
    });
  });

  test('reads a column of the target, and escapes what it prints', async () => {
    const ended = await decrypt(['--column', 'public.person.note']);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(200);
    const { value, replacement } = await codeOf(7, 'note');
    const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t');
    expect(lines).toContain(`${escaped(replacement)}\t${escaped(value)}`);
  });

  test('prints beside a value what it depends on, and takes it with given ones', async () => {
    const { value, replacement } = await codeOf(9, 'spare');
    const all = await decrypt(['--column', 'public.person.spare']);
    expect(all.stdout.split('\n')).toContain(`${replacement}\t${value}\t9`);
    const json = await decrypt(['--column', 'public.person.spare', '--json']);
    expect(json.stdout.split('\n')).toContain(JSON.stringify({ replacement, value, beside: { id: '9' } }));
    const given = await decrypt(['--table-column', 'public.person.spare', '--with', 'id=9', replacement]);
    expect(given).toMatchObject({ exitCode: 0, stdout: `${replacement}\t${value}\n` });
  });

  test('notes a configuration that is not that of the run', async () => {
    const config = configText(TABLES, { parallel: 2 });
    const { value, replacement } = await codeOf(3);
    const ended = await decrypt(['--table-column', 'public.person.code', replacement], { config });
    expect(ended).toMatchObject({ exitCode: 0, stdout: `${replacement}\t${value}\n` });
    expect(ended.stderr).toContain('not filled with this very configuration');
  });
});

describe('it is refused', () => {
  const tableColumn = 'public.person.code';
  test.each<[string, readonly string[], string]>([
    ['without values', ['--table-column', tableColumn], 'one of the three'],
    ['with a column and values', ['1', '--column', tableColumn], 'one of the three'],
    ['with two columns', ['--column', tableColumn, '--table-column', tableColumn], 'for values that'],
    ['without a rule for its values', ['1'], '--table-column is missing'],
    ['with half a name', ['1', '--table-column', 'person.code'], 'takes schema.table.column'],
    ['without what values depend on', ['1', '--table-column', 'public.person.spare'], 'add --with for id'],
    ['with what they do not depend on', ['1', '--table-column', tableColumn, '--with', 'id=1'], 'do not depend on id'],
    ['without its file', ['--table-column', tableColumn, '--file', '/nonexistent'], 'cannot be read'],
  ])('%s', async (_, args, says) => {
    expectFailure(await decrypt(args), { code: 'ANON_USAGE', says: [says] });
  });

  test.each<[readonly string[], Failure]>([
    [['--column', 'public.person.cod'], { code: 'ANON_DECRYPT_COLUMN', says: ['Did you mean "code"'] }],
    [['--column', 'public.person.id'], { code: 'ANON_DECRYPT_RULE', says: ['kept as it is'] }],
  ])('%j', async (args, failure) => {
    expectFailure(await decrypt(args), failure);
  });

  test('with another secret, whatever is asked', async () => {
    const { value, replacement } = await codeOf(1);
    for (const args of [
      ['--column', 'public.person.code'],
      ['--table-column', 'public.person.code', replacement],
      ['--unchecked', '--table-column', 'public.person.code', replacement],
    ]) {
      const ended = await decrypt(args, { secret: OTHER_SECRET });
      expectFailure(ended, { code: 'ANON_DECRYPT_SECRET', hides: [OTHER_SECRET, value] });
      expect(ended.stdout).toBe('');
    }
  });
});

describe('the ledger tells the secret', () => {
  test('of each table, where one was filled again under another one', async () => {
    const { source, target } = await createPair(SCHEMA);
    const own = { source, target };
    try {
      const config = configOf(TABLES);
      await syncPair(own, config);
      await syncPair(own, config, { secret: OTHER_SECRET, only: ['public.other'], acceptNewSecret: true });
      const runs = await target.query<{ key_check: string }>('select key_check from pgveil.run order by started');
      expect(runs.map(run => run.key_check)).toEqual(
        [SECRET, OTHER_SECRET].map(text => keyCheckValue(Buffer.from(text))),
      );
      const decrypted = await decryptAll(own, config, 'public.person.code');
      expect(decrypted.every(({ value }) => value !== undefined && Number(value) % 7919 === 0)).toBe(true);
      await expect(decryptAll(own, config, 'public.other.code')).rejects.toMatchObject({ code: 'ANON_DECRYPT_SECRET' });
      const others = await decryptAll(own, config, 'public.other.code', { secret: OTHER_SECRET });
      expect(others.map(({ value }) => Number(value) / 7919).sort((a, b) => a - b)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
    } finally {
      await dropPair(own);
    }
  });

  test('to a role that may read the table and the ledger, and no more is needed', async () => {
    const role = { user: `decryptor_${process.pid}`, password: 'reads' };
    const url = databaseUrl(pair.target.name, role);
    const asRole = () => decryptAll(pair, configOf(TABLES), 'public.person.code', { targetUrl: url });
    await pair.target.query(`create role ${role.user} login password '${role.password}';
      grant select on public.person to ${role.user}`);
    try {
      await expect(asRole()).rejects.toMatchObject({ code: 'ANON_PRIVILEGE' });
      await pair.target.query(`grant usage on schema pgveil to ${role.user};
        grant select on pgveil.run, pgveil.slice to ${role.user}`);
      expect(await asRole()).toHaveLength(200);
    } finally {
      await pair.target.query(`drop owned by ${role.user}; drop role ${role.user}`);
    }
  });

  test('and without one, nothing is decrypted unless somebody says so', async () => {
    const { source, target } = await createPair(SCHEMA);
    const own = { source, target };
    try {
      const config = configOf(TABLES);
      await expect(decryptAll(own, config, 'public.person.code')).rejects.toMatchObject({
        code: 'ANON_DECRYPT_UNCHECKED',
      });
      const isSame = await decrypting(own, config, 'public.person.code', async one => one.isSameConfig, {
        isUnchecked: true,
      });
      expect(isSame).toBe(false);
      expect(await decryptAll(own, config, 'public.person.code', { isUnchecked: true })).toHaveLength(200);
    } finally {
      await dropPair(own);
    }
  });
});
