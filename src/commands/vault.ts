// anonymize vault stats | purge | rotate.

import { loadConfig } from '../config/load.ts';
import { formatBytes, formatCount } from '../report/amounts.ts';
import { purge } from '../vault/purge.ts';
import { rotate } from '../vault/rotate.ts';
import { withVault } from '../vault/session.ts';
import { vaultStats } from '../vault/stats.ts';
import type { Terminal } from './terminal.ts';

export interface VaultCommandOptions {
  readonly config: string;
  readonly json?: boolean;
}

export interface VaultChangeOptions {
  readonly config: string;
  readonly domain?: string;
  readonly reason: string;
}

type Ends = Pick<Terminal, 'out' | 'env'>;

/** What the vault holds, one line for each domain. */
export async function vaultStatsCommand({ config, json }: VaultCommandOptions, { out, env }: Ends): Promise<void> {
  const domains = await withVault(loadConfig(config), env, vaultStats);
  if (json) return out(`${JSON.stringify(domains, null, 2)}\n`);
  if (domains.length === 0) return out('The vault holds no domain.\n');
  for (const { domain, tokens, bytes, key_version, keys } of domains) {
    const rotation = keys > 1 ? ', rotation unfinished' : '';
    out(
      `${domain}: ${formatCount(tokens)} tokens, ${formatBytes(bytes)} sealed, key version ${key_version}${rotation}\n`,
    );
  }
}

/** Drops the keys of a domain. */
export async function vaultPurgeCommand(
  { config, domain = '', reason }: VaultChangeOptions,
  { out, env }: Ends,
): Promise<void> {
  const tokens = await withVault(loadConfig(config), env, vault => purge(vault, { domain, reason }));
  out(`${formatCount(tokens)} tokens of ${domain} stand for nothing any more.\n`);
}

/** Gives one domain, or all of them, a new key. */
export async function vaultRotateCommand(
  { config, domain, reason }: VaultChangeOptions,
  { out, err, env }: Ends & Pick<Terminal, 'err'>,
): Promise<void> {
  await withVault(loadConfig(config), env, async vault => {
    const domains = domain === undefined ? (await vaultStats(vault)).map(one => one.domain) : [domain];
    for (const name of domains) {
      const onProgress = (count: number): void => err(`${name}: ${formatCount(count)} sealed again\n`);
      const resealed = await rotate(vault, { domain: name, reason, onProgress });
      out(`${name}: ${formatCount(resealed)} values are sealed under a new key.\n`);
    }
  });
}
