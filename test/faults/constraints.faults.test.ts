// One row among many that the target refuses: the first, the middle or the last of a table of several slices, for each class of
// constraint. The error names the place and never the value; the target has its structure back, and its tables are empty.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE, type ErrorCode } from '../../src/errors.ts';
import { AnonymizeError } from '../../src/index.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { configOf, type Pair, syncPair } from '../sync.ts';
import { contentsOf, emptied } from './promised.ts';
import { writeRecord } from './record.ts';
import { draws, repeats } from './scale.ts';

// Two wide rows to a page: two slices for two workers, and three with another page.
const ROWS = 17_000;
const SOURCE = `
create schema app;
create table app.parent (id int primary key);
create table app.fact (id int primary key, word text, amount numeric, room int4range, parent int, filler text)
  with (fillfactor = 10);
insert into app.parent select n from generate_series(1, 50) n;
insert into app.fact select n, 'w' || n, n % 90, int4range(2 * n, 2 * n + 1), 1 + n % 50, repeat('x', 250)
from generate_series(1, ${ROWS}) n;
analyze`;

/** A value that a message could betray. */
const SECRET_NUMBER = 471147;
const SECRET_WORD = `canary-${SECRET_NUMBER}`;

interface Class {
  readonly name: string;
  /** What the target has that the source has not. */
  readonly target: string;
  /** What the source is made to have, where its types have to be those of the target. */
  readonly source?: string;
  /** The column that STRETCH replaces; all are kept unless given. */
  readonly replaced?: string;
  /** What makes a row of the source violate it. */
  readonly change: string;
  readonly code: ErrorCode;
  /** In the message: table, column or constraint. */
  readonly says: readonly string[];
  /** Whether the server says which row it was. */
  readonly knowsRow: boolean;
}

const fact = (changed: Readonly<Record<string, string>>, more = '', after = ''): string => {
  const types = { word: 'text', amount: 'numeric', room: 'int4range', parent: 'int', filler: 'text', ...changed };
  const columns = Object.entries(types).map(([name, type]) => `${name} ${type}`);
  return `create table app.fact (id int ${after ? '' : 'primary key'}, ${columns.join(', ')}${more})${after}`;
};

const CLASSES: readonly Class[] = [
  {
    name: 'not null',
    target: fact({ word: 'text not null' }),
    change: 'word = null',
    code: 'ANON_TARGET_NOT_NULL',
    says: ['app.fact.word'],
    knowsRow: true,
  },
  {
    name: 'check',
    target: fact({}, `, constraint fact_word check (word not like 'canary%')`),
    change: `word = '${SECRET_WORD}'`,
    code: 'ANON_TARGET_CHECK',
    says: ['app.fact', 'fact_word'],
    knowsRow: true,
  },
  {
    name: 'domain',
    target: `create domain app.tame as text constraint tame_word check (value not like 'canary%'); ${fact({ word: 'app.tame' })}`,
    source: 'create domain app.tame as text; alter table app.fact alter word type app.tame',
    change: `word = '${SECRET_WORD}'`,
    code: 'ANON_TARGET_CHECK',
    says: ['app.fact', 'tame_word'],
    knowsRow: true,
  },
  {
    name: 'length',
    target: fact({ word: 'varchar(16)' }),
    source: 'alter table app.fact alter word type varchar(16)',
    replaced: 'word',
    change: `word = '${SECRET_WORD}'`,
    code: 'ANON_VALUE_TOO_LONG',
    says: ['app.fact.word', 'character varying(16)'],
    knowsRow: true,
  },
  {
    name: 'numeric range',
    target: fact({ amount: 'numeric(6, 0)' }),
    source: 'alter table app.fact alter amount type numeric(6, 0)',
    replaced: 'amount',
    change: `amount = ${SECRET_NUMBER}`,
    code: 'ANON_TARGET_VALUE',
    says: ['app.fact.amount', '22003'],
    knowsRow: true,
  },
  {
    name: 'unique',
    target: fact({}, ', constraint fact_words unique (word)'),
    change: `word = (select other.word from app.fact other where other.id <> fact.id order by id limit 1 offset 3)`,
    code: 'ANON_TARGET_UNIQUE',
    says: ['app.fact', 'fact_words'],
    knowsRow: false,
  },
  {
    name: 'exclusion',
    target: fact({}, ', constraint fact_rooms exclude using gist (room with &&)'),
    change: `room = (select other.room from app.fact other where other.id <> fact.id order by id limit 1 offset 3)`,
    code: 'ANON_TARGET_EXCLUSION',
    says: ['app.fact', 'fact_rooms'],
    knowsRow: false,
  },
  {
    name: 'foreign key',
    target: fact({ parent: 'int constraint fact_parent references app.parent' }),
    change: `parent = ${SECRET_NUMBER}`,
    code: 'ANON_TARGET_FOREIGN_KEY',
    says: ['app.fact', 'fact_parent'],
    knowsRow: false,
  },
  {
    name: 'bounds of partitions',
    target: `${fact({}, '', ' partition by range (amount)')};
      create table app.fact_low partition of app.fact for values from (0) to (50);
      create table app.fact_high partition of app.fact for values from (50) to (100)`,
    change: `amount = ${SECRET_NUMBER}`,
    code: 'ANON_TARGET_PARTITION',
    says: ['app.fact'],
    knowsRow: true,
  },
];

