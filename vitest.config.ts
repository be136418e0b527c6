import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

// Three on two cores: many tests wait for something, a lock or a second that has to pass.
const maxWorkers = 3;

/** A shared machine has been seven times as slow as a quiet one, where no test takes more than a minute. */
const PATIENCE_MS = 420_000;

/** What a sync of the tests' own process starts, its threads and the holder of its snapshot, is the built one, as with the command. */
const startsBuilt: Plugin = {
  name: 'starts-built',
  enforce: 'pre',
  resolveId: (source, importer = '') =>
    source.endsWith('/own-files.ts') && /\/src\/(workers\/pool|resume\/start-holder)\.ts$/.test(importer)
      ? fileURLToPath(new URL('test/built/own-files.ts', import.meta.url))
      : undefined,
};

export default defineConfig({
  test: {
    maxWorkers,
    globalSetup: ['test/built/compile-cache.ts', 'test/built/build.ts'],
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{pg,faults}.test.ts'],
          testTimeout: 30_000,
          maxWorkers,
          // Nothing in the modules remembers what a test did, so each is loaded once for all files of a worker.
          isolate: false,
        },
      },
      {
        plugins: [startsBuilt],
        test: {
          name: 'pg',
          include: ['test/**/*.pg.test.ts'],
          globalSetup: ['test/postgres-server.ts'],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
          maxWorkers,
          // What the tests of a file share, they ask for by a call (useWorld, useSwaps …), never by loading a module.
          isolate: false,
        },
      },
      {
        plugins: [startsBuilt],
        test: {
          name: 'faults',
          include: ['test/faults/**/*.faults.test.ts'],
          globalSetup: ['test/postgres-server.ts'],
          isolate: false, // as in pg
          testTimeout: env.PGVEIL_FAULTS === 'long' ? 3_600_000 : PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
          maxWorkers,
        },
      },
    ],
  },
});
