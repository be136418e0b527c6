// The ways back of rules that are more than one strategy, and of strategies that read other columns of the row.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError, type LoadedConfig } from '../../src/index.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';
import { decryptAll, decrypting } from './decrypt-all.ts';

const SCHEMA = `
create table person (
  id int primary key, kind text, code text, chain text, cased text, own text, mixed text, checked text, emptied text,
  nulled text, tweaked text, key text, far text, masked text, blind text, a text, b text, lost text, plain text, doc jsonb
);
insert into person
select i, (array['x', 'y', null])[i % 3 + 1], n, n, n, n, n, case when i % 10 = 0 then 'invalid' else n end,
  case when i % 10 = 1 then '' else n end, case when i % 10 = 2 then null else n end,
  n, case when i % 4 > 0 then 'key ' || lpad(i::text, 7, '0') end, n, 'm' || i, n, n, n, n, n, '{}'
from (select i, lpad((i * 7919)::text, 9, '0') as n from generate_series(1, 500) as i) as numbers;
create table visit (id int primary key, person_key text);
create table root (id int, day date, code text, primary key (id, day)) partition by range (day);
create table root_1 partition of root for values from ('2026-01-01') to ('2026-02-01');
create table root_2 partition of root for values from ('2026-02-01') to ('2026-03-01');
create table node (code text primary key, parent text references node);
insert into root select i, date '2026-01-01' + i % 50, lpad((i * 7919)::text, 9, '0') from generate_series(1, 300) as i;
insert into node select lpad((i * 7919)::text, 9, '0'), case when i > 1 then lpad(((i - 1) * 7919)::text, 9, '0') end
from generate_series(1, 300) as i`;

const fpe = { strategy: 'fpe', preset: 'digits' };
const step = (rule: unknown) => Object.fromEntries([['then', rule]]); // an object with `then` looks like a promise
const COLUMNS = {
  code: { ...fpe, domain: 'column' },
  chain: { ...fpe, ...step([{ ...fpe, domain: 'other' }, 'keep']) },
  cased: [
    { when: { column: 'kind', equals: 'x' }, ...fpe },
    { when: { column: 'kind', is_null: true }, strategy: 'hash', length: 12 },
    { ...fpe, domain: 'second' },
  ],
  own: [{ when: { matches: '^0000' }, strategy: 'keep' }, { when: { matches: '^0' }, ...fpe }, 'nullify'],
  mixed: [{ when: { matches: '^00' }, strategy: 'hash' }, fpe],
  checked: { ...fpe, on_invalid: { replace: 'none' } },
  emptied: { ...fpe, keep_empty: true },
  nulled: { ...fpe, on_invalid: { replace: '000000000' }, keep_null: false },
  tweaked: { ...fpe, tweak: 'kind' },
  key: { strategy: 'fpe', alphabet: '0123456789', separators: 'key ' },
  far: { ...fpe, tweak: 'key' },
  masked: 'hash',
  blind: { ...fpe, tweak: 'masked' },
  a: { ...fpe, tweak: 'b' },
  b: { ...fpe, tweak: 'a' },
  lost: { ...fpe, ...step('hash') },
  plain: { strategy: 'template', template: '{code}' },
  doc: { strategy: 'json', paths: { '$.x': fpe }, unknown: 'keep' },
};
const TABLES = {
  'public.person': { keep: ['id', 'kind'], columns: COLUMNS },
  'public.visit': { keep: ['id'], columns: { person_key: fpe } },
  'public.root': { keep: ['id', 'day'], columns: { code: { ...fpe, domain: 'column' } } },
  'public.node': { columns: { code: fpe } },
};
const CONFIG = configOf(TABLES);

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
  await syncPair(pair, CONFIG);
});
afterAll(() => dropPair(pair));

interface Row {
  readonly id: number;
  readonly kind: string | null;
  readonly value: string | null;
  readonly replacement: string | null;
}

/** Value and replacement of each row. */
async function rowsOf(table: string, column: string): Promise<Row[]> {
  const kind = table === 'person' ? 'kind' : 'null as kind';
  const select = `select row_number() over (order by id)::int as id, ${kind}, ${column} as value from ${table} order by id`;
  const [source, target] = await Promise.all([pair.source, pair.target].map(({ query }) => query<Row>(select)));
  return source!.map((row, index) => ({ ...row, replacement: target![index]!.value }));
}

