// What is asked of the vault for one batch: which tokens are there, and to add those that are not. One statement each.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { type Client, type DatabasePool, withClient } from '../pg/connect.ts';
import { binaryArray } from './binary-array.ts';
import type { DomainKey } from './domain-keys.ts';
import type { SealedEntry } from './token-row.ts';

/** deadlock_detected and serialization_failure: the server undid the statement and asks to repeat it. */
const REPEATABLE: ReadonlySet<unknown> = new Set(['40P01', '40001']);
const ATTEMPTS = 5;

/** A new vault has no statistics: a table that seems to be small would be read whole, for each value. */
const ONLY_INDEXES = 'set enable_seqscan = off';
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

// `limit 1` keeps the planner from any other join: without statistics it reads the whole domain for each batch, which took
// 15 ms instead of 0.8 for 500 of 10,000 tokens, and grows with the domain.
const FIND_TOKENS = `
select (asked.number - 1)::int as number, known.token
from unnest($2::bytea[]) with ordinality as asked (fingerprint, number)
cross join lateral (
  select token from pgveil_vault.token where domain_id = $1 and fingerprint = asked.fingerprint limit 1
) as known`;

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

const IS_ALIVE = 'select from pgveil_vault.domain_key where domain_id = $1 limit 1';

/** Whether tokens of the domain still stand for something. */
export async function isDomainAlive(client: ClientBase, domainId: number): Promise<boolean> {
  return (await client.query(IS_ALIVE, [domainId])).rowCount === 1;
}

// The lock on the key makes a purge and a rotation wait for this statement, and this statement see that they were faster.
const addStatement = (onConflict: string): string => `
with alive as materialized (
  select 1 from pgveil_vault.domain_key where domain_id = $1 and version = $2 for key share
), added as (
  insert into pgveil_vault.token (domain_id, key_version, fingerprint, token, sealed)
  select $1, $2, fresh.fingerprint, fresh.token, fresh.sealed
  from alive, unnest($3::bytea[], $4::text[], $5::bytea[]) as fresh (fingerprint, token, sealed)
  ${onConflict} returning 1
)
select (select count(*)::int from alive) as alive, (select count(*)::int from added) as added`;

/** Without a named constraint it covers both: a token that another value has is passed over too, for the caller to find. */
const ADD_WHERE_ABSENT = addStatement('on conflict do nothing');
/** The same costs the server 4 µs a row instead of 7 where it need not look first (docs/decisions/0012). */
const ADD_ALL = addStatement('');
const UNIQUE_VIOLATION = '23505';

/** Rows to add. */
export interface Addition {
  /** Sorted by fingerprint, so that two writers cannot wait for each other. */
  readonly rows: readonly SealedEntry[];
  readonly key: DomainKey;
  /** They are likely to be new, all of them. */
  readonly isNew: boolean;
}

/**
 * Adds rows and commits them; passes over those whose fingerprint or token is there.
 * @returns how many were added, or undefined where the key is gone
 */
export async function addTokens(client: ClientBase, { rows, key, isNew }: Addition): Promise<number | undefined> {
  const values = [
    key.domainId,
    key.version,
    binaryArray(
      'bytea',
      rows.map(({ fingerprint }) => fingerprint),
    ),
    binaryArray(
      'text',
      rows.map(({ token }) => token),
    ),
    binaryArray(
      'bytea',
      rows.map(({ sealed }) => sealed),
    ),
  ];
  const add = async (sql: string): Promise<number | undefined> => {
    const { rows: counted } = await client.query<{ alive: number; added: number }>(sql, values);
    return counted[0]?.alive === 1 ? counted[0].added : undefined;
  };
  if (!isNew) return add(ADD_WHERE_ABSENT);
  try {
    return await add(ADD_ALL);
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== UNIQUE_VIOLATION) throw cause;
    return add(ADD_WHERE_ABSENT);
  }
}
