// What a sync promises of any database, held against one that nobody here wrote. Each dataset's test file calls it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedConfig, loadConfig, type Report } from '../../src/index.ts';
import { createDatabase, hashTable, type Query, type TableHash } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { dropPair, type Pair, runSync, syncPair } from '../sync.ts';
import { brokenForeignKeys, lateSequences, notValidated, type Row, rows } from './inspect.ts';
import { hasDatasets, loadDataset } from './load.ts';

export interface Dataset {
  readonly name: string;
  readonly files: readonly string[];
  /** SQL for both databases after they are loaded. */
  readonly adjust: string;
  /** SQL for the target: the rows that it has before are not those of the source. */
  readonly spoil: string;
}

/** Runs before the tests of a dataset and gives what they look at; call it in `describe`. */
export interface Synced {
  readonly pair: Pair;
  readonly config: LoadedConfig;
  /** Of the first run, by the command. */
  readonly report: Report;
}

/** Describes what a sync of the dataset keeps and changes. `more` adds tests of its own. */
export function describeDataset(dataset: Dataset, more: (synced: () => Synced) => void = () => {}): void {
  describe.skipIf(!hasDatasets)(`a sync of ${dataset.name}`, () => {
    let [pair, report, structure, content] = [] as unknown as [Pair, Report, readonly string[], Content];
    const file = join(import.meta.dirname, `${dataset.name}.yaml`);
    const config = loadConfig(file);

    beforeAll(async () => {
      const source = await createDatabase();
      await loadDataset(source.url, dataset.files);
      await source.query(dataset.adjust);
      const target = await createDatabase({ template: source });
      pair = { source, target };
      await target.query(dataset.spoil);
      structure = await catalogState(target.query);
      const run = await runSync(pair, readFileSync(file, 'utf8'));
      if (run.exitCode !== 0) throw new Error(run.stderr);
      report = JSON.parse(run.report ?? '');
      content = await contentOf(target.query, report);
    });
    afterAll(() => dropPair(pair));

    const leaves = (): readonly Leaf[] => leavesOf(report);

    test('copies every row of every table', async () => {
      for (const { name, from, rows } of leaves()) {
        const [read] = await pair.source.query(`select count(*)::int as rows from ${from}`);
        const [written] = await pair.target.query(`select count(*)::int as rows from ${from}`);
        expect(read, name).toEqual({ rows });
        expect(written, name).toEqual({ rows });
      }
    });

    test('copies kept columns byte for byte', async () => {
      for (const { name, from, kept } of leaves()) {
        const [read, written] = await Promise.all([
          hashTable(pair.source.query, from, kept),
          hashTable(pair.target.query, from, kept),
        ]);
        expect(written, name).toEqual(read);
      }
    });

    test('leaves no value of the other columns as it was, and no NULL either way', async () => {
      for (const leaf of leaves()) expect(await unreplaced(pair, leaf), leaf.name).toEqual([]);
    });

    test('leaves every foreign key valid', async () => {
      expect(await notValidated(pair.target.query)).toEqual([]);
      expect(await brokenForeignKeys(pair.target.query)).toEqual([]);
    });

    test('leaves sequences after the last row', async () => {
      expect(await lateSequences(pair.target.query)).toEqual([]);
    });

    test('leaves the structure of the target as it was', async () => {
      expect(await catalogState(pair.target.query)).toEqual(structure);
    });

    test.each([
      ['again, with one worker', 'copy', 1],
      ['with four workers', 'copy', 4],
      ['by a cursor', 'cursor', 2],
    ] as const)('gives the same bytes %s', async (_, read, parallel) => {
      const ran = await syncPair(pair, { ...config, source: { ...config.source, read } }, { parallel });
      expect(await contentOf(pair.target.query, ran)).toEqual(content);
    });

    more(() => ({ pair, config, report }));

    // The last one: it adds columns.
    test('gives the same bytes in text, where a column has no binary form', async () => {
      const names = report.tables.map(table => table.name);
      const add = await addColumns(pair.source.query, names);
      await pair.target.query(add);
      const ran = await syncPair(pair, keepAlso(config, 'without_binary'));
      expect(new Set(ran.tables.map(table => table.format))).toEqual(new Set(['text']));
      expect(report.tables.map(table => table.format)).toContain('binary');
      expect(await contentOf(pair.target.query, report)).toEqual(content);
    });
  });
}

