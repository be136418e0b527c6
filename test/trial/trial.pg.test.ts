// The trial before a run: each class of constraint is met before the first byte moves, and told in names and shares.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError, plan } from '../../src/index.ts';
import { databaseUrl, type Query } from '../database.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';

const ROWS = 40;

/** One table for each class: what both sides have, what only the target has, and what the trial says. */
interface Crafted {
  readonly columns: string;
  /** What follows the columns. */
  readonly more?: string;
  readonly value: string;
  readonly target?: string;
  readonly rule: unknown;
  readonly says: string;
}

const CRAFTED: Readonly<Record<string, Crafted>> = {
  not_null: {
    columns: 'id int primary key, secret text',
    value: `i, case when i % 4 <> 0 then 'canary' || i end`,
    target: 'alter table public.not_null alter secret set not null',
    rule: 'hash',
    says: 'public.not_null.secret: 25 % of 40 sampled rows violate NOT NULL of the target.',
  },
  too_long: {
    columns: 'id int primary key, secret varchar(12)',
    value: `i, 'canary'`,
    rule: { strategy: 'regex_replace', pattern: 'canary', replacement: 'a longer text' },
    says: 'public.too_long.secret: strategy "regex_replace" wrote 13 characters into character varying(12)',
  },
  in_domain: {
    columns: 'id int primary key, secret public.code',
    value: `i, 'C' || i`,
    rule: { strategy: 'hash', length: 12 },
    says: 'public.in_domain.secret: 100 % of 40 sampled rows violate constraint code_form of domain public.code of the target.',
  },
  checked: {
    columns: `id int primary key, secret text, constraint "it's ""C""" check (secret like 'canary%' or id > 10)`,
    value: `i, 'canary' || i`,
    rule: 'hash',
    says: `public.checked: 25 % of 40 sampled rows violate check constraint "it's ""C""" of the target.`,
  },
  excluded: {
    columns: 'id int primary key, secret int4range, constraint no_two exclude using gist (secret with &&)',
    value: 'i, int4range(i, i + 1)',
    rule: { strategy: 'constant', value: '[1,9)' },
    says: 'public.excluded.secret: 98 % of 40 sampled rows violate exclusion constraint no_two of the target.',
  },
  one_of_each: {
    columns: 'id int primary key, secret text',
    more: '; create unique index "Lower" on public.one_of_each (lower(left(secret, 1)))',
    value: 'i, chr(19968 + i)',
    rule: 'hash',
    says: 'sampled rows violate unique index Lower of the target.',
  },
  routed: {
    columns: 'id int, secret text',
    more: ` partition by list (secret);
      create table public.routed_a partition of public.routed for values in ('canary a');
      create table public.routed_b partition of public.routed for values in ('canary b')`,
    value: `i, case when i % 2 = 0 then 'canary a' else 'canary b' end`,
    rule: 'hash',
    says: 'sampled rows violate the bounds of its partitions of the target.',
  },
  child: {
    columns: 'id int primary key, secret text',
    value: `i, 'canary' || i % 20`,
    target: 'alter table public.child add constraint has_parent foreign key (secret) references public.parent (secret)',
    rule: 'hash',
    says: 'public.child.secret: 50 % of 40 sampled rows violate foreign key has_parent of the target.',
  },
  other_rule: {
    columns: 'id int primary key, secret text',
    value: `i, 'canary' || i % 10`,
    target:
      'alter table public.other_rule add constraint same_rule foreign key (secret) references public.parent (secret)',
    rule: { strategy: 'hash', length: 20 },
    says: 'public.other_rule.secret: foreign key same_rule references public.parent.secret, which has another rule.',
  },
  orphan: {
    columns: 'id int primary key, secret int',
    value: 'i, i',
    target: `create table public.left_alone (id int primary key); insert into public.left_alone select generate_series(1, 30);
      alter table public.orphan add constraint outside foreign key (secret) references public.left_alone`,
    rule: 'keep',
    says: 'public.orphan.secret: 25 % of 40 sampled rows violate foreign key outside of the target.',
  },
};

const COMMON = `
  create domain public.code as text constraint code_form check (value ~ '^C[0-9]+$');
  create table public.parent (secret text primary key)`;

let pair: Pair;
beforeAll(async () => {
  const tables = Object.entries(CRAFTED).map(
    ([name, { columns, more = '' }]) => `create table public.${name} (${columns})${more}`,
  );
  pair = await createPair([COMMON, ...tables].join(';\n'));
  const fill = Object.entries(CRAFTED).map(
    ([name, { value }]) => `insert into public.${name} select ${value} from generate_series(1, ${ROWS}) i`,
  );
  await pair.source.query(
    [...fill, `insert into public.parent select 'canary' || i from generate_series(0, 9) i`].join(';'),
  );
  await pair.target.query(
    Object.values(CRAFTED)
      .flatMap(({ target }) => target ?? [])
      .join(';\n'),
  );
});
afterAll(() => dropPair(pair));

