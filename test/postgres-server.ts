// One real PostgreSQL server for all tests of a run. Each test file makes its own databases on it (database.ts).

import type { TestProject } from 'vitest/node';
import { startServer } from '../src/demo/embedded-server.ts';
import { keepInMemory } from './built/temporary-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of the database `postgres`. */
    postgresUrl: string;
  }
}

// Nothing here must survive a crash of the machine, so the server does not wait for the disk.
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '256MB',
  autovacuum: 'off',
  max_wal_size: '1GB',
};

/** Vitest calls it before the first test file, and what it returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  keepInMemory(); // before the first server
  const server = await startServer({ settings: SETTINGS });
  project.provide('postgresUrl', server.url('postgres'));
  return server.stop;
}
