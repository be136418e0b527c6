// How `memory:` is divided: what the process needs anyway, batches of every worker, and the rest for one oversized row.

const MB = 1_000_000;
/** Of what is free, for knowing which rows are in a subset. */
const SUBSET_SHARE = 1 / 4;
/** Of what is free, for knowing which tokens the vault has; and what 1.5 million of them take. */
const VAULT_SHARE = 1 / 4;
const MOST_KNOWN_BYTES = 42 * MB;
/** Two million rows that lie close together. */
const LEAST_SUBSET_BYTES = 256 * 1024;
/** Node with its code and the main thread's sessions; each worker adds its own code, pools and a dictionary or two (measured). */
const BASE_BYTES = 140 * MB;
const WORKER_BYTES = 42 * MB;
/** What the collectors of the threads leave lying around while a huge row goes through (measured with a row of 105 MB). */
const GARBAGE_BYTES = 64 * MB;
/** What the default of `memory:` is made for. */
const LARGE_ROW_BYTES = 100 * MB;
/** A batch that fills neither the cache of the processor nor the sockets. Larger ones were no faster. */
const BEST_BATCH_BYTES = 256 * 1024;
const LEAST_BATCH_BYTES = 32 * 1024;
/** A batch is in memory as it came, as it goes, and in two sockets. */
const BATCH_COPIES = 6;

export interface MemoryShares {
  readonly batchBytes: number;
  /** For all copies of one oversized row; not positive where there is no room for any. */
  readonly oversizedBytes: number;
  /** Of each worker, for knowing which tokens the vault has. */
  readonly knownBytes: number;
}

/** Workers that fit into `memory:`; one always does. */
export function affordableWorkers(memory: number): number {
  return Math.max(1, Math.floor((memory - BASE_BYTES) / WORKER_BYTES));
}

const freeBytes = (memory: number, workers: number): number => memory - BASE_BYTES - workers * WORKER_BYTES;

/** Whether a row of LARGE_ROW_BYTES still fits, as it came and as it goes, beside so many workers. */
export function fitsLargeRows(memory: number, workers: number): boolean {
  return freeBytes(memory, workers) - GARBAGE_BYTES >= 2 * LARGE_ROW_BYTES;
}

/** What may be held of a subset: a bit or more for each place of a row. */
export function subsetBytes(memory: number, workers: number): number {
  return Math.max(LEAST_SUBSET_BYTES, Math.floor(freeBytes(memory, workers) * SUBSET_SHARE));
}

/** The ceiling of the process with which a subset may be as large as this. */
export function memoryForSubset(bytes: number, workers: number): number {
  return BASE_BYTES + workers * WORKER_BYTES + bytes / SUBSET_SHARE;
}

/** @param memory at least 192 MB (see config/schema.ts), without what is held of a subset */
export function memoryShares(
  memory: number,
  { workers, hasVault }: { readonly workers: number; readonly hasVault: boolean },
): MemoryShares {
  const all = freeBytes(memory, workers);
  const knownBytes = hasVault ? Math.max(0, Math.min(MOST_KNOWN_BYTES, Math.floor((all * VAULT_SHARE) / workers))) : 0;
  const free = all - knownBytes * workers;
  const share = Math.floor(free / 4 / workers / BATCH_COPIES);
  return {
    batchBytes: Math.max(LEAST_BATCH_BYTES, Math.min(BEST_BATCH_BYTES, share)),
    oversizedBytes: free - GARBAGE_BYTES,
    knownBytes,
  };
}
