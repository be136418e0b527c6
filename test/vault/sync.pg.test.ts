// Tokens on their way through real syncs, and back by the real command.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detokenize } from '../../src/vault/detokenize.ts';
import { builtCommand } from '../built/command.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { type Ended, withConfig, withFolder } from '../faults/cli.ts';
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
import { asCommand } from './control.ts';

const SCHEMA = `
create table person (id bigint primary key, email text not null, ref uuid, note text);
create table message (id int primary key, person_id bigint references person, body text);
insert into person select 1000000000000 + n, 'person' || n % 400 || '@mail.example', gen_random_uuid(),
  case when n % 3 > 0 then 'AB-' || n || ' note' end from generate_series(1, 900) as n;
insert into message select n, 1000000000000 + n, 'body ' || n from generate_series(1, 900) as n`;

const TABLES = {
  'public.person': {
    columns: {
      id: { strategy: 'tokenize', domain: 'person.id' },
      email: { strategy: 'tokenize', prefix: 'tok_', domain: 'person.email' },
      ref: { strategy: 'tokenize', domain: 'person.ref', mode: 'random' },
      note: { strategy: 'tokenize', format: 'shape', mode: 'random', domain: 'person.note' },
    },
  },
  'public.message': { keep: ['id'], columns: { body: { strategy: 'tokenize', domain: 'body', format: 'hex' } } },
};
const CONTROL = { control: { url: 'env:CONTROL_URL' } };

let pair: Pair;
let control: TestDatabase;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  control = await createDatabase();
});
afterAll(async () => {
  await dropPair(pair);
  await control.drop();
});

const environment = (controlUrl = control.url) => ({ ...environmentOf(pair), CONTROL_URL: controlUrl });
const run = (config = configOf(TABLES, CONTROL), env = environment()) => syncPair(pair, config, { env });

const anonymize = (args: readonly string[], env = environment()): Promise<Ended> =>
  withConfig(configText(TABLES, CONTROL), file => runHere([...args, '--config', file], env));

const emailTokens = async (): Promise<string[]> =>
  (await pair.target.query<{ email: string }>('select distinct email from person order by email')).map(
    row => row.email,
  );

describe('a sync with tokens', () => {
  test('is refused without a control database', async () => {
    await expect(run(configOf(TABLES))).rejects.toMatchObject({
      code: 'ANON_PLAN_REFUSED',
      findings: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('control database') }),
      ]),
    });
  });

  test.each(['source', 'target'] as const)('is refused where the vault would be in the %s', async side => {
    await expect(run(undefined, environment(pair[side].url))).rejects.toMatchObject({
      code: 'ANON_PREFLIGHT_REFUSED',
      findings: [expect.objectContaining({ code: 'ANON_VAULT_PLACE' })],
    });
  });

  test('is refused where the formats of a domain differ', async () => {
    const { columns } = TABLES['public.person'];
    const mixed = { ...columns, email: { ...columns.email, domain: 'person.note' } };
    await expect(run(configOf({ ...TABLES, 'public.person': { columns: mixed } }, CONTROL))).rejects.toThrow('finding');
  });

  test('is refused before `anonymize migrate`, and works afterwards', async () => {
    await expect(run()).rejects.toMatchObject({
      findings: [expect.objectContaining({ code: 'ANON_CONTROL_MIGRATE' })],
    });
    const migrated = await anonymize(['migrate']);
    expect(migrated).toMatchObject({ exitCode: 0, stdout: 'applied 0001-vault\napplied 0002-budget\n' });
    expect((await anonymize(['migrate'])).stdout).toContain('up to date');
    await run();
    const changed = `select count(*)::int as rows from person where email not like 'tok\\_%' or id between 1000000000001 and 1000000000900`;
    expect(await pair.target.query(changed)).toEqual([{ rows: 0 }]);
    const joined = 'select count(*)::int as rows from message join person on person.id = person_id';
    expect(await pair.target.query(joined)).toEqual([{ rows: 900 }]);
    expect(await emailTokens()).toHaveLength(400);
  });

  test('gives the same tokens again, random ones too', async () => {
    const rows = () => pair.target.query('select * from person order by id');
    const before = await rows();
    await run();
    expect(await rows()).toEqual(before);
  });

  test('is refused with another secret', async () => {
    const env = { ...environment(), ANONYMIZE_SECRET: OTHER_SECRET };
    await expect(run(undefined, env)).rejects.toMatchObject({ code: 'ANON_VAULT_SECRET' });
  });
});

