// The strategy contract. One file in strategies/ default-exports one defineStrategy({ … }); its name is the file's name.
// The engine keeps NULLs away from a strategy and checks what comes out against the type of the column.

import { z } from 'zod';
import type { Column, ColumnOutput } from './batch/column.ts';
import type { Prf } from './kernels/prf.ts';

export type { Column, ColumnOutput } from './batch/column.ts';
export type { Prf } from './kernels/prf.ts';
export { z };

/** What a value is, from a strategy's point of view. Each covers several PostgreSQL types (see codec/types.ts). */
export const VALUE_KINDS = [
  'text',
  'integer',
  'decimal',
  'float',
  'boolean',
  'date',
  'timestamp',
  'time',
  'interval',
  'uuid',
  'bytes',
  'json',
  'inet',
  'enum',
  'array',
  'other',
] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** The PostgreSQL type of a column, as far as a strategy may care. */
export interface ColumnType {
  /** As PostgreSQL prints it: `character varying(40)`. */
  readonly name: string;
  readonly kind: ValueKind;
  /** Characters that fit (varchar(n), char(n)), when limited. */
  readonly maxLength?: number | undefined;
  /** Inclusive bounds of an integer type. */
  readonly range?: { readonly min: bigint; readonly max: bigint } | undefined;
  /** Labels of an enum type. */
  readonly labels?: readonly string[] | undefined;
}

/** What a strategy may know about the column that it is created for. */
export interface StrategyContext {
  /** `schema.table.column`, for messages. */
  readonly column: string;
  readonly type: ColumnType;
  /** Rows to expect, rounded up to a power of 1000 so that widths do not change as a table grows. */
  readonly rows: number;
  readonly domain: string;
  /** What `prepared` of the instance was while planning; undefined there. */
  readonly prepared?: unknown;
  /** The keyed function of this column's domain. Two purposes in one domain are independent. */
  prf(purpose: string): Prf;
}

/**
 * Promises of a strategy; the contract test holds every file to them, the plan uses them.
 * `uniqueness`: `preserved` = different inputs never collide; `likely` = they collide with the probability that `bits` gives
 * (see StrategyInstance); `lossy` = collisions are normal.
 */
export interface Guarantees {
  readonly deterministic: boolean;
  readonly reversible: boolean;
  readonly uniqueness: 'preserved' | 'likely' | 'lossy';
  /** Its output depends on the secret, so it needs one. */
  readonly keyed: boolean;
  /** It may yield NULL for a value that is not NULL. */
  readonly yieldsNull: boolean;
}

/** What `create` returns: one of three ways to replace values, and what the plan should know about the outcome. */
export type StrategyInstance = (
  | { readonly keep: true }
  /** One value in, one value (or NULL) out. */
  | { readonly value: (value: string) => string | null }
  /** A whole column: pushes exactly `input.count` values (or NULLs). */
  | { readonly column: (input: Column, output: ColumnOutput) => void }
) & {
  /** Characters of the longest possible output, if there is a limit. */
  readonly maxLength?: number;
  /** For `likely`: log2 of the number of equally likely outputs; the plan derives the collision bound from it. */
  readonly bits?: number;
  /** All outputs there can be, where they are few: the target is asked whether the column takes them. null is NULL. */
  readonly outputs?: readonly (string | null)[];
  /**
   * Plain data that took time to make and does not depend on the secret: made once while planning, and given to `create` in
   * every worker as `context.prepared`.
   */
  readonly prepared?: unknown;
  /** A sentence for the plan, such as the collision bound and what it rests on. */
  readonly note?: string;
};

/** An example: it becomes a test (with the example secret of docs/strategies.md) and documentation. */
export interface StrategyExample {
  readonly options?: Record<string, unknown>;
  /** PostgreSQL type; `text` unless said. */
  readonly type?: string;
  readonly input: string;
  /** null is NULL. */
  readonly output: string | null;
}

export interface StrategyDefinition<Options extends z.ZodObject = z.ZodObject> {
  /** One sentence. */
  readonly summary: string;
  /** Every option with a `.describe(…)`; strict: unknown options are refused. */
  readonly options: Options;
  readonly accepts: readonly ValueKind[] | 'any';
  readonly guarantees: Guarantees | ((options: z.output<Options>) => Guarantees);
  readonly examples: readonly StrategyExample[];
  /** What else a user should know, a sentence each: for the documentation. */
  readonly notes?: readonly string[];
  /** The default domain, where the strategy's name alone would mix what should stay apart (`fake` adds its kind). */
  readonly domain?: (options: z.output<Options>) => string;
  /**
   * Called once per column and worker, and once while planning; does all the slow work.
   * @throws {StrategyRefusal} when these options cannot work on this column
   */
  create(options: z.output<Options>, context: StrategyContext): StrategyInstance | Promise<StrategyInstance>;
}

/** Options that cannot work on a column: becomes a finding of the plan. Names and options only, never a value. */
export class StrategyRefusal extends Error {
  override name = 'StrategyRefusal';
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** A value that a strategy cannot handle: fails the run. The message says what is wanted, never what was found. */
export class UnfitValue extends Error {
  override name = 'UnfitValue';
}

/** Declares a strategy; gives `create` the types of its options. */
export function defineStrategy<Options extends z.ZodObject>(
  definition: StrategyDefinition<Options>,
): StrategyDefinition<Options> {
  return definition;
}
