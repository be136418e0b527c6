// The ceiling of `memory:` for rows that are larger than a worker's usual share.

import type { ClaimMemory } from '../batch/region.ts';
import { AnonymizeError } from '../errors.ts';
import type { RunState } from './run-state.ts';

/** Rows up to this size fit into every worker's share at once. */
const USUAL_ROW_BYTES = 16 * 1024 * 1024;
/** A row is in memory as it came, as it goes, and in the socket. */
const COPIES = 3;
const MB = 1024 * 1024;

export interface OversizedRows {
  readonly claim: ClaimMemory;
  /** Gives the place back; to be called when the slice ends, however it does. */
  release(): void;
}

/** @param limit bytes that all copies of one oversized row may take; */
export function oversizedRows(state: RunState, place: string, limit: number): OversizedRows {
  let isHolding = false;
  const release = (): void => {
    if (isHolding) state.leaveOversizedPlace();
    isHolding = false;
  };
  const claim = async (bytes: number): Promise<void> => {
    if (bytes <= USUAL_ROW_BYTES) return release();
    if (bytes * COPIES > limit) {
      const wanted = Math.ceil((bytes * COPIES - limit) / MB);
      throw new AnonymizeError('ANON_MEMORY_ROW', {
        place,
        bytes: `${Math.ceil(bytes / MB)} MB`,
        wanted: `${wanted} MB`,
      });
    }
    if (!isHolding) await state.takeOversizedPlace();
    isHolding = true;
  };
  return { claim, release };
}
