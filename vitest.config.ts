import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

// Three on two cores: many tests wait for something, a lock or a second that has to pass.
const maxWorkers = 3;

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{pg,faults}.test.ts'],
          globalSetup: ['test/compile-cache.ts'],
          testTimeout: 30_000,
          maxWorkers,
          // Nothing in the modules remembers what a test did, so each is loaded once for all files of a worker.
          isolate: false,
        },
      },
      {
        test: {
          name: 'pg',
          include: ['test/**/*.pg.test.ts'],
          globalSetup: ['test/compile-cache.ts', 'test/postgres-server.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.faults.test.ts'],
          globalSetup: ['test/compile-cache.ts', 'test/postgres-server.ts'],
          testTimeout: env.PGVEIL_FAULTS === 'long' ? 3_600_000 : 120_000,
          hookTimeout: 120_000,
          maxWorkers,
        },
      },
    ],
  },
});
