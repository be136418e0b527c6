// What a run has begun in the target is undone, whatever stopped it: also when the target is away for a moment, and when
// the run's own lock was lost with its session.

import { setTimeout as sleep } from 'node:timers/promises';
import { type AnonymizeError, type Finding, finding, unexpected } from '../errors.ts';
import { withRunLock } from '../pg/run-lock.ts';
import { abandon } from './abandon.ts';
import { endWorkers } from './end-sessions.ts';
import { closeRun } from './ledger.ts';
import type { Publishing } from './publication.ts';

/** A server that restarts, or a network that comes back, is worth waiting for; a second Ctrl-C ends the wait. */
const TRY_AGAIN_FOR_MS = 5_000;
const TRY_AGAIN_AFTER_MS = 250;
const MAY_PASS: ReadonlySet<string> = new Set(['ANON_CONNECTION_LOST', 'ANON_SERVER_SHUTDOWN', 'ANON_UNREACHABLE']);

/** Does `work`, again and again while the server is away for a moment. */
export async function persistently<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + TRY_AGAIN_FOR_MS;
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      const error = unexpected(failure);
      if (Date.now() > deadline || !MAY_PASS.has(error.code)) throw error;
      await sleep(TRY_AGAIN_AFTER_MS);
    }
  }
}

/** Undoes in the target what the ledger holds of the run. @returns the error that stopped it, with what could not be undone */
export async function undo(publishing: Publishing, cause: AnonymizeError): Promise<AnonymizeError> {
  try {
    return cause.with(await persistently(() => undoOnce(publishing, cause)));
  } catch (failure) {
    return cause.with([finding('ANON_TARGET_NOT_RESTORED', { reason: unexpected(failure).message })]);
  }
}

/** Only who holds the target may undo; another run that holds it meanwhile puts right what this one left. */
export async function underLock(
  { lock, databases }: Pick<Publishing, 'lock' | 'databases'>,
  work: () => Promise<void>,
): Promise<void> {
  const timer = new AbortController();
  const timeout = sleep(TRY_AGAIN_FOR_MS, undefined, timer).catch(() => {});
  await Promise.race([lock.held().catch(() => {}), timeout]);
  timer.abort();
  if (lock.isHeld) await work();
  else await databases.openTarget(session => withRunLock(session, work));
}

async function undoOnce(publishing: Publishing, { code }: AnonymizeError): Promise<readonly Finding[]> {
  const { record, parallel } = publishing;
  const connect = publishing.databases.connectTarget;
  const run = record.id;
  const findings: Finding[] = [];
  await underLock(publishing, async () => {
    await endWorkers(connect, run);
    const left = await abandon(connect, { run, parallel });
    findings.push(...left.map(problem => finding(problem.code, problem.facts)));
    await closeRun(connect, run, code === 'ANON_INTERRUPTED' ? 'interrupted' : 'failed');
  });
  return findings;
}