const STRATEGY = new URL('../../src/strategy.ts', import.meta.url).href;

/** Keeps what it is given, but for the one value, of which it makes one that does not fit. */
const STRETCH = `
import { defineStrategy, z } from '${STRATEGY}';
export default defineStrategy({
  summary: 'Stretches one value.',
  options: z.strictObject({}),
  accepts: ['text', 'decimal'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'likely', keyed: false },
  examples: [{ options: {}, input: 'a', output: 'a' }],
  create: () => ({ value: v => (v.includes('${SECRET_NUMBER}') ? v + v : v) }),
});`;

const PLACES = {
  first: '(select min(id) from app.fact)',
  middle: `${ROWS / 2}`,
  last: '(select max(id) from app.fact)',
} as const;
type Place = keyof typeof PLACES;

const TABLES = ['app.parent', 'app.fact'];
const folder = mkdtempSync(join(tmpdir(), 'pgveil-constraints-'));
let source: TestDatabase;
beforeAll(async () => {
  writeFileSync(join(folder, 'stretch.mjs'), STRETCH);
  source = await createDatabase();
  await source.query(SOURCE);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await source.drop();
});

const record: Record<string, string> = {};

/** Runs with one bad row; returns the error. */
async function refusal(broken: Class, place: Place, trialRows: number): Promise<AnonymizeError> {
  const { target: schema, source: changed, replaced, change } = broken;
  const pair: Pair = { source: await createDatabase({ template: source }), target: await createDatabase() };
  try {
    if (changed) await pair.source.query(changed);
    await pair.source.query(`update app.fact set ${change} where id = ${PLACES[place]}`);
    // A row that is updated goes to the end of its page; so does the other one, after it.
    if (place === 'first') await pair.source.query('update app.fact set filler = filler where id = 2');
    await pair.target.query(`create schema app; create table app.parent (id int primary key); ${schema}`);
    const before = await catalogState(pair.target.query);
    const keep = ['id', 'word', 'amount', 'room', 'parent', 'filler'].filter(column => column !== replaced);
    const columns = replaced === undefined ? {} : { columns: { [replaced]: 'stretch' } };
    const tables = { 'app.parent': 'keep', 'app.fact': { keep, ...columns } };
    const config = configOf(tables, { parallel: 2, trial_rows: trialRows, strategies: folder });
    const error = await syncPair(pair, config).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(await catalogState(pair.target.query)).toEqual(before);
    expect(await contentsOf(pair.target.query, TABLES)).toEqual(emptied(TABLES));
    if (!(error instanceof AnonymizeError)) throw error ?? new Error('nothing was refused');
    return error;
  } finally {
    await Promise.all([pair.source.drop(), pair.target.drop()]);
  }
}

const everything = (error: AnonymizeError): string =>
  JSON.stringify([error.message, error.fix, error.facts, error.findings, error.stack, error.cause]);

const random = draws('constraints');
const drawn = (): Place[] => [(['first', 'middle', 'last'] as const)[Math.floor(random() * 3)] ?? 'first'];

/** In the short form, some of them. */
const TRIED = CLASSES.map(broken => ({ broken, order: random() }))
  .sort((one, other) => one.order - other.order)
  .slice(0, repeats(4, CLASSES.length))
  .map(({ broken }) => broken);

describe.each(TRIED)('$name', broken => {
  const places: readonly Place[] = repeats(0, 1) ? ['first', 'middle', 'last'] : drawn();

  test.each(places)('violated by the %s row: the error names the place and no value', async place => {
    const error = await refusal(broken, place, 0);
    expect(error.message).toMatch(new RegExp(`^${broken.says[0]?.replace('.', '\\.')}`));
    expect(error.code, error.message).toBe(broken.code);
    for (const name of broken.says) expect(error.message).toContain(name);
    expect(/row \d+ of its slice/.test(error.message), error.message).toBe(broken.knowsRow);
    expect(everything(error)).not.toMatch(/canary|471147/);
    record[`${broken.name}, ${place}`] = `${error.code}: ${error.message}`;
  });

  if (repeats(0, 1)) {
    test.each(places)('violated by the %s row, with a trial before: it is refused then or later', async place => {
      const error = await refusal(broken, place, 500);
      const codes = [error.code, ...error.findings.map(({ code }) => code)];
      expect(
        codes.some(code => code === broken.code || code === 'ANON_TRIAL_REFUSED'),
        error.message,
      ).toBe(true);
      expect(CATALOGUE[error.code].exit).toBe(65);
      expect(everything(error)).not.toMatch(/canary|471147/);
      record[`${broken.name}, ${place}, after a trial`] = error.code;
    });
  }
});

afterAll(() => writeRecord('constraints', { rows: ROWS, ...record }));
