// Whether the secret is the one that a table of the target was filled with. Under another one, every replacement decrypts to
// something that looks like a value and is none.

import type { ClientBase } from 'pg';
import { keyCheckValue } from '../crypto/keys.ts';
import { AnonymizeError } from '../errors.ts';
import type { TableName } from '../pg/identifiers.ts';

const HAS_LEDGER = `
select pg_catalog.to_regclass('pgveil.run') is not null and pg_catalog.to_regclass('pgveil.slice') is not null as found`;

// The last run that was finished for each table. Tables that no slice names (their partitions were joined, say) count as
// filled by the last run of all.
const FILLED_BY = `
with named as (
  select distinct on (s.schema_name, s.table_name) r.key_check, r.config_sha256
  from pgveil.slice as s join pgveil.run as r on r.id = s.run
  where r.state = 'done' and (s.schema_name, s.table_name) in (select * from unnest($1::text[], $2::text[]))
  order by s.schema_name, s.table_name, r.finished desc
), latest as (
  select key_check, config_sha256 from pgveil.run where state = 'done' order by finished desc limit 1
)
select distinct key_check as "keyCheck", config_sha256 as "configSha256" from named
union all
select * from latest where not exists (select from named)`;

interface Filling {
  readonly keyCheck: string | null;
  readonly configSha256: string;
}

export interface SecretCheck {
  readonly secret: Uint8Array;
  readonly configSha256: string;
  /** The tables that hold the rows. */
  readonly tables: readonly TableName[];
  /** Goes on where the ledger does not tell. */
  readonly isUnchecked: boolean;
}

/**
 * @returns whether the configuration is, byte for byte, that of the run; its rules may be the same where it is not
 * @throws {AnonymizeError} ANON_DECRYPT_SECRET for another secret, ANON_DECRYPT_UNCHECKED where that cannot be told
 */
export async function checkTargetSecret(
  client: ClientBase,
  { secret, configSha256, tables, isUnchecked }: SecretCheck,
): Promise<boolean> {
  const fillings = await fillingsOf(client, tables);
  const known = fillings.flatMap(({ keyCheck }) => keyCheck ?? []);
  if (known.some(keyCheck => keyCheck !== keyCheckValue(secret))) throw new AnonymizeError('ANON_DECRYPT_SECRET');
  const isTold = fillings.length > 0 && known.length === fillings.length;
  if (!isTold && !isUnchecked) throw new AnonymizeError('ANON_DECRYPT_UNCHECKED');
  return isTold && fillings.every(filling => filling.configSha256 === configSha256);
}

async function fillingsOf(client: ClientBase, tables: readonly TableName[]): Promise<readonly Filling[]> {
  const { rows: asked } = await client.query<{ found: boolean }>(HAS_LEDGER);
  if (!asked[0]?.found) return [];
  const names = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
  return (await client.query<Filling>(FILLED_BY, names)).rows;
}
