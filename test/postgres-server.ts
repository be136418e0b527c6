// One real PostgreSQL server for all tests of a run. Each test file makes its own databases on it (database.ts).

import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startServer } from '../src/demo/embedded-server.ts';
import { BLANK_DATABASE } from './blank-database.ts';
import { keepInMemory } from './built/temporary-folder.ts';
import { THROWAWAY } from './throwaway-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of the database `postgres`. */
    postgresUrl: string;
  }
}

const SETTINGS = {
  ...THROWAWAY,
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '1GB',
  // Of a log-in's CPU time, its usual 4,096 rounds take a client a third.
  scram_iterations: '1',
};

/** Vitest calls it before the first test file, and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  keepInMemory(); // before the first server
  const server = await startServer({ settings: SETTINGS });
  await prepare(server);
  project.provide('postgresUrl', server.url('postgres'));
  return server.stop;
}

async function prepare({ url }: EmbeddedServer): Promise<void> {
  const { password } = new URL(url('postgres'));
  await run(url('postgres'), [
    `alter role current_user password '${password}'`, // initdb has made it with the usual rounds
    `create database ${BLANK_DATABASE} template template0`,
  ]);
  // The first session in a database writes down what every session looks up when it begins, and clones have that, too.
  await run(url(BLANK_DATABASE), ['select']);
}

async function run(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
