// A database of a test file with clients of its pool, and what they are refused with.

import { inspect } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ConnectionSettings } from '../../src/config/connection-url.ts';
import { AnonymizeError } from '../../src/errors.ts';
import { type Client, type PoolOptions, withClient, withPool } from '../../src/pg/connect.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { settingsOf } from './settings.ts';

export const OPTIONS: PoolOptions = { side: 'target', max: 2, applicationName: 'anonymize/test/0' };

/** Makes a database with a table t before the tests of a file; returns what gives it. */
export function useDatabase(): () => TestDatabase {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await database.query('create table t (a int)');
  });
  afterAll(() => database.drop());
  return () => database;
}

type Changed = Partial<PoolOptions> & { readonly settings?: ConnectionSettings };

/** Runs `callback` with a client of a pool of its own. */
export const onClientOf =
  (database: () => TestDatabase) =>
  <Result>(
    callback: (client: Client) => Promise<Result>,
    { settings = settingsOf(database().url), ...options }: Changed = {},
  ): Promise<Result> =>
    withPool(settings, { ...OPTIONS, ...options }, pool => withClient(pool, callback));

/** The error of the catalogue that `promise` ends with, which holds no canary. */
export async function refusal(promise: Promise<unknown>): Promise<AnonymizeError> {
  const error = await promise.then(
    () => new Error('nothing was refused'),
    (cause: unknown) => cause,
  );
  if (!(error instanceof AnonymizeError)) throw new Error('no error of the catalogue', { cause: error });
  expect(inspect(error, { depth: 9 })).not.toContain('canary');
  return error;
}
