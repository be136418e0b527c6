// The data keys of a domain: random ones, sealed under a key that derives from the master secret. Whoever drops them makes the
// domain's tokens unresolvable, in backups of the tokens too.

import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import { deriveKey, keyCheckValue } from '../crypto/keys.ts';
import { type SealingKey, seal, sealingKey, unseal } from '../crypto/seal.ts';
import { AnonymizeError } from '../errors.ts';

/** A domain and the key that seals new values. */
export interface DomainKey {
  readonly domain: string;
  readonly domainId: number;
  readonly version: number;
  readonly key: SealingKey;
  /** What every value under this key is sealed to. */
  readonly context: Buffer;
}

const FIND_KEYS = `
select d.id as "domainId", k.version, k.sealed from pgveil_vault.domain as d
join pgveil_vault.domain_key as k on k.domain_id = d.id where d.name = $1 order by k.version desc`;
const ADD_DOMAIN = 'insert into pgveil_vault.domain (name) values ($1) on conflict do nothing';
const ADD_KEY = `
insert into pgveil_vault.domain_key (domain_id, version, sealed)
select id, $2, $3 from pgveil_vault.domain where name = $1 on conflict do nothing`;

/** A purge may come between making a key and reading it. */
const ATTEMPTS = 3;

/** The domain's keys, the newest first; none where the vault does not know the domain. */
export async function findKeys(client: ClientBase, secret: Uint8Array, domain: string): Promise<readonly DomainKey[]> {
  const { rows } = await client.query<{ domainId: number; version: number; sealed: Buffer }>(FIND_KEYS, [domain]);
  return rows.map(({ domainId, version, sealed }) => {
    const key = unseal(sealedUnder(secret, domain), sealed, contextOf(domain, version));
    if (!key) throw new AnonymizeError('ANON_VAULT_SECRET');
    return { domain, domainId, version, key: sealingKey(key), context: contextOf(domain, version) };
  });
}

/** The key that seals the domain's new values; made where there is none. */
export async function currentKey(client: ClientBase, secret: Uint8Array, domain: string): Promise<DomainKey> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [newest] = await findKeys(client, secret, domain);
    if (newest) return newest;
    await client.query(ADD_DOMAIN, [domain]);
    await addKey(client, secret, { domain, version: 1 });
  }
  throw new AnonymizeError('ANON_VAULT_PURGED', { domain });
}

/** Makes a key of a version, unless there is one. */
export async function addKey(
  client: ClientBase,
  secret: Uint8Array,
  { domain, version }: { readonly domain: string; readonly version: number },
): Promise<void> {
  const sealed = seal(sealedUnder(secret, domain), randomBytes(32), contextOf(domain, version));
  await client.query(ADD_KEY, [domain, version, sealed]);
}

const ADD_CHECK = 'insert into pgveil_vault.secret (key_check) values ($1) on conflict do nothing';
const READ_CHECK = 'select key_check as "keyCheck" from pgveil_vault.secret';

/** Refuses another secret than the one that the vault was first used with. @throws {AnonymizeError} ANON_VAULT_SECRET */
export async function checkSecret(client: ClientBase, secret: Uint8Array): Promise<void> {
  const own = keyCheckValue(secret);
  const read = async (): Promise<string | undefined> =>
    (await client.query<{ keyCheck: string }>(READ_CHECK)).rows[0]?.keyCheck;
  let known = await read();
  if (known === undefined) {
    await client.query(ADD_CHECK, [own]);
    known = await read();
  }
  if (known !== own) throw new AnonymizeError('ANON_VAULT_SECRET');
}

const sealedUnder = (secret: Uint8Array, domain: string): SealingKey =>
  sealingKey(deriveKey(secret, 'vault/domain-key', domain));

/** Length-prefixed, so that no two domains share a context, whatever stands behind it. */
const contextOf = (domain: string, version: number): Buffer =>
  Buffer.from(`${version}:${Buffer.byteLength(domain)}:${domain}`);
