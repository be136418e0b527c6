// One JSON object for each event, for programs.

import pino from 'pino';
import { describeNotice } from '../guest/notices.ts';
import { bytesToCopy, type Drawing, LINE_INTERVAL_MS } from './progress.ts';

/** Writes events as pino does: a line each, with the time. */
export function events(write: (text: string) => void): Drawing {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return {
    intervalMs: LINE_INTERVAL_MS,
    planned: ({ run, plan, workers }) =>
      log.info({ event: 'planned', run, workers, tables: plan.tables.length, bytes: bytesToCopy(plan) }),
    stage: stage => log.info({ event: 'stage', stage }),
    copying: (now, isDone) =>
      log.info({
        event: 'progress',
        rows: now.rows,
        bytes: now.bytes,
        seconds: now.seconds,
        seconds_left: isDone ? 0 : now.secondsLeft,
      }),
    waiting: (stage, seconds) => log.info({ event: 'waiting', stage, seconds }),
    notice: ({ ...notice }) => log.warn({ ...notice, event: 'notice', message: describeNotice(notice) }),
    retry: ({ what, code, attempt, seconds }) => log.warn({ event: 'retry', what, code, attempt, seconds }),
    stopping: () => log.info({ event: 'stopping' }),
    told: told =>
      log.info(
        told.event === 'unfinished'
          ? {
              event: told.event,
              run: told.run,
              started: told.started,
              slices_done: told.done,
              slices: told.slices,
              snapshot_age_seconds: Math.round(told.ageMs / 1000),
              resume: 'anonymize sync --resume',
            }
          : {
              event: told.event,
              ...('failed' in told ? told : { run: told.run, hold_seconds: told.holdForMs / 1000 }),
            },
      ),
    stop: () => {},
  };
}
