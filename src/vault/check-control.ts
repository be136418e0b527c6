// What is asked of the control database before a run that needs it: for its tokens, or for what it spends of privacy.

import type { ClientBase } from 'pg';
import type { ConnectionSettings } from '../config/connection-url.ts';
import { type Finding, finding } from '../errors.ts';
import { withClient, withPool } from '../pg/connect.ts';
import { isSameDatabase } from '../pg/preflight.ts';
import { checkSecret } from './domain-keys.ts';
import { missingMigrations } from './migrate.ts';

export interface ControlCheck {
  readonly control: ConnectionSettings | undefined;
  readonly sourceSession: ClientBase;
  readonly targetSession: ClientBase;
  /** That of the vault, where the run keeps tokens. */
  readonly vaultSecret: Uint8Array | undefined;
  /** See PoolOptions. */
  readonly stallAfterMs?: number | undefined;
}

/**
 * Whether the control database is one of its own, migrated, and its vault filled with this secret.
 * @throws {AnonymizeError} ANON_VAULT_SECRET, or what keeps it from being reached
 */
export async function checkControl(check: ControlCheck): Promise<Finding[]> {
  const { control, sourceSession, targetSession, vaultSecret, stallAfterMs } = check;
  if (!control) throw new Error('the plan needs a control database, and there is none');
  const options = { side: 'control', max: 1, applicationName: 'anonymize/check', stallAfterMs } as const;
  return withPool(control, options, pool =>
    withClient(pool, async client => {
      const place = [
        ...((await isSameDatabase(sourceSession, client)) ? [finding('ANON_VAULT_PLACE', { side: 'source' })] : []),
        ...((await isSameDatabase(targetSession, client)) ? [finding('ANON_VAULT_PLACE', { side: 'target' })] : []),
      ];
      if (place.length > 0) return place;
      const missing = await missingMigrations(client);
      if (missing.length > 0) return [finding('ANON_CONTROL_MIGRATE', { missing: missing.join(', ') })];
      if (vaultSecret) await checkSecret(client, vaultSecret);
      return [];
    }),
  );
}
