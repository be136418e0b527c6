// The vault of one worker: one connection to the control database, opened when the first token needs it.

import type { Stored } from '../batch/replace-columns.ts';
import type { ConnectionSettings } from '../config/connection-url.ts';
import { closePool, openPool } from '../pg/connect.ts';
import type { TokenVault } from '../strategy.ts';
import type { Room } from './fingerprint-set.ts';
import { StoredTokens } from './stored-tokens.ts';

export interface OpenVault extends TokenVault, Stored {
  /** Begins to read what the vault has of the domains that were asked for so far: about so many values are to come. */
  expect(rows: number): void;
  close(): Promise<void>;
}

export interface OpenVaultOptions {
  readonly secret: Uint8Array;
  readonly applicationName: string;
  /** See PoolOptions. */
  readonly stallAfterMs?: number | undefined;
  /** For knowing which tokens the vault has: 43 a token at most, as it grows. */
  readonly knownBytes?: number;
}

const KNOWN_BYTES = 8_000_000;

/** Opens a vault; that it is migrated and has this secret is checked before (check-vault.ts). */
export function openVault(
  control: ConnectionSettings,
  { secret, knownBytes = KNOWN_BYTES, ...options }: OpenVaultOptions,
): OpenVault {
  const pool = openPool(control, { side: 'control', max: 1, ...options });
  const domains = new Map<string, StoredTokens>();
  const room: Room = { bytes: knownBytes };
  return {
    tokens(domain, format, isDrawn = false) {
      const name = JSON.stringify([domain, format]);
      const known = domains.get(name);
      if (known) return known;
      const tokens = new StoredTokens({ pool, secret, domain, room, isDrawn });
      domains.set(name, tokens);
      return tokens;
    },
    expect(rows) {
      for (const tokens of domains.values()) tokens.expect(rows);
    },
    async room() {
      for (const tokens of domains.values()) await tokens.room();
    },
    async settle() {
      for (const tokens of domains.values()) await tokens.settle();
    },
    close: () => closePool(pool),
  };
}
