// The ceiling of `memory:` for rows that are larger than a worker's usual share.

import type { ClaimMemory } from '../batch/region.ts';
import type { Format } from '../codec/codec.ts';
import { AnonymizeError } from '../errors.ts';
import type { RunState } from './run-state.ts';

/** Rows up to this size fit into every worker's share at once. */
const USUAL_ROW_BYTES = 8 * 1024 * 1024;
/** A row is in memory as it came and as it goes; in COPY text also without its escapes. */
const COPIES = { binary: 2, text: 3 } as const;
const MB = 1_000_000;

export interface OversizedRows {
  readonly claim: ClaimMemory;
  /** Whether others may be waiting for the place: who holds it does not wait for anything else. */
  isHolding(): boolean;
  /** Gives the place back; to be called when the slice ends, however it does. */
  release(): void;
}

export interface OversizedRowLimits {
  /** The table, for messages. */
  readonly place: string;
  readonly format: Format;
  /** Bytes that all copies of one oversized row may take. */
  readonly oversizedBytes: number;
}

/** @throws {AnonymizeError} ANON_MEMORY_ROW from `claim`, for a row that is too large */
export function oversizedRows(state: RunState, { place, format, oversizedBytes }: OversizedRowLimits): OversizedRows {
  let isHolding = false;
  const release = (): void => {
    if (isHolding) state.leaveOversizedPlace();
    isHolding = false;
  };
  const claim = async (bytes: number): Promise<void> => {
    if (bytes <= USUAL_ROW_BYTES) return release();
    const excess = bytes * COPIES[format] - oversizedBytes;
    if (excess > 0) {
      throw new AnonymizeError('ANON_MEMORY_ROW', {
        place,
        bytes: `${Math.ceil(bytes / MB)} MB`,
        wanted: `${Math.ceil(excess / MB)} MB`,
      });
    }
    if (!isHolding) await state.takeOversizedPlace();
    isHolding = true;
  };
  return { claim, isHolding: () => isHolding, release };
}
