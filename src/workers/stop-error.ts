// Why a run ends before its work does: somebody asked, or the target is no longer held for it.

import { AnonymizeError } from '../errors.ts';

/** The error of a run whose signal has aborted. @param detail what has become of the target, when somebody asked */
export function stopError({ reason }: AbortSignal, detail = ''): AnonymizeError {
  return reason instanceof AnonymizeError ? reason : new AnonymizeError('ANON_INTERRUPTED', { detail });
}
