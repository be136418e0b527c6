// What may become of a run that holds canaries: it succeeds, or fails in one of the ways in which databases quote rows.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/errors.ts';
import { masked } from './canary-world.ts';

/** What makes a run fail, or not; where values are in what the database says, they are the kept ones. */
export interface Case {
  readonly exit: number;
  readonly code?: ErrorCode;
  readonly sql?: string;
  readonly tables?: Readonly<Record<string, unknown>>;
  readonly settings?: object;
  readonly args?: readonly string[];
}

/** Other rules for some of the masked columns. */
export const onMasked = (rules: object): NonNullable<Case['tables']> => ({
  'public.masked': { keep: ['id', 'bad'], columns: { ...masked.rules, ...rules } },
});
/** Without a trial, which would find it before. */
export const untried = { trial_rows: 0 };
/** Of the table that is kept. */
export const alter = 'alter table public.kept';

/** What becomes of a run. */
export const CASES: Readonly<Record<string, Case>> = {
  'masks by copy': { exit: 0, args: ['--log', 'json'] },
  'masks by a cursor': { exit: 0, settings: { source: { url: 'env:SOURCE_URL', read: 'cursor' } } },
  'meets a check': { exit: 65, code: 'ANON_TARGET_CHECK', sql: `${alter} add check (length(word) < 5)` },
  'meets NOT NULL': {
    exit: 65,
    code: 'ANON_TARGET_NOT_NULL',
    sql: `${alter} alter bad set not null`,
    settings: untried,
  },
  'meets duplicates': { exit: 65, code: 'ANON_TARGET_UNIQUE', sql: 'create unique index on public.kept (word)' },
  'meets an exclusion': {
    exit: 65,
    code: 'ANON_TARGET_EXCLUSION',
    sql: `${alter} add exclude using btree (word with =)`,
  },
  'meets a foreign key': {
    exit: 65,
    code: 'ANON_TARGET_FOREIGN_KEY',
    sql: `create table public.words (word text primary key); ${alter} add foreign key (word) references public.words`,
    settings: untried,
  },
  'meets a column that casts': {
    exit: 65,
    code: 'ANON_TARGET_VALUE',
    sql: `${alter} add parsed int generated always as (word::int) stored`,
    args: ['--log', 'json'],
  },
  'meets an index that casts': {
    exit: 65,
    code: 'ANON_TARGET_DEFINITION',
    sql: 'create index on public.kept ((word::int))',
  },
  'meets a view that casts': {
    exit: 65,
    code: 'ANON_TARGET_VALUE',
    sql: 'create materialized view public.v as select word::int from public.kept',
  },
  'meets a filter that casts': {
    exit: 69,
    code: 'ANON_DATABASE',
    tables: { 'public.masked': { where: 'odd::int > 0', keep: ['id', 'bad'], columns: masked.rules } },
  },
  'has a value that its strategy refuses': {
    exit: 65,
    code: 'ANON_VALUE_UNFIT',
    tables: onMasked({ word: { strategy: 'fpe', preset: 'card' } }),
    settings: untried,
  },
  'has a strategy that throws': {
    exit: 1,
    code: 'ANON_STRATEGY_FAILED',
    tables: onMasked({ odd: 'throws' }),
    settings: untried,
  },
  'has a strategy that writes a zero byte': {
    exit: 65,
    code: 'ANON_TARGET_VALUE',
    tables: onMasked({ odd: 'adds_zero' }),
    settings: untried,
    args: ['--log', 'json'],
  },
};

/** Strategies as a careless user might write them, and one that lets values out wherever it can. */
const STRATEGIES = {
  throws: 'throw new Error("cannot handle " + value)',
  adds_zero: 'return "x\\0"',
  lets_out: `
    if (!first) return 'x';
    first = false;
    const hex = Buffer.from(value).toString('hex');
    process.stdout.write(value + '\\n');
    process.stderr.write(JSON.stringify({ value }) + encodeURIComponent(value) + '\\n');
    writeSync(openSync(join(tmpdir(), 'spill'), 'w'), Buffer.from(value, 'utf16le')); // and leaves it open
    const encoded = Buffer.from('..' + value).toString('base64');
    spawnSync('sh', ['-c', 'sleep 0.3; exit 0', encoded], { env: { PATH: process.env.PATH, SPILL: hex } });
    return 'x'`,
};

/** Writes the strategies into a folder. */
export function writeStrategies(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const contract = new URL('../../src/strategy.ts', import.meta.url).href;
  for (const [name, body] of Object.entries(STRATEGIES)) {
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { spawnSync } from 'node:child_process';
      import { openSync, writeSync } from 'node:fs';
      import { tmpdir } from 'node:os';
      import { join } from 'node:path';
      import { defineStrategy, z } from '${contract}';
      let first = true;
      export default defineStrategy({ summary: 'Careless.', options: z.strictObject({}), accepts: 'any', examples: [],
        guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
        create: () => ({ value: value => { ${body} } }) });`,
    );
  }
  return folder;
}
