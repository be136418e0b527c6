// How far a run is, for whoever watches it: a bar on a terminal, a line every few seconds elsewhere, or JSON events.

import { formatDuration } from '../config/duration.ts';
import { describeNotice, type Notice } from '../guest/notices.ts';
import { bytesToRead, type Plan } from '../plan/plan-types.ts';
import type { Retried } from '../retries/retries.ts';
import { formatBytes, formatCount, formatSeconds } from './amounts.ts';
import type { Stage, SyncEvent } from './events.ts';

export interface Progress {
  readonly onEvent: (event: SyncEvent) => void;
  /** Says that the run was asked to stop. */
  readonly stopping: () => void;
  /** Draws no more. */
  stop(): void;
}

/** Where the whole run stands. */
export interface Standing {
  readonly rows: number;
  readonly bytes: number;
  /** 0 … 1, by the size on disk: an estimate, as rows are smaller or larger on the wire. */
  readonly share: number;
  readonly seconds: number;
  readonly secondsLeft: number;
}

export type Planned = Extract<SyncEvent, { event: 'planned' }>;
/** What is worth a line, whatever the stage. */
export type Told = Extract<SyncEvent, { event: 'holding' | 'unfinished' }>;

/** Lines and events come this often. */
export const LINE_INTERVAL_MS = 3000;
const STOPPING = 'Stopping; the target is put right. Ctrl-C again stops at once.';

/** What a stage does. With a time behind it, each fits into 80 columns. */
export const STAGES: Readonly<Record<Stage, string>> = {
  selecting: 'finding the rows of the subset',
  repairing: 'putting right what an earlier run left',
  preparing: 'putting indexes and foreign keys aside, emptying the tables',
  building: 'building the structure',
  copying: 'copying',
  rebuilding: 'rebuilding indexes, validating foreign keys',
  finishing: 'setting sequences, refreshing views, analysing',
  swapping: 'renaming the databases',
  undoing: 'undoing: emptying the tables, restoring indexes and foreign keys',
  dropping: 'undoing: dropping what was built',
};

export type ProgressForm = 'bar' | 'lines' | 'json';

/** Watches a run and tells about it through `write`. */
export async function watchProgress(form: ProgressForm, write: (text: string) => void): Promise<Progress> {
  const drawing = (await DRAWINGS[form]())(write);
  let planned: Planned | undefined;
  let stage: Stage | undefined;
  let started = 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = (isDone = false): void => {
    const seconds = (performance.now() - started) / 1000;
    if (stage === 'copying' && planned) drawing.copying(standing(planned, seconds), isDone);
    else if (stage) drawing.waiting(stage, seconds);
  };
  const stop = (): void => {
    clearInterval(timer);
    stage = undefined;
    drawing.stop();
  };
  const begin = (next: Stage): void => {
    if (stage === 'copying') tell(next === 'rebuilding');
    stop();
    drawing.stage(next);
    stage = next;
    started = performance.now();
    timer = setInterval(tell, drawing.intervalMs);
  };
  return {
    onEvent: event => {
      if (event.event === 'stage') return begin(event.stage);
      if (event.event === 'notice') return drawing.notice(event);
      if (event.event === 'retry') return drawing.retry(event);
      if (event.event !== 'planned') return drawing.told(event);
      stop();
      planned = event;
      drawing.planned(event);
    },
    stopping: () => {
      stop();
      drawing.stopping();
    },
    stop,
  };
}

function standing({ plan, progress }: Planned, seconds: number): Standing {
  const done = plan.tables.map((_, table) => progress(table));
  const rows = done.reduce((sum, table) => sum + table.rows, 0);
  const bytes = done.reduce((sum, table) => sum + table.bytes, 0);
  const share = Math.min(1, bytes / Math.max(1, bytesToCopy(plan)));
  return { rows, bytes, share, seconds, secondsLeft: share > 0 ? (seconds * (1 - share)) / share : Number.NaN };
}

/** Bytes on disk of all tables that are copied. */
export function bytesToCopy(plan: Plan): number {
  return plan.tables.reduce((sum, table) => sum + (table.action === 'copy' ? bytesToRead(table) : 0), 0);
}

