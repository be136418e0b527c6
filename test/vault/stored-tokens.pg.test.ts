import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withClient } from '../../src/pg/connect.ts';
import { migrate, missingMigrations } from '../../src/vault/migrate.ts';
import type { OpenVault } from '../../src/vault/open-vault.ts';
import { purge } from '../../src/vault/purge.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { columnOf } from '../strategies/replace.ts';
import { asCommand, asWorker, entriesOf, resolve, tokenOf, withControlDatabase } from './control.ts';

const HOSTILE = ['', ' ', "'; drop table t; --", 'a\tb\nc\\', '👩‍👩‍👧‍👦', 'x'.repeat(100_000), 'e\u0301', '\\N'];
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

test('migrations are applied once, also by two at a time', async () => {
  const control = await createDatabase();
  try {
    const applied = await Promise.all([1, 2, 3].map(() => asCommand(control, ({ pool }) => migrate(pool))));
    expect(applied.flat()).toEqual(['0001-vault', '0002-budget']);
    expect(await asCommand(control, ({ pool }) => withClient(pool, missingMigrations))).toEqual([]);
  } finally {
    await control.drop();
  }
});

describe('a token that follows from its value', () => {
  test('comes back as the value, whatever that is', async () => {
    await withControlDatabase(async control => {
      await asWorker(control, async vault => {
        vault.tokens('d', 'f').note(entriesOf(HOSTILE), columnOf(HOSTILE.map(tokenOf)));
        await vault.settle();
      });
      expect(await resolve(control, 'd', HOSTILE.map(tokenOf))).toEqual(HOSTILE);
      expect(await resolve(control, 'd', ['no token'])).toEqual([undefined]);
    });
  });

  test('is refused when it is the token of another value', async () => {
    await withControlDatabase(async control => {
      const written = asWorker(control, async vault => {
        vault.tokens('d', 'f').note(entriesOf(['a', 'b']), columnOf(['same', 'same']));
        await vault.settle();
      });
      await expect(written).rejects.toMatchObject({ code: 'ANON_VAULT_COLLISION' });
    });
  });

  test('is refused when the value has another token', async () => {
    await withControlDatabase(async control => {
      const write = (token: string): Promise<void> =>
        asWorker(control, async vault => {
          vault.tokens('d', token).note(entriesOf(['a']), columnOf([token]));
          await vault.settle();
        });
      await write('one');
      await expect(write('other')).rejects.toMatchObject({ code: 'ANON_VAULT_FORMAT' });
      expect(await resolve(control, 'd', ['one', 'other'])).toEqual(['a', undefined]);
    });
  });

  test('is refused to a writer whose domain was purged meanwhile', async () => {
    await withControlDatabase(control =>
      asWorker(control, async vault => {
        const tokens = vault.tokens('d', 'f');
        tokens.note(entriesOf(['a']), columnOf(['token a']));
        await vault.settle();
        await asCommand(control, command => purge(command, { domain: 'd', reason: 'a test' }));
        tokens.note(entriesOf(['b']), columnOf(['token b']));
        await expect(vault.settle()).rejects.toMatchObject({ code: 'ANON_VAULT_PURGED' });
      }),
    );
  });
});

