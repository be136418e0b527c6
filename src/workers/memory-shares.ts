// How `memory:` is divided: what the process needs anyway, batches of every worker, and the rest for one oversized row.

const MB = 1024 * 1024;
/** Node with its code, the pools and a dictionary or two, measured: see bench/records/. Each worker adds its own. */
const BASE_BYTES = 96 * MB;
const WORKER_BYTES = 24 * MB;
/** A batch that fills neither the cache of the processor nor the sockets. Larger ones were no faster. */
const BEST_BATCH_BYTES = 256 * 1024;
const LEAST_BATCH_BYTES = 32 * 1024;
/** A batch is in memory as it came, as it goes, and in two sockets. */
const BATCH_COPIES = 6;

export interface MemoryShares {
  readonly batchBytes: number;
  /** For all copies of one oversized row. */
  readonly oversizedBytes: number;
}

export function memoryShares(memory: number, workers: number): MemoryShares {
  const free = Math.max(0, memory - BASE_BYTES - workers * WORKER_BYTES);
  const share = Math.floor(free / 4 / workers / BATCH_COPIES);
  return {
    batchBytes: Math.max(LEAST_BATCH_BYTES, Math.min(BEST_BATCH_BYTES, share)),
    oversizedBytes: free,
  };
}