/** What is told of each replacement, whatever it depends on. */
async function told(column: string, config: LoadedConfig = CONFIG): Promise<Map<string, string | undefined>> {
  const all = await decryptAll(pair, config, column);
  const key = (replacement: string, beside: object = {}) => [replacement, ...Object.values(beside)].join(' | ');
  return new Map(all.map(({ replacement, beside, value }) => [key(replacement, beside), value]));
}

/** What is wanted of it, of rows that are not NULL. */
function wanted(rows: readonly Row[], tell: (row: Row) => string | undefined, beside?: (row: Row) => unknown) {
  return new Map(
    rows
      .filter(({ replacement }) => replacement !== null)
      .map(row => [beside ? [row.replacement, beside(row)].join(' | ') : row.replacement, tell(row)]),
  );
}

const valueOfRow = ({ value }: Row): string | undefined => value ?? undefined;

describe('a rule of', () => {
  test.each(['code', 'chain'])('%s comes back', async column => {
    expect(await told(`public.person.${column}`)).toEqual(wanted(await rowsOf('person', column), valueOfRow));
  });

  test('cases by another column comes back where the case does, and says where it does not', async () => {
    const rows = await rowsOf('person', 'cased');
    const of = (row: Row) => (row.kind === null ? undefined : valueOfRow(row));
    expect(await told('public.person.cased')).toEqual(wanted(rows, of, ({ kind }) => kind));
    expect(rows.filter(({ kind }) => kind === null).length).toBeGreaterThan(100);
  });

  test('cases by its own value tells what only one case can have put out', async () => {
    const rows = await rowsOf('person', 'own');
    const found = await told('public.person.own');
    const values = rows.filter(({ replacement }) => replacement !== null);
    expect(found.size).toBe(new Set(values.map(({ replacement }) => replacement)).size);
    for (const row of values) expect([row.value, undefined]).toContain(found.get(row.replacement!));
    const clear = values.filter(({ replacement }) => found.get(replacement!) !== undefined);
    expect(clear.length).toBeGreaterThan(values.length / 2);
    for (const row of clear) expect(found.get(row.replacement!)).toBe(row.value);
  });

  test('cases by its own value, one of which may put out anything, tells nothing', async () => {
    const found = await told('public.person.mixed');
    expect(found.size).toBeGreaterThan(100);
    expect([...found.values()].filter(value => value !== undefined)).toEqual([]);
  });

  test('on_invalid does not make up what was refused', async () => {
    const rows = await rowsOf('person', 'checked');
    const of = (row: Row) => (row.value === 'invalid' ? undefined : valueOfRow(row));
    expect(await told('public.person.checked')).toEqual(wanted(rows, of));
    expect(rows.filter(({ replacement }) => replacement === 'none').length).toBe(50);
  });

  test('keep_empty leaves the empty value empty', async () => {
    expect(await told('public.person.emptied')).toEqual(wanted(await rowsOf('person', 'emptied'), valueOfRow));
  });

  test('keep_null: false does not tell a replaced NULL', async () => {
    const of = (row: Row) => (row.replacement === '000000000' ? undefined : valueOfRow(row));
    expect(await told('public.person.nulled')).toEqual(wanted(await rowsOf('person', 'nulled'), of));
  });
});

