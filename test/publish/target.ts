// A target database with every shape in it, and sessions to it as the product borrows them.

import pg from 'pg';
import type { Connect } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { EVERY_SHAPE, EVERY_SHAPE_18, MAKE_INVALID_INDEX } from './every-shape.ts';

/** Lends sessions of a pool to `callback`, and closes the pool afterwards. */
export async function withSessions<T>(url: string, callback: (connect: Connect) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', () => {}); // a test that kills a session tells what it expects of it
  try {
    return await callback(async work => {
      const client = await pool.connect();
      let failure: Error | undefined;
      const note = (error: Error) => {
        failure = error;
      };
      client.on('error', note);
      try {
        return await work(client);
      } finally {
        client.off('error', note);
        client.release(failure);
      }
    });
  } finally {
    await pool.end();
  }
}

/** A database with every shape that the server knows. */
export async function createEveryShape(): Promise<TestDatabase> {
  const database = await createDatabase();
  await database.query(EVERY_SHAPE);
  // It fails, and leaves an invalid index behind: that is what it is here for.
  await database.query(MAKE_INVALID_INDEX).catch(() => {});
  const [version] = await database.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  if (version && version.major >= 18) await database.query(EVERY_SHAPE_18);
  return database;
}
