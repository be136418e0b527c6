// Runs with a quarantine between two test databases, and what was sealed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { makeKeyPair, parsePrivateKey } from '../../src/quarantine/keys.ts';
import { type OpenedRow, openQuarantine } from '../../src/quarantine/read-quarantine.ts';

export interface QuarantinePlace {
  readonly folder: string;
  /** Keys of the configuration that seal what is refused; each call names a new file. */
  settings(more?: object): { readonly on_row_error: 'quarantine'; readonly quarantine: { readonly file: string } };
  /** All rows of a file, with the right key. */
  open(file: string, isUnfinished?: boolean): Promise<OpenedRow[]>;
  readonly privateKeyFile: string;
}

/** A folder with a pair of keys, for the tests of a file; it goes afterwards. */
export function useQuarantine(): QuarantinePlace {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-quarantine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const pair = makeKeyPair();
  const privateKeyFile = join(folder, 'key');
  writeFileSync(privateKeyFile, pair.privateKey, { mode: 0o600 });
  writeFileSync(`${privateKeyFile}.pub`, pair.publicKey);
  let files = 0;
  return {
    folder,
    privateKeyFile,
    settings: (more = {}) => ({
      on_row_error: 'quarantine',
      quarantine: { file: join(folder, `${++files}.sealed`), public_key: `file:${privateKeyFile}.pub`, ...more },
    }),
    open: async (file, isUnfinished) => {
      const rows: OpenedRow[] = [];
      const privateKey = parsePrivateKey(pair.privateKey, 'the test');
      for await (const row of openQuarantine(file, { privateKey, isUnfinished })) rows.push(row);
      return rows;
    },
  };
}
