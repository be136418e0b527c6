// The strategy contract. One file in strategies/ default-exports one defineStrategy({ … }); its name is the file's name.
// The engine keeps NULLs away from a strategy and checks what comes out against the type of the column.

import type { Column, ColumnOutput, ColumnWithNulls } from './batch/column.ts';
import type { Prf } from './kernels/prf.ts';
import { z } from './zod.ts';

export type { Column, ColumnOutput, ColumnWithNulls } from './batch/column.ts';
export type { Prf } from './kernels/prf.ts';
export { z };

/** What a value is, from a strategy's point of view. Each covers several PostgreSQL types (see codec/column-type.ts). */
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
  /** What an array holds, whatever its dimensions. */
  readonly element?: ColumnType | undefined;
}

/** The table of a column, as far as a strategy may care. */
export interface TableFacts {
  /** `schema.table`; of a partition, the partitioned table on top, so that all partitions agree. */
  readonly name: string;
  readonly isPartition: boolean;
  /** Empty where there is none. */
  readonly primaryKey: readonly string[];
  /** Sets of columns in which no two rows agree: unique without a condition, and NOT NULL. The primary key is one of them. */
  readonly keys: readonly (readonly string[])[];
}

/** A column of the same row that a strategy reads. */
export interface ReadColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a strategy may know about the column that it is created for. */
export interface StrategyContext {
  /** `schema.table.column`, for messages. */
  readonly column: string;
  /** The column's own name, the same in every partition. */
  readonly columnName: string;
  /** Of a nested rule, where it is in the column: `$.email`; empty for the column's own. */
  readonly at: string;
  readonly type: ColumnType;
  readonly table: TableFacts;
  /** The columns that the definition's `reads` named, in its order, each once. */
  readonly reads: readonly ReadColumn[];
  /** The columns that the definition's `readsReplaced` named, in its order, each once. */
  readonly readsReplaced: readonly ReadColumn[];
  /** Rows to expect, rounded up to a power of 1000 so that widths do not change as a table grows. */
  readonly rows: number;
  readonly domain: string;
  /** What `prepared` of the instance was while planning; undefined there. */
  readonly prepared?: unknown;
  /** The keyed function of this column's domain. Two purposes in one domain are independent. */
  prf(purpose: string): Prf;
  /** A key of this column's domain, 32 bytes: for ciphers. Two purposes in one domain are independent, `prf` included. */
  key(purpose: string): Uint8Array;
  /** The token store. Reading this without a control database in the configuration refuses the strategy. */
  readonly vault: TokenVault;
  /** What relative paths in options are relative to: the folder of the configuration. Undefined where there is none. */
  readonly baseDir: string | undefined;
  /**
   * What a reference in options stands for: `env:NAME` and `file:PATH` are looked up (once, while planning), other texts are
   * what they are. Passwords and the like reach a strategy only so.
   * @throws while planning, where there is no such variable or file: a finding
   */
  resolve(reference: string): string;
  /**
   * Reads columns of a table whole, while planning only: what comes of them goes to the workers as `prepared`.
   * @returns a row's values in the form that strategies see, in the order of `columns`; null is NULL
   * @throws {StrategyRefusal} where there is no such table; a finding where it is too large
   */
  readTable(request: TableRequest): Promise<readonly (readonly (string | null)[])[]>;
  /**
   * Binds rules of the configuration inside of this strategy: those of the paths of a document, say. What the plan finds
   * against them stands against this column. In the instances, `others` are those of this column, row by row.
   */
  bind(rules: readonly NestedRule[]): Promise<readonly NestedInstance[]>;
}

