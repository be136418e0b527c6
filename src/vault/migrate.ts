// The control database's schema: plain numbered SQL files, each applied once and in order, with the note of it in one
// transaction. Two who migrate at once wait for each other.

import { readdirSync, readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import { packageFile } from '../own-files.ts';
import { type DatabasePool, withClient, withTransaction } from '../pg/connect.ts';

const FOLDER = packageFile('migrations/');

const LOCK = `select pg_advisory_xact_lock(hashtextextended('pgveil migrations', 0))`;
const CREATE_NOTES = `
create schema if not exists pgveil_control;
create table if not exists pgveil_control.migration (
  name text primary key,
  applied timestamptz not null default clock_timestamp()
)`;
const HAS_NOTES = `select to_regclass('pgveil_control.migration') is not null as "hasNotes"`;
const APPLIED = 'select name from pgveil_control.migration';
const NOTE = 'insert into pgveil_control.migration (name) values ($1)';

/** Applies what is missing. @returns the names of what was applied */
export function migrate(control: DatabasePool): Promise<readonly string[]> {
  return withClient(control, client =>
    withTransaction(client, 'begin', async () => {
      await client.query(LOCK);
      await client.query(CREATE_NOTES);
      const missing = await missingMigrations(client);
      for (const name of missing) {
        await client.query(readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'));
        await client.query(NOTE, [name]);
      }
      return missing;
    }),
  );
}

/** The names of what a control database has not applied yet, in order. */
export async function missingMigrations(client: ClientBase): Promise<readonly string[]> {
  const { rows: asked } = await client.query<{ hasNotes: boolean }>(HAS_NOTES);
  const { rows } = asked[0]?.hasNotes ? await client.query<{ name: string }>(APPLIED) : { rows: [] };
  const applied = new Set(rows.map(({ name }) => name));
  return migrationNames().filter(name => !applied.has(name));
}

function migrationNames(): string[] {
  return readdirSync(FOLDER)
    .filter(file => /^\d{4}-[a-z-]+\.sql$/.test(file))
    .map(file => file.slice(0, -'.sql'.length))
    .sort();
}
