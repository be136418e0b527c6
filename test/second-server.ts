// Another PostgreSQL for tests between versions: of the folder (with bin) that PGVEIL_TEST_POSTGRES names, else Debian's 15.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startServer } from '../src/demo/embedded-server.ts';
import { THROWAWAY } from './throwaway-server.ts';

const FOLDERS = [process.env.PGVEIL_TEST_POSTGRES, '/usr/lib/postgresql/15'].filter(folder => folder !== undefined);

/** The folder of the second server's binaries; undefined where there are none. */
export const secondServer: string | undefined = FOLDERS.find(folder => existsSync(join(folder, 'bin/postgres')));

/** Why tests with it are skipped. */
export const NO_SECOND_SERVER = 'no second PostgreSQL: set PGVEIL_TEST_POSTGRES to a folder with bin/postgres';

/** Starts the second server for the time of `callback`; `create` makes a database and gives its URL. */
export async function withSecondServer<T>(
  callback: (create: (name: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const server = await startServer({ settings: THROWAWAY, binaries: secondServer! }); // where there is none, tests are skipped
  try {
    return await callback(async name => {
      const admin = new pg.Client(server.url('postgres'));
      await admin.connect();
      await admin.query(`create database ${name} template template0`).finally(() => admin.end());
      return server.url(name);
    });
  } finally {
    await server.stop();
  }
}
