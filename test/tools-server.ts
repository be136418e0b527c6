// A server that the pg_dump of this machine works with: that of the tests where it is new enough, else one of its own version.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { type EmbeddedServer, startServer } from '../src/demo/embedded-server.ts';
import { THROWAWAY } from './throwaway-server.ts';

/** The major version of the server from npm. */
const PACKAGED_MAJOR = 18;

interface Found {
  readonly bin: string;
  readonly major: number;
}

function look(bin: string): Found[] {
  if (!['pg_dump', 'pg_restore'].every(name => existsSync(join(bin, name)))) return [];
  try {
    const version = execFileSync(join(bin, 'pg_dump'), ['--version'], { encoding: 'utf8' });
    const major = Number(/ (\d+)/.exec(version)?.[1]);
    const hasServer = ['postgres', 'initdb'].every(name => existsSync(join(bin, name)));
    return major >= PACKAGED_MAJOR || (major >= 13 && hasServer) ? [{ bin, major }] : [];
  } catch {
    return [];
  }
}

const DEBIAN = '/usr/lib/postgresql';
const named = process.env.PGVEIL_TEST_POSTGRES;
const versions = [
  ...(named === undefined ? [] : [join(named, 'bin')]),
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).map(version => join(DEBIAN, version, 'bin')) : []),
];
const [found] = [...versions, ...(process.env.PATH ?? '').split(delimiter)]
  .flatMap(look)
  .sort((a, b) => b.major - a.major);

/** Why the tests of a file are skipped; undefined where they run. */
export const WITHOUT_TOOLS: string | undefined = found
  ? undefined
  : '(skipped: no pg_dump is here that is as new as the tests’ server, and none with a server of its own version)';

/** Where pg_dump and pg_restore are. */
export const TOOLS_FOLDER = found?.bin ?? '';

/**
 * Starts a server before the tests of a file, where it takes one of its own; returns what gives the superuser's URL.
 * @param isAlone whether the tests look at all that is on the server, where others must not be at it
 */
export function useToolsServer({ isAlone = false } = {}): () => string {
  let server: EmbeddedServer | undefined;
  beforeAll(async () => {
    const isNew = found !== undefined && found.major >= PACKAGED_MAJOR;
    if (!found || (isNew && !isAlone)) return;
    const binaries = isNew ? {} : { binaries: join(found.bin, '..') };
    server = await startServer({ ...binaries, settings: { ...THROWAWAY, max_connections: '100' } });
  });
  afterAll(() => server?.stop());
  return () => server?.url('postgres') ?? inject('postgresUrl');
}
