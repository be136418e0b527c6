// What strategies may ask for that is neither in their options nor in the catalogue: the configuration's folder, what a
// reference stands for, the rows of a table. The plan looks it up; workers are given what the plan found.

import { userInfo } from 'node:os';
import { connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Environment, resolveUrl } from '../config/references.ts';
import { AnonymizeError, finding } from '../errors.ts';
import { type Client, withClient, withPool } from '../pg/connect.ts';
import { type RowLimit, type RowsRead, type RowTexts, readRows } from '../pg/read-rows.ts';
import { StrategyRefusal, type TableRequest } from '../strategy.ts';
import { PlanFindings } from './nest-rules.ts';

/** See the methods of the same names in StrategyContext. `place` is the column that asks. */
export interface Outside {
  readonly baseDir: string | undefined;
  resolve(reference: string, place: string): string;
  readTable(request: TableRequest, place: string): Promise<readonly RowTexts[]>;
}

/** The same, with what it found of references: workers have no environment. */
export interface PlanOutside extends Outside {
  readonly references: ReadonlyMap<string, string>;
}

/** A table that is read into memory has no more. */
const MOST: RowLimit = { rows: 1_000_000, bytes: 64 * 1024 * 1024 };

export interface OutsideOptions {
  readonly config: LoadedConfig;
  readonly env: Environment;
  readonly sourceSession: Client;
}

/** What the plan asks: the environment, files and both databases. Each question is asked once. */
export function planOutside({ config, env, sourceSession }: OutsideOptions): PlanOutside {
  const references = new Map<string, string>();
  const tables = new Map<string, Promise<RowsRead>>();
  const read = ({ database, ...asked }: TableRequest): Promise<RowsRead> => {
    if (database === 'source') return readRows(sourceSession, asked, MOST);
    if (!config.control) {
      throw new StrategyRefusal('its table is in the control database, and there is none', 'Set `control.url`.');
    }
    const settings = connectionSettings(config, 'control', { env, user: userInfo().username });
    return withPool(settings, { side: 'control', max: 1, applicationName: 'anonymize/plan' }, pool =>
      withClient(pool, client => readRows(client, asked, MOST)),
    );
  };
  return {
    baseDir: config.baseDir,
    references,
    resolve(reference, place) {
      const known = references.get(reference) ?? lookUp({ reference, path: place, baseDir: config.baseDir }, env);
      references.set(reference, known);
      return known;
    },
    async readTable(request, place) {
      const name = JSON.stringify(request);
      const reading = tables.get(name) ?? read(request);
      tables.set(name, reading);
      return rowsOf(await reading, request, place);
    },
  };
}

/** What a worker has: what the plan found. */
export function foundOutside(baseDir: string, references: ReadonlyMap<string, string>): Outside {
  return {
    baseDir,
    resolve(reference) {
      const known = references.get(reference);
      if (known === undefined) throw new Error('the plan did not resolve a reference that a worker asks for');
      return known;
    },
    readTable() {
      throw new Error('a worker reads no tables: what they hold comes to it as `prepared`');
    },
  };
}

/** Nothing: in documentation and where there is neither a configuration nor a database. */
export const NOTHING_OUTSIDE: Outside = {
  baseDir: undefined,
  resolve(reference) {
    if (!/^(env|file):/.test(reference)) return reference;
    throw new StrategyRefusal('there is nothing here that a reference is looked up in', 'Use a configuration.');
  },
  readTable() {
    throw new StrategyRefusal('there is no database here to read a table of', 'Use a configuration.');
  },
};

function lookUp(reference: Parameters<typeof resolveUrl>[0], env: Environment): string {
  try {
    return resolveUrl(reference, env);
  } catch (cause) {
    if (!(cause instanceof AnonymizeError)) throw cause;
    throw new PlanFindings([finding(cause.code, cause.facts)]);
  }
}

function rowsOf(read: RowsRead, { database, table }: TableRequest, place: string): readonly RowTexts[] {
  if ('rows' in read) return read.rows;
  if ('missing' in read) {
    throw new StrategyRefusal(
      `the ${database} database has ${read.missing}`,
      'Correct the names: schema.table, columns.',
    );
  }
  const limit = `${read.over.rows} rows or ${read.over.bytes / 1024 ** 2} MB`;
  throw new PlanFindings([finding('ANON_PLAN_LOOKUP_SIZE', { place, table, limit })]);
}