describe('anonymize detokenize', () => {
  const asked = ['detokenize', '--domain', 'person.email', '--reason', 'a test'];

  test.each([
    ['person.id', 'id'],
    ['person.email', 'email'],
    ['person.ref', 'ref'],
    ['person.note', 'note'],
  ])('brings the values of domain %s back from the column of the target', async (domain, column) => {
    const args = ['detokenize', '--domain', domain, '--reason', 'a test', '--column', `public.person.${column}`];
    const { exitCode, stdout, stderr } = await anonymize(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const values = stdout
      .trimEnd()
      .split('\n')
      .map(line => line.split('\t')[1]!)
      .sort(); // each has two fields
    const source = await pair.source.query<{ value: string }>(
      `select distinct ${column}::text as value from person where ${column} is not null`,
    );
    expect(values).toEqual(source.map(({ value }) => value).sort());
  });

  test('takes tokens and files, and says what it did not find', async () => {
    const [token = ''] = await emailTokens();
    const both = await anonymize([...asked, token, 'tok_unknown']);
    expect(both.exitCode).toBe(65);
    expect(both.stdout).toMatch(new RegExp(`^${token}\tperson\\d+@mail.example\ntok_unknown\t\\\\N\n$`));
    expect(both.stderr).toContain('ANON_VAULT_TOKENS: 1 of 2');
    const fromFile = await withFolder(async folder => {
      const file = join(folder, 'tokens');
      await writeFile(file, (await emailTokens()).slice(0, 3).join('\n'));
      return anonymize([...asked, '--json', '--file', file]);
    });
    expect(
      fromFile.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).value),
    ).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^person\d+@mail.example$/)));
  });

  test('is refused without a reason, and writes down every use with one', async () => {
    const before = await control.query('select from pgveil_vault.audit');
    const [token = ''] = await emailTokens();
    expect((await anonymize(['detokenize', '--domain', 'person.email', token])).exitCode).toBe(64);
    expect((await anonymize(['detokenize', '--domain', 'person.email', '--reason', ' ', token])).exitCode).toBe(64);
    expect(await control.query('select from pgveil_vault.audit')).toHaveLength(before.length);
    expect((await anonymize([...asked, token])).exitCode).toBe(0);
    const [last] = await control.query('select * from pgveil_vault.audit order by id desc limit 1');
    expect(last).toMatchObject({
      action: 'detokenize',
      reason: 'a test',
      domain: 'person.email',
      asked: '1',
      resolved: '1',
    });
  });
});

test('anonymize vault tells what there is, rotates and purges', async () => {
  expect((await anonymize(['vault', 'stats'])).stdout).toContain('person.email: 400 tokens');
  expect((await anonymize(['vault', 'rotate', '--domain', 'person.email'])).stdout).toContain('400 values');
  const [token = ''] = await emailTokens();
  const asked = ['detokenize', '--reason', 'a test', '--domain', 'person.email', token];
  expect((await anonymize(asked)).exitCode).toBe(0);
  expect((await anonymize(['vault', 'purge', '--domain', 'person.email'])).stdout).toContain('400 tokens');
  expect((await anonymize(asked)).stderr).toContain('ANON_VAULT_DOMAIN');
});

