// The quarantine of a run, as the main thread has it: the file is made before anything is read, workers add to it, and in the
// end it says which attempts were committed, as the ledger has them.

import { resolve } from 'node:path';
import type { ConnectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Environment, resolveKey } from '../config/references.ts';
import { keyFingerprint } from '../crypto/sealed-box.ts';
import { AnonymizeError } from '../errors.ts';
import { withClient, withPool } from '../pg/connect.ts';
import { tableKey } from '../pg/table-key.ts';
import { committedRows } from '../publish/ledger.ts';
import type { Connect } from '../publish/target-session.ts';
import { END_HEAD, headLine, sealedLine } from './file-format.ts';
import { parsePublicKey } from './keys.ts';
import { appendLines, continueFile, createFile, hasRows, removeFile } from './quarantine-file.ts';

/** What a worker needs to seal rows. */
export interface QuarantineSettings {
  /** Absolute. */
  readonly file: string;
  /** PEM. */
  readonly publicKey: string;
  /** Its fingerprint. */
  readonly key: string;
  readonly maxRows: number;
}

/** What was refused in all, for the report. */
export interface Quarantined {
  readonly file: string;
  readonly rows: number;
  /** By tableKey. */
  readonly tables: ReadonlyMap<string, number>;
}

export interface RunQuarantine {
  readonly settings: QuarantineSettings;
  /**
   * What the run had sealed before it was killed: it counts, and is to be in the file still.
   * @param ledger of the run
   * @throws {AnonymizeError} ANON_QUARANTINE_FILE
   */
  sealedBefore(ledger: Connect): Promise<number>;
  /** Writes down which rows count, once all slices are committed. @param into the database that they went into */
  close(into: ConnectionSettings): Promise<Quarantined>;
}

export interface Surroundings {
  readonly run: string;
  readonly env: Environment;
  /** The run was killed and goes on: so does its file. */
  readonly isResumed?: boolean;
}

/**
 * Runs `callback` with the quarantine that the configuration asks for, if it does. A file that nothing was sealed into goes.
 * @throws {AnonymizeError} ANON_QUARANTINE_KEY, ANON_QUARANTINE_FILE, ANON_CONFIG_REFERENCE
 */
export async function withQuarantine<Result>(
  config: LoadedConfig,
  surroundings: Surroundings,
  callback: (quarantine: RunQuarantine | undefined) => Promise<Result>,
): Promise<Result> {
  const settings = settingsOf(config, surroundings);
  if (!settings) return await callback(undefined);
  const { run, isResumed = false } = surroundings;
  const first = headLine(run, settings.key);
  (isResumed ? continueFile : createFile)(settings.file, first);
  try {
    return await callback({
      settings,
      sealedBefore: ledger => sealedBefore(settings, ledger, run),
      close: into => close(settings, into, run),
    });
  } finally {
    if (!hasRows(settings.file, first)) removeFile(settings.file);
  }
}

function settingsOf({ quarantine, baseDir }: LoadedConfig, { run, env }: Surroundings): QuarantineSettings | undefined {
  if (!quarantine) return undefined;
  const path = 'quarantine.public_key';
  const pem = resolveKey({ reference: quarantine.publicKey, path, baseDir }, { env, isPrivate: false });
  const key = keyFingerprint(parsePublicKey(pem, path));
  const file = resolve(baseDir, quarantine.file.replaceAll('{run}', run));
  return { file, publicKey: pem, key, maxRows: quarantine.maxRows };
}

async function sealedBefore({ file, key }: QuarantineSettings, connect: Connect, run: string): Promise<number> {
  const committed = await committedRows(connect, run);
  const rows = committed.reduce((sum, one) => sum + one.rows, 0);
  if (rows > 0 && !hasRows(file, headLine(run, key))) {
    throw new AnonymizeError('ANON_QUARANTINE_FILE', { file, detail: 'what the run sealed into it before is gone' });
  }
  return rows;
}

async function close(settings: QuarantineSettings, into: ConnectionSettings, run: string): Promise<Quarantined> {
  const { file, publicKey, key } = settings;
  const first = headLine(run, key);
  const tables = new Map<string, number>();
  let total = 0;
  if (hasRows(file, first)) {
    const options = { side: 'target', max: 1, applicationName: `anonymize/${run}/main` } as const;
    const committed = await withPool(into, options, pool => committedRows(work => withClient(pool, work), run));
    for (const { table, rows } of committed) {
      tables.set(tableKey(table), (tables.get(tableKey(table)) ?? 0) + rows);
      total += rows;
    }
    const parsed = parsePublicKey(publicKey, 'quarantine.public_key');
    appendLines(file, sealedLine(END_HEAD, JSON.stringify(committed), { first, publicKey: parsed }));
  }
  return { file, rows: total, tables };
}