/** What a strategy reads of a table while planning. */
export interface TableRequest {
  readonly database: 'source' | 'control';
  /** `schema.table`. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** The token store of the control database, as far as strategies may use it. */
export interface TokenVault {
  /**
   * The tokens of one domain. Nothing is read or written before its methods are called.
   * @param format how they come about; a domain has one
   * @param isDrawn whether they will be asked for by `findOrDraw` and not be noted
   * @throws {StrategyRefusal} while planning, where the domain has another format
   */
  tokens(domain: string, format: string, isDrawn?: boolean): DomainTokens;
}

/** Bytes of a fingerprint, which tells values apart: part of a digest of the value under a key of its domain. */
export const FINGERPRINT_BYTES = 16;

/** Values on their way into the vault. */
export interface NewTokens {
  /** `FINGERPRINT_BYTES` for each value. */
  readonly fingerprints: Uint8Array;
  readonly values: Column;
}

/** The tokens of one domain: one value has one token, and a token one value, whoever else writes at the same time. */
export interface DomainTokens {
  /**
   * Notes tokens that follow from their values. They are copied; the engine waits until they are committed before it commits
   * rows that hold them.
   * @param tokens as many as values
   */
  note(entries: NewTokens, tokens: Column): void;
  /**
   * The token of each value: the one that the vault has, else one that is drawn and committed.
   * @param draw a token for value `index`; asked again where it is taken
   */
  findOrDraw(entries: NewTokens, draw: (index: number) => string): Promise<readonly string[]>;
}

/** A rule that an option of a strategy holds. */
export interface NestedRule {
  /** Where it is in the column, for messages: `$.email`. */
  readonly at: string;
  /** As the configuration says it: the name of a strategy, a block with `strategy:`, or a list of cases. */
  readonly rule: unknown;
  /** What its values are; of several types, the first counts that its strategy accepts. */
  readonly type: ColumnType | readonly ColumnType[];
}

/** A bound nested rule. */
export interface NestedInstance {
  /** `others` as this column's strategy was given them, but one for each value of `input`. */
  readonly replace: ReplaceColumn;
  readonly guarantees: Guarantees;
  /** Its values stay as they are. */
  readonly isKept: boolean;
  readonly note?: string | undefined;
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

/**
 * Replaces a whole column.
 * @param others one for each of `context.reads`: what the source holds in the rows of `input`, value by value; then one for
 * each of `context.readsReplaced`: what the target will hold
 * @param firstNumber `firstNumber + i` is a number that value `i` shares with no other value of its table in this run
 */
export type ReplaceColumn = (
  input: Column,
  output: ColumnOutput,
  others: readonly ColumnWithNulls[],
  firstNumber: number,
) => void;

/** See StrategyInstance; the arguments are those of ReplaceColumn. */
export type PrepareColumn = (input: Column, others: readonly ColumnWithNulls[], firstNumber: number) => Promise<void>;

/** What `create` returns: one of three ways to replace values, and what the plan should know about the outcome. */
export type StrategyInstance = (
  | { readonly keep: true }
  /** One value in, one value (or NULL) out. */
  | { readonly value: (value: string) => string | null }
  /** A whole column: pushes exactly `input.count` values (or NULLs). */
  | { readonly column: ReplaceColumn }
) & {
  /** Characters of the longest possible output, if there is a limit. */
  readonly maxLength?: number;
  /** For `likely`: log2 of the number of equally likely outputs; the plan derives the collision bound from it. */
  readonly bits?: number;
  /** All outputs there can be, where they are few: the target is asked whether the column takes them. null is NULL. */
  readonly outputs?: readonly (string | null)[];
  /** What holds on this column, where the definition could not know it. */
  readonly guarantees?: Partial<Guarantees>;
  /**
   * Plain data that took time to make and does not depend on the secret: made once while planning, and given to `create` in
   * every worker as `context.prepared`.
   */
  readonly prepared?: unknown;
  /** A sentence for the plan, such as the collision bound and what it rests on. */
  readonly note?: string;
  /** Awaited before each call of `column`, with what that will be given: for what only a database knows. */
  readonly prepare?: PrepareColumn;
};

/** An example: it becomes a test (with the example secret of docs/strategies.md) and documentation. */
export interface StrategyExample {
  readonly options?: Record<string, unknown>;
  /** PostgreSQL type; `text` unless said. */
  readonly type?: string;
  readonly input: string;
  /** Values of the columns that the strategy reads, by name. */
  readonly others?: Readonly<Record<string, string | null>>;
  /** null is NULL. A strategy that is not deterministic shows one of its outputs. */
  readonly output: string | null;
}

/** What one output of a strategy costs under local differential privacy. */
export interface PrivacyCost {
  readonly epsilon: number;
  readonly delta: number;
  /** Runs of one epoch repeat the output, as long as options and key are the same. Without it, every run draws anew. */
  readonly epoch?: string;
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
  /**
   * Names of columns of the same table whose source values the strategy needs, whatever becomes of those columns.
   * They reach `create` as `context.reads` and `column` as `others`; an unknown name is a finding.
   */
  readonly reads?: (options: z.output<Options>, table: TableFacts) => readonly string[];
  /**
   * Names of columns of the same table whose replacements the strategy needs: they are replaced before its own column.
   * They reach `create` as `context.readsReplaced` and `column` behind the `reads`; a circle of them is a finding.
   */
  readonly readsReplaced?: (options: z.output<Options>, table: TableFacts) => readonly string[];
  /** The rules inside of its options, each with the path of the values that it is for; only where values stand at paths. */
  readonly nested?: (options: z.output<Options>) => readonly Pick<NestedRule, 'at' | 'rule'>[];
  /**
   * What one value spends of a row's privacy in one epoch. Draws that differ in options, domain, type, columns that are read or
   * key must be independent: only then does what they spend add up.
   */
  readonly privacyCost?: (options: z.output<Options>) => PrivacyCost;
  /** The default domain, where the strategy's name alone would mix what should stay apart (`fake` adds its kind). */
  readonly domain?: (options: z.output<Options>) => string;
  /**
   * Called once per column and worker, and once while planning; does all the slow work.
   * @throws {StrategyRefusal} when these options cannot work on this column
   */
  create(options: z.output<Options>, context: StrategyContext): StrategyInstance | Promise<StrategyInstance>;
  /**
   * What turns the replacements of `create`, with the same options and context, back into the values: for who has the secret.
   * Only reversible strategies have it.
   */
  reverse?(options: z.output<Options>, context: StrategyContext): StrategyInstance | Promise<StrategyInstance>;
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
