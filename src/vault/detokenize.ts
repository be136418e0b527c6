// Tokens back into values: for who has the secret and the control database. That it was done is committed before a value is seen.

import { AnonymizeError } from '../errors.ts';
import { type Client, withClient, withTransaction } from '../pg/connect.ts';
import { binaryArray } from './binary-array.ts';
import { type DomainKey, findKeys } from './domain-keys.ts';
import { audit, checkReason, type Responsible, unknownDomain, type Vault } from './session.ts';
import { unsealEntry } from './token-row.ts';

export interface DetokenizeRequest extends Responsible {
  readonly domain: string;
}

/** A token, and its value where the domain has it. */
export interface Detokenized {
  readonly token: string;
  readonly value: string | undefined;
}

/**
 * The values of some tokens, in their order.
 * @throws {AnonymizeError} ANON_VAULT_DOMAIN, ANON_VAULT_SEAL, ANON_USAGE without a reason
 */
export function detokenize(
  { pool, secret }: Vault,
  request: DetokenizeRequest,
  tokens: readonly string[],
): Promise<readonly Detokenized[]> {
  checkReason(request);
  const { domain } = request;
  return withClient(pool, client =>
    withTransaction(client, 'begin', async () => {
      const keys = await findKeys(client, secret, domain);
      if (keys.length === 0) throw await unknownDomain(client, domain);
      const found = await findValues(client, keys, tokens);
      const detokenized = tokens.map((token, index) => ({ token, value: found.get(index) }));
      await audit(client, { ...request, action: 'detokenize', asked: tokens.length, resolved: found.size });
      return detokenized;
    }),
  );
}

const FIND_VALUES = `
select (asked.number - 1)::int as number, known.key_version as version, known.fingerprint, known.token, known.sealed
from unnest($2::text[]) with ordinality as asked (token, number)
cross join lateral (
  select key_version, fingerprint, token, sealed from pgveil_vault.token
  where domain_id = $1 and token = asked.token limit 1
) as known`; // `limit 1` for the same reason as in statements.ts

interface FoundRow {
  readonly number: number;
  readonly version: number;
  readonly fingerprint: Buffer;
  readonly token: string;
  readonly sealed: Buffer;
}

async function findValues(
  client: Client,
  keys: readonly DomainKey[],
  tokens: readonly string[],
): Promise<ReadonlyMap<number, string>> {
  const [{ domainId, domain }] = keys as [DomainKey]; // not empty
  const keyOf = new Map(keys.map(key => [key.version, key]));
  const asked = binaryArray(
    'text',
    tokens.map(token => Buffer.from(token)),
  );
  const { rows } = await client.query<FoundRow>(FIND_VALUES, [domainId, asked]);
  const values = new Map<number, string>();
  let broken = 0;
  for (const { number, version, fingerprint, token, sealed } of rows) {
    const key = keyOf.get(version);
    const value = key && unsealEntry({ fingerprint, token: Buffer.from(token), sealed }, key);
    if (value) values.set(number, value.toString());
    else broken++;
  }
  if (broken > 0) throw new AnonymizeError('ANON_VAULT_SEAL', { domain, count: broken });
  return values;
}
