// Stands for src/own-files.ts where a sync that a test runs in its own process starts threads and holders (vitest.config.ts):
// they are the built ones. Everything else of the sync is the sources.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';

/** A file of src/. */
export const ownFile = (path: string): URL => pathToFileURL(join(inject('builtFolder'), 'dist', path));

/** A module of src/, by its path without an extension. */
export const ownModule = (path: string): URL => ownFile(`${path}.js`);