describe('tokens of an earlier run, which are read at once when many of them are asked for,', () => {
  const values = named('v', 12_000);
  const halves = [values.slice(0, 9000), values.slice(9000)] as const;
  type Stored = ReturnType<OpenVault['tokens']>;

  /** Notes nine thousand of them as batches come: by then the others are known without asking. */
  const afterReading = (work: (control: TestDatabase, vault: OpenVault, tokens: Stored) => Promise<void>) =>
    withControlDatabase(async control => {
      await asWorker(control, async vault => {
        vault.tokens('d', 'f').note(entriesOf(values), columnOf(values.map(tokenOf)));
        await vault.settle();
      });
      await asWorker(control, async vault => {
        const tokens = vault.tokens('d', 'f');
        for (let from = 0; from < halves[0].length; from += 1000) {
          await vault.room();
          const some = halves[0].slice(from, from + 1000);
          tokens.note(entriesOf(some), columnOf(some.map(tokenOf)));
        }
        await vault.settle();
        await vault.room();
        await work(control, vault, tokens);
      });
    });

  test('are not asked for again', async () => {
    await afterReading(async (control, vault, tokens) => {
      // Who asks waits for this lock.
      await asCommand(control, ({ pool }) =>
        withClient(pool, async client => {
          await client.query('begin; lock table pgveil_vault.token in access exclusive mode');
          tokens.note(entriesOf(halves[1]), columnOf(halves[1].map(tokenOf)));
          await vault.settle();
          await client.query('rollback');
        }),
      );
    });
  });

  test.each([
    ['are read before the first batch where many values are to come', values.length, 'f', false],
    ['are left alone where few values are to come', 100, 'f', true],
    ['are left alone where they will be drawn', values.length, 'drawn', true],
  ])('%s', async (_, rows, format, isAsked) => {
    await withControlDatabase(async control => {
      await asWorker(control, async vault => {
        vault.tokens('d', 'f').note(entriesOf(values), columnOf(values.map(tokenOf)));
        await vault.settle();
      });
      await asWorker(control, async vault => {
        const tokens = vault.tokens('d', format, format === 'drawn');
        vault.expect(rows);
        await vault.room();
        await asCommand(control, ({ pool }) =>
          withClient(pool, async client => {
            await client.query('begin; lock table pgveil_vault.token in access exclusive mode');
            tokens.note(entriesOf(values), columnOf(values.map(tokenOf)));
            const settled = vault.settle().then(() => 'settled');
            const waits = isAsked ? sleep(300, 'waits') : new Promise<never>(() => {});
            expect(await Promise.race([settled, waits])).toBe(isAsked ? 'waits' : 'settled');
            await client.query('rollback');
            await settled;
          }),
        );
      });
    });
  });

  test('are refused where the domain has been purged since', async () => {
    await afterReading(async (control, vault, tokens) => {
      await asCommand(control, command => purge(command, { domain: 'd', reason: 'a test' }));
      tokens.note(entriesOf(halves[1]), columnOf(halves[1].map(tokenOf)));
      await expect(vault.settle()).rejects.toMatchObject({ code: 'ANON_VAULT_PURGED' });
    });
  });

  test('are refused where a value has another one', async () => {
    await afterReading(async (_control, vault, tokens) => {
      tokens.note(entriesOf(['v-9001']), columnOf(['another']));
      await expect(vault.settle()).rejects.toMatchObject({ code: 'ANON_VAULT_FORMAT' });
    });
  });
});

describe('a random token', () => {
  test('is drawn once, and drawn again where it is taken', async () => {
    await withControlDatabase(async control => {
      const values = named('v', 50);
      let draws = 0;
      const first = await asWorker(control, vault =>
        vault.tokens('d', 'f').findOrDraw(entriesOf([...values, 'v-0']), () => `t${draws++ % 64}`),
      );
      expect(first.at(-1)).toBe(first[0]);
      expect(new Set(first).size).toBe(50);
      const again = await asWorker(control, vault =>
        vault.tokens('d', 'f').findOrDraw(entriesOf(values), () => 'never asked'),
      );
      expect(again).toEqual(first.slice(0, 50));
      const others = await asWorker(control, vault =>
        vault.tokens('d', 'f').findOrDraw(entriesOf(['new']), () => `t${draws++ % 64}`),
      );
      expect(first).not.toContain(others[0]);
      expect(await resolve(control, 'd', first)).toEqual([...values, 'v-0']);
    });
  });

  test('is an error where there is none left', async () => {
    await withControlDatabase(async control => {
      const drawn = asWorker(control, vault =>
        vault.tokens('d', 'f').findOrDraw(entriesOf(['a', 'b', 'c']), index => `t${index % 2}`),
      );
      await expect(drawn).rejects.toMatchObject({ code: 'ANON_VAULT_FULL' });
    });
  });
});

describe('ten writers at once, over half-shared values,', () => {
  const shared = named('shared', 3000);
  const valuesOf = (writer: number): string[] => {
    const own = [...shared, ...named(`own-${writer}`, 3000)];
    return writer % 2 === 0 ? own : own.reverse();
  };

  test.each(['deterministic', 'random'] as const)('give a value one %s token, and every token resolves', async mode => {
    await withControlDatabase(async control => {
      const written = await Promise.all(
        Array.from({ length: 10 }, (_, writer) =>
          asWorker(control, async vault => {
            const tokens = vault.tokens('d', mode);
            const pairs: [value: string, token: string][] = [];
            const values = valuesOf(writer);
            for (let from = 0; from < values.length; from += 500) {
              const batch = values.slice(from, from + 500);
              const drawn =
                mode === 'random'
                  ? await tokens.findOrDraw(entriesOf(batch), index => `${writer}-${from}-${index}-${Math.random()}`)
                  : batch.map(tokenOf);
              if (mode === 'deterministic') tokens.note(entriesOf(batch), columnOf(drawn));
              await vault.room();
              pairs.push(...batch.map((value, index): [string, string] => [value, drawn[index]!])); // as many
            }
            await vault.settle();
            return pairs;
          }),
        ),
      );
      const tokenFor = new Map<string, string>();
      for (const [value, token] of written.flat()) {
        if ((tokenFor.get(value) ?? token) !== token) expect.fail('a value has two tokens');
        tokenFor.set(value, token);
      }
      expect(tokenFor.size).toBe(33_000);
      expect(new Set(tokenFor.values()).size).toBe(33_000);
      expect(await resolve(control, 'd', [...tokenFor.values()])).toEqual([...tokenFor.keys()]);
    });
  });
});