const rulesOf = (names: readonly string[]) =>
  Object.fromEntries(
    names.map(name => {
      const { rule } = CRAFTED[name]!;
      return [`public.${name}`, { keep: ['id'], columns: { secret: rule } }];
    }),
  );
const skipped = (names: readonly string[]) => Object.fromEntries(names.map(name => [`public.${name}`, 'skip']));
const names = Object.keys(CRAFTED);
const all = { ...rulesOf(names), 'public.parent': { columns: { secret: 'hash' } } };

const refusalOf = async (run: Promise<unknown>): Promise<AnonymizeError> => {
  const error = await run.catch((cause: unknown) => cause);
  if (!(error instanceof AnonymizeError)) throw new Error('it was not refused');
  return error;
};

const writtenIn = async (query: Query): Promise<unknown> =>
  query(`select (select count(*)::int from public.parent) as parents, to_regclass('pgveil.run') as ledger`);

describe('a sample that does not fit the target', () => {
  test('is refused before the first byte moves, with all findings at once', async () => {
    const error = await refusalOf(syncPair(pair, configOf(all)));
    expect(error).toMatchObject({ code: 'ANON_TRIAL_REFUSED', exitCode: 65 });
    const messages = error.findings.map(found => found.message);
    for (const [name, { says }] of Object.entries(CRAFTED)) {
      expect(
        messages.find(message => message.includes(says)),
        `${name}: ${messages.join('\n')}`,
      ).toBeDefined();
    }
    expect(JSON.stringify(error.findings)).not.toContain('canary');
    expect(await writtenIn(pair.target.query)).toEqual([{ parents: 0, ledger: null }]);
  });

  test('is refused by `anonymize plan` too', async () => {
    const only = { ...skipped(names), ...rulesOf(['checked']), 'public.parent': 'skip' };
    const error = await refusalOf(plan(configOf(only), { env: environmentOf(pair) }));
    expect(error.findings.map(found => found.code)).toEqual(['ANON_TRIAL_ROWS']);
  });

  test('is let through without a trial, and then stops the run', async () => {
    const only = { ...skipped(names), ...rulesOf(['checked']), 'public.parent': 'skip' };
    await expect(syncPair(pair, configOf(only, { trial_rows: 0 }))).rejects.toMatchObject({
      code: 'ANON_TARGET_CHECK',
    });
  });

  test('that fits is tried without a trace, and the run goes on', async () => {
    const only = { ...skipped(names), ...rulesOf(['checked', 'one_of_each']), 'public.parent': 'skip' };
    const fitting = {
      ...only,
      'public.checked': { keep: ['id'], columns: { secret: { strategy: 'mask', keep_first: 6 } } },
      'public.one_of_each': { keep: ['id'], columns: { secret: 'nullify' } },
    };
    expect(await syncPair(pair, configOf(fitting))).toMatchObject({ rows: 2 * ROWS });
  });
});

test('the plan lists triggers and rules, which do not run', async () => {
  const two = await createPair(`create table public.t (id int primary key);
    create function public.f() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger stamp before insert on public.t for each row execute function public.f();
    create rule log as on insert to public.t do also select 1`);
  try {
    const { notes } = await plan(configOf({ 'public.t': 'keep' }), { env: environmentOf(two) });
    expect(notes).toEqual(['public.t: not run for the rows that are loaded: rule log, trigger stamp.']);
  } finally {
    await dropPair(two);
  }
});

test('a role that may not make temporary tables is told so, and goes without a trial where it is left out', async () => {
  const two = await createPair(
    'create table public.t (id int primary key, name varchar(12) check (length(name) < 12))',
  );
  const role = `tester_${process.pid}`;
  try {
    await two.source.query(`insert into public.t values (1, 'canary')`);
    await two.target.query(`create role ${role} login password 'tester'; grant create on database ${two.target.name} to ${role};
      alter schema public owner to ${role}; alter table public.t owner to ${role};
      revoke temporary on database ${two.target.name} from public`);
    const env = { ...environmentOf(two), TARGET_URL: databaseUrl(two.target.name, { user: role, password: 'tester' }) };
    const tables = {
      'public.t': { keep: ['id'], columns: { name: { strategy: 'regex_replace', pattern: 'c', replacement: 'x' } } },
    };
    const error = await refusalOf(plan(configOf(tables), { env }));
    expect(error.findings).toMatchObject([
      {
        code: 'ANON_PRIVILEGE',
        message: expect.stringContaining('lacks TEMPORARY'),
        fix: expect.stringContaining('grant temporary on database'),
      },
    ]);
    expect(await plan(configOf(tables, { trial_rows: 0 }), { env })).toMatchObject({ tables: [{ name: 'public.t' }] });
  } finally {
    await two.target.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
    await dropPair(two);
  }
});