describe('a tweak from another column', () => {
  test('that is kept is read from the target', async () => {
    const rows = await rowsOf('person', 'tweaked');
    expect(await told('public.person.tweaked')).toEqual(wanted(rows, valueOfRow, ({ kind }) => kind));
  });

  test('that is masked is turned back first', async () => {
    const keys = new Map((await rowsOf('person', 'key')).map(row => [row.id, row.replacement]));
    const rows = await rowsOf('person', 'far');
    expect(await told('public.person.far')).toEqual(wanted(rows, valueOfRow, ({ id }) => keys.get(id)));
    expect([...keys.values()].filter(key => key === null).length).toBe(125);
  });

  test.each([
    ['blind', 'masked', 'which cannot be turned back itself'],
    ['a', 'b', undefined],
  ])('of %s that cannot be turned back is refused by name', async (column, tweak, why) => {
    const refused = await decryptAll(pair, CONFIG, `public.person.${column}`).catch((error: unknown) => error);
    if (!(refused instanceof AnonymizeError)) return expect.unreachable('it was not refused');
    expect(refused.code).toBe('ANON_DECRYPT_READS');
    if (why) expect(refused.message).toBe(`public.person.${column}: its values depend on column ${tweak}, ${why}.`);
  });

  test('that somebody knows is enough for single values', async () => {
    const [row] = await rowsOf('person', 'blind');
    const decrypt = (beside?: Record<string, string>) =>
      decrypting(pair, CONFIG, 'public.person.blind', ({ decrypt, reads }) => {
        expect(reads).toEqual(['masked']);
        return decrypt([row!.replacement!, 'no digits'], beside);
      });
    expect(await decrypt({ masked: 'm1' })).toEqual([
      { replacement: row!.replacement, value: row!.value },
      { replacement: 'no digits', value: undefined },
    ]);
    expect((await decrypt({ masked: 'm2' }))[0]!.value).not.toBe(row!.value);
    await expect(decrypt()).rejects.toMatchObject({ code: 'ANON_USAGE' });
  });
});

test.each([
  ['id', 'it is kept as it is'],
  ['masked', 'strategy "hash" cannot be turned back'],
  ['lost', 'strategy "hash" cannot be turned back'],
  ['plain', 'strategy "template" cannot be turned back'],
  ['doc', 'strategy "json" cannot be turned back'],
])('%s is refused, with the reason', async (column, reason) => {
  const refused: unknown = await decryptAll(pair, CONFIG, `public.person.${column}`).catch(error => error);
  expect(refused).toMatchObject({ code: 'ANON_DECRYPT_RULE', message: expect.stringContaining(reason) });
});

test('what a vault turns back is refused, with the command that does', async () => {
  const columns = { ...COLUMNS, masked: { strategy: 'tokenize' } };
  const config = configOf(
    { ...TABLES, 'public.person': { keep: ['id', 'kind'], columns } },
    { control: { url: 'env:CONTROL_URL' } },
  );
  const refused: unknown = await decryptAll(pair, config, 'public.person.masked').catch(error => error);
  expect(refused).toMatchObject({ code: 'ANON_DECRYPT_RULE', fix: 'Run `anonymize detokenize`.' });
});

describe('the column', () => {
  test('of a partitioned table is that of its partitions', async () => {
    const rows = await rowsOf('root', 'code');
    expect(await told('public.root.code')).toEqual(wanted(rows, valueOfRow));
    expect((await told('public.root_1.code')).size).toBeLessThan(rows.length);
    expect((await told('public.root_1.code')).size).toBeGreaterThan(0);
  });

  test('of a foreign key has the rule of its key', async () => {
    const found = await told('public.node.parent');
    const links = await pair.source.query<{ parent: string }>('select parent from node where parent is not null');
    expect([...found.values()].sort()).toEqual(links.map(({ parent }) => parent).sort());
  });

  test.each([
    ['public.persn.code', 'ANON_DECRYPT_COLUMN', 'Did you mean "public.person"?'],
    ['public.person.coed', 'ANON_DECRYPT_COLUMN', 'Did you mean "code"?'],
  ])('%s that is not there is refused', async (column, code, says) => {
    const refused: unknown = await decryptAll(pair, CONFIG, column).catch(error => error);
    expect(refused).toMatchObject({ code, message: expect.stringContaining(says) });
  });

  test('that the configuration does not decide, or its partitions do differently, is refused', async () => {
    const { 'public.root': root, ...others } = TABLES;
    const split = { ...others, 'public.root_1': root, 'public.root_2': { ...root, columns: { code: fpe } } };
    for (const [tables, column, says] of [
      [{ 'public.node': { columns: { code: fpe } } }, 'public.person.code', 'nothing decides this table'],
      [{ 'public.person': { keep: ['id'], columns: {} } }, 'public.person.code', 'has no rule for it'],
      [split, 'public.root.code', 'different rules'],
    ] as const) {
      const refused: unknown = await decryptAll(pair, configOf(tables), column).catch(error => error);
      expect(refused).toMatchObject({ code: 'ANON_DECRYPT_RULE', message: expect.stringContaining(says) });
    }
    expect((await told('public.root_1.code', configOf(split))).size).toBeGreaterThan(0);
  });
});
