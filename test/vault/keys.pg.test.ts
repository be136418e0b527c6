// What keeps values from who must not have them: sealing, keys, purging, rotating, and the audit.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withClient } from '../../src/pg/connect.ts';
import { detokenize } from '../../src/vault/detokenize.ts';
import { checkSecret } from '../../src/vault/domain-keys.ts';
import { purge } from '../../src/vault/purge.ts';
import { rotate } from '../../src/vault/rotate.ts';
import { vaultStats } from '../../src/vault/stats.ts';
import type { TestDatabase } from '../database.ts';
import { columnOf } from '../strategies/replace.ts';
import { asCommand, asWorker, entriesOf, resolve, tokenOf, withControlDatabase } from './control.ts';

const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

function write(control: TestDatabase, domain: string, values: readonly string[]): Promise<void> {
  return asWorker(control, async vault => {
    vault.tokens(domain, 'f').note(entriesOf(values), columnOf(values.map(tokenOf)));
    await vault.settle();
  });
}

test('no file of the server holds a value, after everything has been written to disk', async () => {
  await withControlDatabase(async control => {
    const started = Date.now() - 2000; // clocks of file systems are coarse
    const canaries = ['canary-one@mail.example', 'canary zwei, Zoë', `long canary ${'canary '.repeat(2000)}`];
    await write(control, 'd', canaries);
    await control.query('create table in_clear as select $1::text as value', ['a canary in clear']);
    await control.query('checkpoint');
    const [{ folder } = { folder: '' }] = await control.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    const found = await filesWith(folder, [...canaries, 'a canary in clear'], started);
    expect(found.get('a canary in clear')).not.toEqual([]);
    for (const canary of canaries) expect(found.get(canary)).toEqual([]);
    expect(await resolve(control, 'd', canaries.map(tokenOf))).toEqual(canaries);
  });
});

/** The files that hold each text, of those written since; texts are sought by their first 15 bytes. */
async function filesWith(
  folder: string,
  texts: readonly string[],
  since: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map(texts.map(text => [text, [] as string[]]));
  for await (const file of filesIn(folder)) {
    if (((await stat(file).catch(unlessGone))?.mtimeMs ?? 0) < since) continue;
    const bytes = await readFile(file).catch(unlessGone);
    for (const text of texts) if (bytes?.includes(Buffer.from(text).subarray(0, 15))) found.get(text)!.push(file);
  }
  return found;
}