/** `412,000 rows, 120 MB, 301,000 rows/s, 2.1 s left`; when it is done, how long it took instead. */
export function describe({ rows, bytes, seconds, secondsLeft }: Standing, isDone: boolean): string {
  const rate = `${formatCount(rows / Math.max(seconds, 0.001))} rows/s`;
  const left = Number.isFinite(secondsLeft) ? [`${formatSeconds(secondsLeft)} left`] : [];
  return [`${formatCount(rows)} rows`, formatBytes(bytes), rate, ...(isDone ? [formatSeconds(seconds)] : left)].join(
    ', ',
  );
}

/** `rebuilding indexes, validating foreign keys, 12 s` */
export function describeWait(stage: Stage, seconds: number): string {
  if (seconds < 1) return STAGES[stage];
  return `${STAGES[stage]}, ${seconds < 10 ? `${Math.floor(seconds)} s` : formatSeconds(seconds)}`;
}

/** What was told, in a sentence. */
function describeTold(told: Told): string {
  if (told.event === 'unfinished') {
    const { run, started, done, slices, ageMs } = told;
    const state = `${formatCount(done)} of ${formatCount(slices)} slices done, its snapshot ${formatDuration(ageMs)} old`;
    return `run ${run} of ${started.toISOString()} could have gone on (${state}); starting over. --resume goes on, --restart starts over without this line.`;
  }
  if ('failed' in told)
    return `the snapshot cannot be held (${told.failed}): should this run be killed, it starts over`;
  return `should this run be killed, \`anonymize sync --resume\` goes on: its snapshot is held, for ${formatDuration(told.holdForMs)} without a run`;
}

/** `public.order: target: the connection was lost. (ANON_CONNECTION_LOST); attempt 2 in 0.1 s` */
export function describeRetry({ what, message, code, attempt, seconds }: Retried): string {
  return `${what}: ${message} (${code}); attempt ${attempt} in ${seconds.toFixed(1)} s`;
}

/** One way of telling. */
export interface Drawing {
  readonly intervalMs: number;
  planned(event: Planned): void;
  /** A stage begins. */
  stage(stage: Stage): void;
  /** How far copying is; at last, when it is done. */
  copying(standing: Standing, isDone: boolean): void;
  /** How long another stage has been taking: how far it is, nobody knows. */
  waiting(stage: Stage, seconds: number): void;
  notice(notice: Notice): void;
  /** Something is tried again. */
  retry(retried: Retried): void;
  stopping(): void;
  told(event: Told): void;
  /** Ends what is drawn in place. */
  stop(): void;
}

const announce = ({ run, plan, workers }: Planned): string =>
  `run ${run}: ${formatCount(plan.tables.length)} ${plan.tables.length === 1 ? 'table' : 'tables'}, ${formatBytes(bytesToCopy(plan))}, ${workers} ${workers === 1 ? 'worker' : 'workers'}\n`;

/** A line for each stage, and every few seconds. */
export const lines = (write: (text: string) => void): Drawing => ({
  intervalMs: LINE_INTERVAL_MS,
  planned: event => write(announce(event)),
  stage: stage => write(`${STAGES[stage]}\n`),
  copying: (now, isDone) => write(`${formatShare(now, isDone)}  ${describe(now, isDone)}\n`),
  waiting: (stage, seconds) => write(`${describeWait(stage, seconds)}\n`),
  notice: notice => write(`${describeNotice(notice)}\n`),
  retry: retried => write(`${describeRetry(retried)}\n`),
  stopping: () => write(`${STOPPING}\n`),
  told: event => write(`${describeTold(event)}\n`),
  stop: () => {},
});

/** The share is by estimated sizes, so only what is done is 100 %. */
export function formatShare({ share }: Standing, isDone: boolean): string {
  return isDone ? '100 %' : `${Math.min(99, Math.floor(share * 100))} %`;
}

/** Loaded when it is needed: each brings a package that the others have no use for. */
const DRAWINGS: Readonly<Record<ProgressForm, () => Promise<(write: (text: string) => void) => Drawing>>> = {
  bar: async () => (await import('./progress-bar.ts')).bar,
  lines: async () => lines,
  json: async () => (await import('./progress-events.ts')).events,
};
