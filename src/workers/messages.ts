// Everything that crosses a thread.

import type { ConnectionSettings } from '../config/connection-url.ts';
import type { PlainError } from '../errors.ts';
import type { Backend } from '../pg/backends.ts';
import type { CatalogType } from '../pg/catalog-types.ts';
import type { TableName } from '../pg/identifiers.ts';
import type { Slice } from '../plan/cut-slices.ts';
import type { KeyRules, PlannedTable } from '../plan/plan-types.ts';
import type { QuarantineSettings } from '../quarantine/run-quarantine.ts';

/** What all slices of a run share. */
export interface RunSettings {
  readonly run: string;
  readonly source: ConnectionSettings;
  readonly target: ConnectionSettings;
  /** The control database, where the plan keeps tokens in it. */
  readonly control: ConnectionSettings | undefined;
  readonly read: 'copy' | 'cursor';
  /** The exported snapshot of the source that every slice reads. */
  readonly snapshot: string;
  /** Tables of the source that each worker locks as long as it works; undefined: those of a slice, as long as it takes. */
  readonly locks: readonly TableName[] | undefined;
  readonly secret: Uint8Array | undefined;
  /** See Plan.widthRows. */
  readonly widthRows: number;
  /** See Plan.keys. */
  readonly keys: KeyRules;
  /** Absolute path of the user's own strategies. */
  readonly strategiesFolder: string | undefined;
  /** What relative paths in options are relative to. */
  readonly baseDir: string;
  /** What references in options stand for. */
  readonly references: ReadonlyMap<string, string>;
  /** Bytes that a batch should have. */
  readonly batchBytes: number;
  /** Bytes that one oversized row may take in all its copies. */
  readonly oversizedBytes: number;
  /** For knowing which tokens the vault has; 0 without a vault. */
  readonly knownBytes: number;
  readonly types: ReadonlyMap<number, CatalogType>;
  /** Where rows go that the target refuses, if not the run is to fail. */
  readonly quarantine: QuarantineSettings | undefined;
  /** After which a connection on which nothing moves is given up (see pg/watch-stalls.ts). */
  readonly stallAfterMs: number;
}

/** Strategies that a configuration names. */
export interface StrategyNames {
  readonly names: readonly string[];
  /** The user's own. */
  readonly folder: string | undefined;
}

/** A slice and the table that it is of. */
export interface PlannedSlice {
  readonly table: PlannedTable;
  readonly slice: Slice;
  /** Nothing but this slice goes into the table of the target, so that it may be emptied in the slice's transaction. */
  readonly isAlone: boolean;
}

/** What a worker is given: a slice, or small tables together, one after another in one transaction of the target. */
export interface SliceTask {
  /** RunSettings, see shared-settings.ts. */
  readonly settings: SharedArrayBuffer;
  /** See RunState. */
  readonly state: SharedArrayBuffer;
  readonly slices: readonly PlannedSlice[];
  /** Of earlier attempts: what the target may still be doing for them is ended first, and the ledger asked what they did. */
  readonly before?: readonly Backend[];
}

/** What became of one slice. */
export interface SliceDone {
  readonly rows: number;
  /** Bytes as they came from the source, in the format of the COPY. */
  readonly bytes: number;
  readonly seconds: number;
}

/** One for each slice. Errors are data on their way between threads: structured clone keeps neither class nor code. */
export type SliceOutcome = { readonly done: readonly SliceDone[] } | SliceFailure;

export interface SliceFailure {
  readonly error: PlainError;
  /** The process of the target that the attempt was made with, where it came to one. */
  readonly backend?: Backend | undefined;
}
