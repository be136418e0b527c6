// Decrypts in tests: a column of the target of a pair, or given values under its rule.

import { type Decrypted, type Decryption, type LoadedConfig, withDecryption } from '../../src/index.ts';
import { parseColumnName } from '../../src/pg/target-values.ts';
import { environmentOf, type Pair } from '../sync.ts';

export interface HowToDecrypt {
  readonly secret?: string;
  readonly isUnchecked?: boolean;
  /** Instead of the superuser's. */
  readonly targetUrl?: string;
}

/** Runs `callback` with what decrypts a column, such as `public.person.email`. */
export function decrypting<T>(
  pair: Pair,
  config: LoadedConfig,
  column: string,
  callback: (decryption: Decryption) => Promise<T>,
  { secret, isUnchecked, targetUrl = pair.target.url }: HowToDecrypt = {},
): Promise<T> {
  const env = { ...environmentOf(pair, secret), TARGET_URL: targetUrl };
  const options = { env, column: parseColumnName(column, 'a test'), isUnchecked };
  return withDecryption(config, options, callback);
}

/** All that the column holds on the target. */
export async function decryptAll(
  pair: Pair,
  config: LoadedConfig,
  column: string,
  how?: HowToDecrypt,
): Promise<Decrypted[]> {
  const all: Decrypted[] = [];
  const collect = async (some: readonly Decrypted[]): Promise<void> => void all.push(...some);
  await decrypting(pair, config, column, decryption => decryption.decryptColumn(collect), how);
  return all;
}
