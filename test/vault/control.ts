// A control database for tests, and the vault in it as workers and commands open it.

import { hash } from 'node:crypto';
import { userInfo } from 'node:os';
import { type ConnectionSettings, parseConnectionUrl } from '../../src/config/connection-url.ts';
import { withPool } from '../../src/pg/connect.ts';
import { FINGERPRINT_BYTES, type NewTokens } from '../../src/strategy.ts';
import { detokenize } from '../../src/vault/detokenize.ts';
import { migrate } from '../../src/vault/migrate.ts';
import { type OpenVault, openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { columnOf } from '../strategies/replace.ts';

export const VAULT_SECRET = Buffer.from('the secret of the vault in the tests, 32 bytes and more');

export function settingsOf({ url }: TestDatabase): ConnectionSettings {
  return parseConnectionUrl(url, { env: {}, user: userInfo().username, path: 'control', baseDir: '/' });
}

/** Runs `callback` with a fresh control database, migrated; drops it. */
export async function withControlDatabase<T>(callback: (control: TestDatabase) => Promise<T>): Promise<T> {
  const control = await createDatabase();
  try {
    await asCommand(control, ({ pool }) => migrate(pool));
    return await callback(control);
  } finally {
    await control.drop();
  }
}

/** The vault as a command has it. */
export function asCommand<T>(
  control: TestDatabase,
  callback: (vault: Vault) => Promise<T>,
  secret: Uint8Array = VAULT_SECRET,
): Promise<T> {
  return withPool(settingsOf(control), { side: 'control', max: 1, applicationName: 'test' }, pool =>
    callback({ pool, secret }),
  );
}

/** The vault as a worker has it. */
export async function asWorker<T>(control: TestDatabase, callback: (vault: OpenVault) => Promise<T>): Promise<T> {
  const vault = openVault(settingsOf(control), { secret: VAULT_SECRET, applicationName: 'test worker' });
  try {
    return await callback(vault);
  } finally {
    await vault.close();
  }
}

/** Values as a strategy gives them to the vault. */
export function entriesOf(values: readonly string[]): NewTokens {
  const fingerprints = Buffer.concat(values.map(value => digestOf(value).subarray(0, FINGERPRINT_BYTES)));
  return { fingerprints, values: columnOf(values) };
}

/** A token that follows from its value. */
export const tokenOf = (value: string): string => digestOf(`token of ${value}`).toString('hex');

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

/** What tokens stand for, as `anonymize detokenize` says it. */
export async function resolve(
  control: TestDatabase,
  domain: string,
  tokens: readonly string[],
): Promise<(string | undefined)[]> {
  const found = await asCommand(control, vault => detokenize(vault, { domain, reason: 'a test' }, tokens));
  return found.map(({ value }) => value);
}
