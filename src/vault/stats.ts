// What the vault holds: domains, tokens and keys, in numbers.

import { withClient } from '../pg/connect.ts';
import type { Vault } from './session.ts';

export interface DomainStats {
  readonly domain: string;
  readonly tokens: number;
  /** Bytes of the sealed values. */
  readonly bytes: number;
  /** The version of the key that seals. */
  readonly key_version: number;
  /** More than one: a rotation was interrupted. */
  readonly keys: number;
  readonly created: string;
}

const STATS = `
select d.name as domain, d.created, max(k.version) as key_version, count(*)::int as keys,
  coalesce(max(t.tokens), 0)::float8 as tokens, coalesce(max(t.bytes), 0)::float8 as bytes
from pgveil_vault.domain as d
left join pgveil_vault.domain_key as k on k.domain_id = d.id
left join (
  select domain_id, count(*) as tokens, sum(octet_length(sealed)) as bytes from pgveil_vault.token group by domain_id
) as t on t.domain_id = d.id
group by d.id order by d.name`;

/** One entry for each domain, by name. */
export function vaultStats({ pool }: Pick<Vault, 'pool'>): Promise<readonly DomainStats[]> {
  return withClient(pool, async client => {
    const { rows } = await client.query<Omit<DomainStats, 'created'> & { created: Date }>(STATS);
    return rows.map(row => ({ ...row, created: row.created.toISOString() }));
  });
}