/** Other tests drop their databases on the same server meanwhile. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of (await readdir(folder, { withFileTypes: true }).catch(unlessGone)) ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

test('another secret is refused, and opens nothing', async () => {
  await withControlDatabase(async control => {
    const other = Buffer.from('another secret, which is as long as the first one was');
    await write(control, 'd', ['a']);
    await asCommand(control, ({ pool, secret }) => withClient(pool, client => checkSecret(client, secret)));
    const checked = asCommand(control, ({ pool }) => withClient(pool, client => checkSecret(client, other)));
    await expect(checked).rejects.toMatchObject({ code: 'ANON_VAULT_SECRET' });
    const opened = asCommand(control, v => detokenize(v, { domain: 'd', reason: 'x' }, [tokenOf('a')]), other);
    await expect(opened).rejects.toMatchObject({ code: 'ANON_VAULT_SECRET' });
  });
});

test('a row that was changed does not open', async () => {
  await withControlDatabase(async control => {
    await write(control, 'd', ['a', 'b']);
    const swap = `update pgveil_vault.token as t set sealed = o.sealed from pgveil_vault.token as o where o.token <> t.token`;
    await control.query(swap);
    await expect(resolve(control, 'd', [tokenOf('a')])).rejects.toMatchObject({ code: 'ANON_VAULT_SEAL' });
  });
});

describe('the audit', () => {
  test('has who, when, why and how many, of each use', async () => {
    await withControlDatabase(async control => {
      await write(control, 'd', ['a', 'b']);
      const request = { domain: 'd', reason: 'ticket 4711', who: 'ada@desk' };
      await asCommand(control, vault => detokenize(vault, request, [tokenOf('a'), tokenOf('b'), 'unknown']));
      const rows = await control.query(
        'select role, who, action, domain, reason, asked, resolved from pgveil_vault.audit',
      );
      const [{ role } = { role: '' }] = await control.query<{ role: string }>('select current_user as role');
      const deed = { role, who: 'ada@desk', action: 'detokenize', domain: 'd', reason: 'ticket 4711' };
      expect(rows).toEqual([{ ...deed, asked: '3', resolved: '2' }]);
    });
  });

  test.each([
    `update pgveil_vault.audit set reason = 'another'`,
    'delete from pgveil_vault.audit',
    'truncate pgveil_vault.audit',
    `set session_replication_role = replica; delete from pgveil_vault.audit`,
  ])('refuses %s, even to the owner', async sql => {
    await withControlDatabase(async control => {
      await write(control, 'd', ['a']);
      await resolve(control, 'd', [tokenOf('a')]);
      await expect(control.query(sql)).rejects.toMatchObject({ code: '42501' });
      expect(await control.query('select from pgveil_vault.audit')).toHaveLength(1);
    });
  });

  test.each(['', '  '])('wants a reason: %j is none', async reason => {
    await withControlDatabase(async control => {
      await write(control, 'd', ['a']);
      const use = asCommand(control, async vault => detokenize(vault, { domain: 'd', reason }, [tokenOf('a')]));
      await expect(use).rejects.toMatchObject({ code: 'ANON_USAGE' });
    });
  });
});

describe('a purge', () => {
  test('makes the tokens of one domain stand for nothing, in a copy of the tokens too', async () => {
    await withControlDatabase(async control => {
      await write(control, 'gone', ['a', 'b']);
      await write(control, 'stays', ['c']);
      await control.query('create table copy as select * from pgveil_vault.token');
      expect(await asCommand(control, v => purge(v, { domain: 'gone', reason: 'a test' }))).toBe(2);
      await expect(resolve(control, 'gone', [tokenOf('a')])).rejects.toMatchObject({ code: 'ANON_VAULT_DOMAIN' });
      expect(await resolve(control, 'stays', [tokenOf('c')])).toEqual(['c']);
      await write(control, 'gone', ['new']); // the domain comes back, with another key
      await control.query(`insert into pgveil_vault.token select (copy).* from copy where token = $1`, [tokenOf('a')]);
      await control.query(
        `update pgveil_vault.token set domain_id = (select id from pgveil_vault.domain where name = 'gone')
        where token = $1`,
        [tokenOf('a')],
      );
      await expect(resolve(control, 'gone', [tokenOf('a')])).rejects.toMatchObject({ code: 'ANON_VAULT_SEAL' });
      expect(await resolve(control, 'gone', [tokenOf('new')])).toEqual(['new']);
    });
  });

  test('of a domain that is not there says which one was meant', async () => {
    await withControlDatabase(async control => {
      await write(control, 'person.email', ['a']);
      const purged = asCommand(control, v => purge(v, { domain: 'person.emial', reason: 'a test' }));
      await expect(purged).rejects.toThrow('person.email');
    });
  });
});

describe('a rotation', () => {
  const values = named('value', 5000);

  test('seals every value again, also those that are written meanwhile under the old key', async () => {
    await withControlDatabase(async control => {
      await asWorker(control, async vault => {
        const tokens = vault.tokens('d', 'f');
        const note = async (some: readonly string[]): Promise<void> => {
          tokens.note(entriesOf(some), columnOf(some.map(tokenOf)));
          await vault.settle();
        };
        await note(values);
        const before = await control.query('select sealed from pgveil_vault.token');
        const rotated = asCommand(control, v => rotate(v, { domain: 'd', reason: 'a test' }));
        for (let n = 0; n < 20; n++) await note(named(`late-${n}`, 50));
        expect(await rotated).toBeGreaterThanOrEqual(values.length);
        const late = Array.from({ length: 20 }, (_, n) => named(`late-${n}`, 50)).flat();
        const after = new Set(
          (await control.query<{ sealed: Buffer }>('select sealed from pgveil_vault.token')).map(row =>
            row.sealed.toString('hex'),
          ),
        );
        expect(before.filter(row => after.has((row.sealed as Buffer).toString('hex')))).toEqual([]);
        await note(['after']);
        const all = [...values, ...late, 'after'];
        expect(await resolve(control, 'd', all.map(tokenOf))).toEqual(all);
      });
      const [stats] = await asCommand(control, vaultStats);
      expect(stats).toMatchObject({ domain: 'd', tokens: 6001, key_version: 2, keys: 1 });
    });
  });

  test('that was interrupted leaves every token readable, and the next one goes on', async () => {
    await withControlDatabase(async control => {
      await write(control, 'd', values);
      const stopping = asCommand(control, v =>
        rotate(v, {
          domain: 'd',
          reason: 'a test',
          onProgress: () => {
            throw new Error('stopped');
          },
        }),
      );
      await expect(stopping).rejects.toThrow('stopped');
      expect((await asCommand(control, vaultStats))[0]).toMatchObject({ key_version: 2, keys: 2 });
      expect(await resolve(control, 'd', values.map(tokenOf))).toEqual(values);
      const rest = await asCommand(control, v => rotate(v, { domain: 'd', reason: 'a test' }));
      expect(rest).toBe(3000);
      expect((await asCommand(control, vaultStats))[0]).toMatchObject({ key_version: 2, keys: 1, tokens: 5000 });
      expect(await resolve(control, 'd', values.map(tokenOf))).toEqual(values);
    });
  });
});
