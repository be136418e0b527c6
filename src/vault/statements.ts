// What is asked of the vault for one batch: which tokens are there, and to add those that are not. One statement each.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { type Client, type DatabasePool, withClient } from '../pg/connect.ts';
import { binaryArray } from './binary-array.ts';
import type { DomainKey } from './domain-keys.ts';
import { sealEntry, type TokenEntry } from './token-row.ts';

/** deadlock_detected and serialization_failure: the server undid the statement and asks to repeat it. */
const REPEATABLE: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const ATTEMPTS = 5;

/** The planner does not know how many elements an array has, and reads the whole table for a few thousand. */
const ONLY_INDEXES = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off';
const ready = new WeakSet<ClientBase>();

/** Runs one statement's worth of work in the vault; repeats it where the server asks to. */
export async function inVault<T>(pool: DatabasePool, work: (client: Client) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withClient(pool, async client => {
        if (!ready.has(client)) await client.query(ONLY_INDEXES);
        ready.add(client);
        return await work(client);
      });
    } catch (cause) {
      const isRepeatable = cause instanceof AnonymizeError && REPEATABLE.has(cause.facts.sqlstate);
      if (!isRepeatable || attempt === ATTEMPTS) throw cause;
    }
  }
}

const FIND_TOKENS = `
select (asked.number - 1)::int as number, known.token
from unnest($2::bytea[]) with ordinality as asked (fingerprint, number)
join pgveil_vault.token as known on known.domain_id = $1 and known.fingerprint = asked.fingerprint`;

/** The tokens that the vault has, one for each fingerprint; undefined where it has none. */
export async function findTokens(
  client: ClientBase,
  domainId: number,
  fingerprints: readonly Uint8Array[],
): Promise<readonly (string | undefined)[]> {
  const asked = binaryArray('bytea', fingerprints);
  const { rows } = await client.query<{ number: number; token: string }>(FIND_TOKENS, [domainId, asked]);
  const tokens = new Array<string | undefined>(fingerprints.length).fill(undefined);
  for (const { number, token } of rows) tokens[number] = token;
  return tokens;
}

// The lock on the key makes a purge and a rotation wait for this statement, and this statement see that they were faster.
// Without a named constraint, `on conflict` covers both: a token that another value has is passed over too, for the caller to find.
const ADD_TOKENS = `
with alive as materialized (
  select 1 from pgveil_vault.domain_key where domain_id = $1 and version = $2 for key share
), added as (
  insert into pgveil_vault.token (domain_id, key_version, fingerprint, token, sealed)
  select $1, $2, fresh.fingerprint, fresh.token, fresh.sealed
  from alive, unnest($3::bytea[], $4::text[], $5::bytea[]) as fresh (fingerprint, token, sealed)
  on conflict do nothing returning 1
)
select (select count(*)::int from alive) as alive, (select count(*)::int from added) as added`;

/**
 * Adds rows and commits them; passes over those whose fingerprint or token is there.
 * @param entries sorted by fingerprint, so that two writers cannot wait for each other
 * @returns how many were added, or undefined where the key is gone
 */
export async function addTokens(
  client: ClientBase,
  key: DomainKey,
  entries: readonly TokenEntry[],
): Promise<number | undefined> {
  const { rows } = await client.query<{ alive: number; added: number }>(ADD_TOKENS, [
    key.domainId,
    key.version,
    binaryArray(
      'bytea',
      entries.map(({ fingerprint }) => fingerprint),
    ),
    binaryArray(
      'text',
      entries.map(({ token }) => token),
    ),
    binaryArray(
      'bytea',
      entries.map(entry => sealEntry(entry, key)),
    ),
  ]);
  const { alive, added } = rows[0]!; // one row, always
  return alive === 1 ? added : undefined;
}
