// Replacements back into values, for who has the secret: of one column of the target, or given ones under its rule. Nothing is
// looked up and nothing is written, on either side.

import { type Origin, unchanged, type WayBack } from '../compose/origins.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Environment, resolveSecret } from '../config/references.ts';
import { AnonymizeError, unexpected } from '../errors.ts';
import { readCatalog } from '../pg/catalog.ts';
import type { Client } from '../pg/connect.ts';
import { displayName } from '../pg/identifiers.ts';
import { type ColumnName, eachDistinct, withTargetSession } from '../pg/target-values.ts';
import { bindWayBack } from '../plan/bind-way-back.ts';
import { checkTargetSecret } from './check-secret.ts';
import { columnGraph } from './column-graph.ts';
import { noRule, type TargetRules, targetRules } from './target-rules.ts';

/** A replacement, and its value where that can be told. */
export interface Decrypted {
  readonly replacement: string;
  readonly value: string | undefined;
  /** What the target holds in the columns that its value depends on, in the row that it is from; where there are any. */
  readonly beside?: Readonly<Record<string, string | null>>;
}

export interface DecryptOptions {
  /** Where env: references are looked up. */
  readonly env: Environment;
  /** The column of the target whose rule applies. */
  readonly column: ColumnName;
  /** Goes on where the target's ledger does not tell whether the secret is the right one. */
  readonly isUnchecked?: boolean | undefined;
}

/** What decrypts one column. */
export interface Decryption {
  /** `schema.table.column`. */
  readonly place: string;
  /** Columns of the row that values depend on: `decrypt` must be given them. */
  readonly reads: readonly string[];
  /** The configuration is, byte for byte, that of the run which filled the table. */
  readonly isSameConfig: boolean;
  /**
   * The values of replacements, in their order.
   * @param beside values of `reads` as the source has them, for all of these replacements
   * @throws {AnonymizeError} ANON_USAGE where one is missing
   */
  decrypt(
    replacements: readonly string[],
    beside?: Readonly<Record<string, string | null>>,
  ): Promise<readonly Decrypted[]>;
  /**
   * Calls back with what the column holds on the target, each different row of it and `reads` once, some at a time.
   * @throws {AnonymizeError} ANON_DECRYPT_READS
   */
  decryptColumn(callback: (decrypted: readonly Decrypted[]) => Promise<void>): Promise<void>;
}

/**
 * Runs `callback` with what decrypts a column. The configuration must be the one that the target was filled with: other
 * options, or another domain, would give other values.
 * @throws {AnonymizeError} ANON_DECRYPT_COLUMN, ANON_DECRYPT_RULE, ANON_DECRYPT_SECRET, ANON_DECRYPT_UNCHECKED, or what keeps
 * the target from being reached
 */
export async function withDecryption<T>(
  config: LoadedConfig,
  { env, column, isUnchecked = false }: DecryptOptions,
  callback: (decryption: Decryption) => Promise<T>,
): Promise<T> {
  const secret = await resolveSecret(config, env);
  return withTargetSession(config, { env, applicationName: 'anonymize/decrypt' }, async client => {
    const catalog = await readCatalog(client);
    const rules = await targetRules(config, column, { catalog, secret });
    const way = await wayOf(rules, column.column);
    const { leaves: tables } = rules;
    const check = { secret, configSha256: config.sha256, tables, isUnchecked };
    const isSameConfig = await checkTargetSecret(client, check);
    return callback({ ...decryptionOf(client, { rules, way, column: column.column }), isSameConfig });
  });
}

async function wayOf(rules: TargetRules, column: string): Promise<WayBack> {
  const { rule } = rules.ruleOf(column);
  const context = rules.contextOf(column);
  const way = await bindWayBack(rule, context);
  if (way.obstacle) throw noRule(context.place, way.obstacle.detail, way.obstacle.fixHint);
  if (way === unchanged) throw noRule(context.place, 'it is kept as it is.', NOTHING_TO_DO);
  return way;
}

const NOTHING_TO_DO = 'There is nothing to decrypt: the target holds its values.';

interface Turning {
  readonly rules: TargetRules;
  readonly way: WayBack;
  readonly column: string;
}

function decryptionOf(client: Client, { rules, way, column }: Turning): Omit<Decryption, 'isSameConfig'> {
  const { table } = rules;
  const place = displayName(table.schema, table.name, column);
  return {
    place,
    reads: [...way.reads, ...way.readsReplaced],
    async decrypt(replacements, beside = {}) {
      const given = (name: string): readonly (string | null)[] => replacements.map(() => givenFor(name, beside));
      const rows = {
        replacements,
        beside: new Map(way.reads.map(name => [name, given(name)])),
        besideReplaced: new Map(way.readsReplaced.map(name => [name, given(name)])),
      };
      const origins = await withoutValues(way.origins(rows));
      return replacements.map((replacement, index) => ({ replacement, value: toldValue(origins[index]) }));
    },
    async decryptColumn(callback) {
      const { columns, origins } = await columnGraph(rules, column, way);
      const [, ...others] = columns;
      await eachDistinct(client, { table, columns, withChildren: table.relkind === 'p' }, async rows => {
        const found = await withoutValues(origins(rows));
        await callback(
          rows.map(([replacement, ...values], index) => ({
            replacement: replacement!, // NULLs are left out
            value: toldValue(found[index]),
            ...(others.length > 0 && {
              beside: Object.fromEntries(others.map((name, at) => [name, values[at] ?? null])),
            }),
          })),
        );
      });
    },
  };
}

function givenFor(name: string, beside: Readonly<Record<string, string | null>>): string | null {
  if (Object.hasOwn(beside, name)) return beside[name]!; // it has it
  throw new AnonymizeError('ANON_USAGE', {
    detail: `The values depend on column ${displayName(name)} of their row: give what it holds in the source.`,
  });
}

/** What a strategy throws may tell of values. */
const withoutValues = (origins: Promise<readonly Origin[]>): Promise<readonly Origin[]> =>
  origins.catch((cause: unknown) => {
    throw unexpected(cause);
  });

const toldValue = (origin: Origin): string | undefined => (typeof origin === 'string' ? origin : undefined);
