// A new data key for a domain. Its values are sealed again in batches, each committed for itself; when none is left under an
// older key, that key is dropped. Interrupted at any point, the next rotation goes on where this one stopped.

import { AnonymizeError } from '../errors.ts';
import { type Client, withClient, withTransaction } from '../pg/connect.ts';
import { binaryArray } from './binary-array.ts';
import { addKey, type DomainKey, findKeys } from './domain-keys.ts';
import { audit, checkReason, type Responsible, unknownDomain, type Vault } from './session.ts';
import { inVault } from './statements.ts';
import { sealEntry, unsealEntry } from './token-row.ts';

export interface RotateRequest extends Responsible {
  readonly domain: string;
  /** Told after each batch how many values were sealed again so far. */
  readonly onProgress?: (resealed: number) => void;
}

const BATCH_ROWS = 2000;

/**
 * Rotates one domain's key.
 * @returns how many values were sealed again; of an interrupted rotation only the rest
 */
export async function rotate(vault: Vault, request: RotateRequest): Promise<number> {
  checkReason(request);
  const { pool, secret } = vault;
  const { domain } = request;
  const keys = await withClient(pool, async client => {
    const known = await findKeys(client, secret, domain);
    const [newest] = known;
    if (!newest) throw await unknownDomain(client, domain);
    if (known.length > 1) return known; // an interrupted rotation: it has made its key
    await client.query(ANALYZE);
    await addKey(client, secret, { domain, version: newest.version + 1 });
    return findKeys(client, secret, domain);
  });
  const [newest, ...older] = keys as [DomainKey, ...DomainKey[]]; // there is one
  let resealed = 0;
  for (const old of older) {
    // Writers that still have the old key may add values while this goes on; dropping it waits for them, and then looks again.
    do {
      resealed += await resealAll(vault, { old, newest, onBatch: count => request.onProgress?.(resealed + count) });
    } while (!(await dropKey(vault, old)));
  }
  await withClient(pool, client =>
    audit(client, { ...request, action: 'rotate', asked: resealed, resolved: resealed }),
  );
  return resealed;
}

/** For the plan of RESEAL: without statistics it reads the whole domain for each batch. Who may not is only warned. */
const ANALYZE = 'analyze pgveil_vault.token';
const NEXT_ROWS = `
select fingerprint, token, sealed from pgveil_vault.token
where domain_id = $1 and fingerprint > $2 and key_version = $3 order by fingerprint limit $4`;
const RESEAL = `
update pgveil_vault.token as t set sealed = fresh.sealed, key_version = $3
from unnest($4::bytea[], $5::bytea[]) as fresh (fingerprint, sealed)
where t.domain_id = $1 and t.fingerprint = fresh.fingerprint and t.key_version = $2`;

interface SealedRow {
  readonly fingerprint: Buffer;
  readonly token: string;
  readonly sealed: Buffer;
}

interface Reseal {
  readonly old: DomainKey;
  readonly newest: DomainKey;
  readonly onBatch: (resealed: number) => void;
}

async function resealAll({ pool }: Vault, { old, newest, onBatch }: Reseal): Promise<number> {
  let last: Buffer = Buffer.alloc(0);
  let resealed = 0;
  for (;;) {
    const rows = await inVault(pool, async client => {
      const found = await client.query<SealedRow>(NEXT_ROWS, [old.domainId, last, old.version, BATCH_ROWS]);
      if (found.rows.length > 0) await reseal(client, found.rows, { old, newest });
      return found.rows;
    });
    const end = rows.at(-1);
    if (!end) return resealed;
    last = end.fingerprint;
    resealed += rows.length;
    onBatch(resealed);
  }
}

async function reseal(
  client: Client,
  rows: readonly SealedRow[],
  { old, newest }: Pick<Reseal, 'old' | 'newest'>,
): Promise<void> {
  const sealed = rows.map(({ fingerprint, token: text, sealed: before }) => {
    const token = Buffer.from(text);
    const value = unsealEntry({ fingerprint, token, sealed: before }, old);
    if (!value) throw new AnonymizeError('ANON_VAULT_SEAL', { domain: old.domain, count: 1 });
    return sealEntry({ fingerprint, token, value }, newest).sealed;
  });
  const fingerprints = rows.map(({ fingerprint }) => fingerprint);
  await client.query(RESEAL, [
    old.domainId,
    old.version,
    newest.version,
    binaryArray('bytea', fingerprints),
    binaryArray('bytea', sealed),
  ]);
}

const LOCK_KEY = 'select from pgveil_vault.domain_key where domain_id = $1 and version = $2 for update';
const IS_USED = `
select exists (select from pgveil_vault.token where domain_id = $1 and key_version = $2) as "isUsed"`;
const DROP_KEY = 'delete from pgveil_vault.domain_key where domain_id = $1 and version = $2';

/** Whether the key is gone; not while values are sealed with it. */
function dropKey({ pool }: Vault, { domainId, version }: DomainKey): Promise<boolean> {
  return withClient(pool, client =>
    withTransaction(client, 'begin', async () => {
      await client.query(LOCK_KEY, [domainId, version]);
      // A statement of its own: it sees what those wrote whom the lock has waited for.
      const { rows } = await client.query<{ isUsed: boolean }>(IS_USED, [domainId, version]);
      if (rows[0]?.isUsed) return false;
      await client.query(DROP_KEY, [domainId, version]);
      return true;
    }),
  );
}
