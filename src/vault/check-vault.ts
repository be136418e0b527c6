// What is asked of the control database before a run whose tokens go there.

import type { ClientBase } from 'pg';
import type { ConnectionSettings } from '../config/connection-url.ts';
import { type Finding, finding } from '../errors.ts';
import { withClient, withPool } from '../pg/connect.ts';
import { isSameDatabase } from '../pg/preflight.ts';
import { checkSecret } from './domain-keys.ts';
import { missingMigrations } from './migrate.ts';

export interface VaultCheck {
  readonly control: ConnectionSettings | undefined;
  readonly secret: Uint8Array | undefined;
  readonly sourceSession: ClientBase;
  readonly targetSession: ClientBase;
}

/**
 * Whether the vault is a database of its own, migrated, and filled with this secret.
 * @throws {AnonymizeError} ANON_VAULT_SECRET, or what keeps it from being reached
 */
export async function checkVault({ control, secret, sourceSession, targetSession }: VaultCheck): Promise<Finding[]> {
  if (!control || !secret) throw new Error('the plan keeps tokens without a control database or a secret');
  const options = { side: 'control', max: 1, applicationName: 'anonymize/check' } as const;
  return withPool(control, options, pool =>
    withClient(pool, async client => {
      const place = [
        ...((await isSameDatabase(sourceSession, client)) ? [finding('ANON_VAULT_PLACE', { side: 'source' })] : []),
        ...((await isSameDatabase(targetSession, client)) ? [finding('ANON_VAULT_PLACE', { side: 'target' })] : []),
      ];
      if (place.length > 0) return place;
      const missing = await missingMigrations(client);
      if (missing.length > 0) return [finding('ANON_CONTROL_MIGRATE', { missing: missing.join(', ') })];
      await checkSecret(client, secret);
      return [];
    }),
  );
}
