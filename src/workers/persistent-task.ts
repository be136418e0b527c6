// A task until it is done: a slice that failed for what may pass starts afresh, on new connections.

import { type AnonymizeError, fromPlain } from '../errors.ts';
import type { Backend } from '../pg/backends.ts';
import { displayName } from '../pg/identifiers.ts';
import { Patience } from '../retries/patience.ts';
import type { Retries } from '../retries/retries.ts';
import type { PlannedSlice, SliceDone, SliceOutcome, SliceTask } from './messages.ts';

export interface PersistentOptions {
  readonly retries: Retries;
  /** Ends the waiting: the run stops. */
  readonly signal: AbortSignal;
  /** Told before each further attempt. */
  readonly onRetry: (slices: readonly PlannedSlice[]) => void;
}

/**
 * Runs a task as often as it takes.
 * @throws {AnonymizeError} the error of the last attempt
 */
export async function runPersistently(
  run: (task: SliceTask) => Promise<SliceOutcome>,
  task: SliceTask,
  { retries, signal, onRetry }: PersistentOptions,
): Promise<readonly SliceDone[]> {
  const patience = new Patience(retries.limits);
  const before: Backend[] = [];
  for (;;) {
    const outcome = await run(before.length === 0 ? task : { ...task, before });
    if ('done' in outcome) return outcome.done;
    const error: AnonymizeError = fromPlain(outcome.error);
    if (outcome.backend) before.push(outcome.backend);
    const retry = signal.aborted ? undefined : patience.after(error);
    if (!retry) throw error;
    onRetry(task.slices);
    await retries.wait(retry, error, { what: placeOf(task.slices), signal });
  }
}

/** `public.order`, or `public.order and 12 more` where small tables go together. */
export function placeOf(slices: readonly PlannedSlice[]): string {
  const [first, ...others] = slices.map(({ table }) => displayName(table.schema, table.name));
  return others.length > 0 ? `${first} and ${others.length} more` : `${first}`;
}
