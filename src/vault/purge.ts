// Crypto-shredding: a domain's keys are dropped in one transaction, and from then on its tokens stand for nothing, wherever
// copies of them are. What is left of them in the vault goes afterwards, in pieces.

import { type Client, withClient, withTransaction } from '../pg/connect.ts';
import { audit, checkReason, type Responsible, unknownDomain, type Vault } from './session.ts';

export interface PurgeRequest extends Responsible {
  readonly domain: string;
}

const COUNT = `
select count(token)::int as tokens from pgveil_vault.domain as d
left join pgveil_vault.token as t on t.domain_id = d.id where d.name = $1 group by d.id`;
const DROP_DOMAIN = 'delete from pgveil_vault.domain where name = $1';
/** The key's bytes are still in its page, and whoever has the secret could read them there. */
const CLEAN_KEYS = 'vacuum pgveil_vault.domain_key';

/** @returns how many tokens stand for nothing now @throws {AnonymizeError} ANON_VAULT_DOMAIN */
export function purge({ pool }: Pick<Vault, 'pool'>, request: PurgeRequest): Promise<number> {
  checkReason(request);
  const { domain } = request;
  return withClient(pool, async client => {
    const tokens = await withTransaction(client, 'begin', async () => {
      const { rows } = await client.query<{ tokens: number }>(COUNT, [domain]);
      const [found] = rows;
      if (!found) throw await unknownDomain(client, domain);
      await client.query(DROP_DOMAIN, [domain]);
      await audit(client, { ...request, action: 'purge', asked: found.tokens, resolved: 0 });
      return found.tokens;
    });
    await client.query(CLEAN_KEYS);
    await dropLeftovers(client);
    return tokens;
  });
}

/** Domains of tokens that are no domains any more; from each id to the next by the index. */
const LEFT_DOMAINS = `
with recursive ids (id) as (
  select min(domain_id) from pgveil_vault.token
  union all
  select (select min(domain_id) from pgveil_vault.token where domain_id > ids.id) from ids where ids.id is not null
)
select id from ids where id is not null and not exists (select from pgveil_vault.domain as d where d.id = ids.id)`;
const DROP_SOME = `
delete from pgveil_vault.token where ctid = any (array(
  select ctid from pgveil_vault.token where domain_id = $1 limit 10000))`;

/** Also what a purge that was interrupted has left. */
async function dropLeftovers(client: Client): Promise<void> {
  const { rows } = await client.query<{ id: number }>(LEFT_DOMAINS);
  for (const { id } of rows) {
    while (((await client.query(DROP_SOME, [id])).rowCount ?? 0) > 0);
  }
}
