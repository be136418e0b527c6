// A run that was stopped from outside, after hours perhaps: where its snapshot is held, the target stays as it is, and the run
// can go on. What the plan or the data stopped would stop again, so that is undone.

import { formatDuration } from '../config/duration.ts';
import { type AnonymizeError, type ErrorCode, finding } from '../errors.ts';
import { setRunState } from './ledger.ts';
import type { Publishing } from './publication.ts';
import type { Connect } from './target-session.ts';
import { persistently, underLock } from './undo.ts';

/** A server or the way to it went away, or the session that had exported the snapshot did. */
const FROM_OUTSIDE: ReadonlySet<ErrorCode> = new Set([
  'ANON_CONNECTION_LOST',
  'ANON_SERVER_SHUTDOWN',
  'ANON_SNAPSHOT_GONE',
  'ANON_UNREACHABLE',
]);

/** Whether a run that stops now can go on later. */
export async function canGoOn({ hold }: Publishing, { code }: AnonymizeError): Promise<boolean> {
  return FROM_OUTSIDE.has(code) && (await hold.isHeld());
}

/** Leaves everything as it is. @param ledger of the run @returns the error that stopped the run, and how to go on */
export async function leaveForLater(
  publishing: Publishing,
  error: AnonymizeError,
  ledger: Connect,
): Promise<AnonymizeError> {
  const { config, record, checked, hold, tally } = publishing;
  hold.leave();
  // Where the target is away, its ledger says that the run is running; who finds no session of it knows better.
  // The same where another attempt holds the target and goes on already.
  const note = () => underLock(publishing, () => setRunState(ledger, record.id, 'interrupted'));
  await persistently(note).catch(() => undefined);
  const time = formatDuration(config.source.snapshot.holdForMs);
  const rows = checked.plan.tables.reduce((sum, _, table) => sum + tally.rowsOf(table), 0);
  return error.with([finding('ANON_RESUMABLE', { run: record.id, rows, time })]);
}