describe('ten syncs at once over half-shared values, one of them killed,', () => {
  const RUNS = 10;
  const ROWS = 4000;
  const create = Array.from(
    { length: RUNS },
    (_, n) => `create table t${n} (id int primary key, v text not null, r text not null);
      insert into t${n} select i, case when i % 2 = 0 then 'shared' else 'own-${n}' end || i || '@mail.example', 'r' || i % 700
      from generate_series(1, ${ROWS}) as i;`,
  ).join('\n');

  test('leave one token per value, and none that does not resolve', async () => {
    const { source, target } = await createPair(create);
    const targets = [target, ...(await clones(target, RUNS - 1))];
    const vault = await createDatabase();
    try {
      const env = { ...environmentOf({ source, target }), CONTROL_URL: vault.url };
      await anonymize(['migrate'], env);
      const ended = await Promise.all(
        targets.map(({ url }, n) => syncTable(n, { ...env, TARGET_URL: url }, n === 0 ? { vault, target } : undefined)),
      );
      expect(ended.slice(1).map(({ code }) => code)).toEqual(Array(RUNS - 1).fill(0));
      expect(ended[0]?.signal).toBe('SIGKILL');
      await checkTokens(source, targets, vault);
    } finally {
      await Promise.allSettled([source.drop(), vault.drop(), ...targets.map(one => one.drop())]);
    }
  });

  async function clones(template: TestDatabase, count: number): Promise<TestDatabase[]> {
    const made: TestDatabase[] = [];
    for (let n = 0; n < count; n++) made.push(await createDatabase({ template }));
    return made;
  }

  /** Syncs table n; killed while it loads, when the vault has tokens: before, its target would still have its old rows. */
  async function syncTable(n: number, env: NodeJS.ProcessEnv, killAt: KillAt | undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'pgveil-test-'));
    const columns = {
      v: { strategy: 'tokenize', domain: 'v' },
      r: { strategy: 'tokenize', domain: 'r', mode: 'random' },
    };
    const others = Object.fromEntries(Array.from({ length: RUNS }, (_, other) => [`public.t${other}`, 'skip']));
    const tables = { ...others, [`public.t${n}`]: { keep: ['id'], columns } };
    await writeFile(join(folder, 'c.yaml'), configText(tables, { ...CONTROL, parallel: 1 }));
    const child = spawn(process.execPath, [builtCommand(), 'sync', '--config', join(folder, 'c.yaml')], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    if (killAt) {
      while (child.exitCode === null && !(await isLoading(killAt))) await sleep(5);
      child.kill('SIGKILL');
    }
    const [code, signal] = await closed;
    await rm(folder, { recursive: true });
    return { code, signal };
  }

  interface KillAt {
    readonly vault: TestDatabase;
    readonly target: TestDatabase;
  }

  async function isLoading({ vault, target }: KillAt): Promise<boolean> {
    const copying = await target.query(
      `select from pg_stat_activity where datname = $1 and application_name ~ '^anonymize/.*/worker$' and query ~* '^copy '
       and state = 'active'`,
      [target.name],
    );
    return copying.length > 0 && (await vault.query('select from pgveil_vault.token limit 1')).length > 0;
  }

  async function checkTokens(source: TestDatabase, targets: readonly TestDatabase[], vault: TestDatabase) {
    const tokenFor = new Map<string, string>();
    for (const [n, target] of targets.entries()) {
      const values = await source.query<{ id: number; v: string; r: string }>(`select id, v, r from t${n} order by id`);
      const tokens = await target.query<{ id: number; v: string; r: string }>(`select id, v, r from t${n} order by id`);
      if (n > 0) expect(tokens).toHaveLength(ROWS);
      const rows = new Map(values.map(row => [row.id, row]));
      for (const { id, ...token } of tokens) {
        for (const column of ['v', 'r'] as const) {
          const value = `${column} ${rows.get(id)![column]}`; // the target has no other rows
          if ((tokenFor.get(value) ?? token[column]) !== token[column]) expect.fail('a value has two tokens');
          tokenFor.set(value, token[column]);
        }
      }
    }
    expect(new Set(tokenFor.values()).size).toBe(tokenFor.size);
    for (const domain of ['v', 'r']) {
      const mine = [...tokenFor].filter(([value]) => value.startsWith(`${domain} `));
      expect(mine.length).toBeGreaterThan(domain === 'v' ? 18_000 : 699);
      const found = await asCommand(
        vault,
        open => detokenize(open, { domain, reason: 'a test' }, [...new Set(mine.map(([, token]) => token))]),
        Buffer.from(SECRET),
      );
      expect(found.map(({ value }) => `${domain} ${value}`)).toEqual(mine.map(([value]) => value));
    }
  }
});