interface Leaf {
  readonly name: string;
  /** SQL for `from`. */
  readonly from: string;
  readonly rows: number;
  readonly kept: readonly string[];
  /** Column → strategy. */
  readonly replaced: readonly (readonly [string, string])[];
}

function leavesOf({ tables }: Report): Leaf[] {
  return tables.map(({ name, rows, columns }) => {
    const all = Object.entries(columns);
    const kept = all.filter(([, strategy]) => strategy === 'keep').map(([column]) => column);
    return { name, from: `only ${name}`, rows, kept, replaced: all.filter(([, strategy]) => strategy !== 'keep') };
  });
}

type Content = Readonly<Record<string, TableHash>>;

/** The hash of every planned column of every planned table. */
async function contentOf(query: Query, report: Report): Promise<Content> {
  const hashes: Record<string, TableHash> = {};
  for (const { name, columns } of report.tables) {
    hashes[name] = await hashTable(query, `only ${name}`, Object.keys(columns));
  }
  return hashes;
}

/** Columns whose values (or NULLs) came through where they should not, with how many. */
async function unreplaced({ source, target }: Pair, { from, kept, replaced }: Leaf): Promise<string[]> {
  const columns = [...kept, ...replaced.map(([column]) => column)];
  const [read, written] = [await rows(source.query, from, columns), await rows(target.query, from, columns)];
  const keyOf = (row: Row): string => JSON.stringify(kept.map(column => row[column]));
  const byKey = new Map(written.map(row => [keyOf(row), row]));
  // Where what is kept tells rows apart, it says which belong together; else no value of the one side may be on the other.
  const pairs = byKey.size === read.length ? read.map(row => [row, byKey.get(keyOf(row)) ?? {}] as const) : undefined;
  return replaced.flatMap(([column, strategy]) => {
    const wrong = pairs
      ? pairs.filter(([before, after]) => !isReplaced(before[column], after[column], strategy)).length
      : unreplacedValues(read, written, { column, strategy });
    return wrong > 0 ? [`${column}: ${wrong}`] : [];
  });
}

function isReplaced(before: string | null | undefined, after: string | null | undefined, strategy: string): boolean {
  if (strategy === 'nullify' || before === null) return after === null;
  return after !== null && after !== undefined && after !== before;
}

function unreplacedValues(
  read: readonly Row[],
  written: readonly Row[],
  { column, strategy }: { readonly column: string; readonly strategy: string },
): number {
  const nulls = (all: readonly Row[]): number => all.filter(row => row[column] === null).length;
  if (nulls(written) !== (strategy === 'nullify' ? read.length : nulls(read))) return written.length;
  const values = new Set(read.map(row => row[column]));
  return written.filter(row => row[column] !== null && values.has(row[column])).length;
}

/** Adds a column of a type without binary form to every table; partitions have it from above. @returns the SQL */
async function addColumns(query: Query, names: readonly string[]): Promise<string> {
  const roots = await query<{ root: string }>(
    'select distinct coalesce(pg_partition_root(name::regclass), name::regclass)::text as root from unnest($1::text[]) name',
    [names],
  );
  const sql = roots
    .map(({ root }) => `alter table ${root} add without_binary aclitem default makeaclitem(10, 10, 'select', false)`)
    .join(';\n');
  await query(sql);
  return sql;
}

const keepAlso = (config: LoadedConfig, column: string): LoadedConfig => ({
  ...config,
  tables: config.tables.map(entry =>
    entry.rule.kind === 'columns' ? { ...entry, rule: { ...entry.rule, keep: [...entry.rule.keep, column] } } : entry,
  ),
});
