// The vault as commands see it: the control database of a configuration, checked, with the secret that opens it.

import { hostname, userInfo } from 'node:os';
import { connectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Environment, resolveSecret } from '../config/references.ts';
import { suggest } from '../config/suggest.ts';
import { AnonymizeError } from '../errors.ts';
import { type Client, type DatabasePool, withClient, withPool } from '../pg/connect.ts';
import { checkSecret } from './domain-keys.ts';
import { missingMigrations } from './migrate.ts';

/** An open vault. */
export interface Vault {
  readonly pool: DatabasePool;
  readonly secret: Uint8Array;
}

/** Who asks for something that is audited, and why. */
export interface Responsible {
  /** The operating system's user and host, beside the role that the database knows. */
  readonly who?: string;
  readonly reason: string;
}

/** Opens the control database that a configuration names; migrated or not. */
export function withControl<T>(
  config: LoadedConfig,
  env: Environment,
  callback: (pool: DatabasePool) => Promise<T>,
): Promise<T> {
  const settings = connectionSettings(config, 'control', { env, user: userInfo().username });
  return withPool(settings, { side: 'control', max: 1, applicationName: 'anonymize/vault' }, callback);
}

/**
 * Opens the vault.
 * @throws {AnonymizeError} ANON_CONTROL_MIGRATE, ANON_VAULT_SECRET, ANON_SECRET_MISSING, or what keeps it from being reached
 */
export async function withVault<T>(
  config: LoadedConfig,
  env: Environment,
  callback: (vault: Vault) => Promise<T>,
): Promise<T> {
  const secret = await resolveSecret(config, env);
  return withControl(config, env, async pool => {
    await withClient(pool, async client => {
      const missing = await missingMigrations(client);
      if (missing.length > 0) throw new AnonymizeError('ANON_CONTROL_MIGRATE', { missing: missing.join(', ') });
      await checkSecret(client, secret);
    });
    return callback({ pool, secret });
  });
}

const DOMAINS = 'select name from pgveil_vault.domain order by name';

/** ANON_VAULT_DOMAIN, with the name that was meant. */
export async function unknownDomain(client: Client, domain: string): Promise<AnonymizeError> {
  const { rows } = await client.query<{ name: string }>(DOMAINS);
  const suggestion = suggest(
    domain,
    rows.map(({ name }) => name),
  );
  return new AnonymizeError('ANON_VAULT_DOMAIN', { domain, suggestion });
}

const AUDIT = `
insert into pgveil_vault.audit (who, action, domain, reason, asked, resolved) values ($1, $2, $3, $4, $5, $6)`;

/** What is written down. */
export interface Deed extends Responsible {
  readonly action: 'detokenize' | 'purge' | 'rotate';
  readonly domain: string;
  /** Tokens that were asked for, and those that were there. */
  readonly asked: number;
  readonly resolved: number;
}

/** Writes down who did what; part of the transaction at hand. */
export async function audit(client: Client, { who, action, domain, reason, asked, resolved }: Deed): Promise<void> {
  const by = who ?? `${userInfo().username}@${hostname()}`;
  await client.query(AUDIT, [by, action, domain, reason, asked, resolved]);
}

/** @throws {AnonymizeError} ANON_USAGE where nobody says why */
export function checkReason({ reason }: Responsible): void {
  if (reason.trim() === '') throw new AnonymizeError('ANON_USAGE', { detail: '--reason is empty: say why.' });
}
