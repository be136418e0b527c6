// A line on a terminal that is redrawn in place: a bar while rows are copied, a clock in the other stages.

import cliProgress from 'cli-progress';
import { type Drawing, describe, describeWait, formatShare, lines, STAGES, type Standing } from './progress.ts';

const REDRAW_INTERVAL_MS = 100;
/** Kept for the text, so that the bar keeps its length while numbers grow. */
const TEXT_COLUMNS = 64;
const WIDEST_BAR = 40;
const LEAST_BAR = 5;
/** Where the terminal does not say. */
const USUAL_COLUMNS = 80;

/** Draws on a terminal. */
export function bar(write: (text: string) => void): Drawing {
  const drawn = new cliProgress.SingleBar({
    format: (_options, _parameters, { text }) => text,
    hideCursor: true,
    clearOnComplete: false,
    fps: 1000 / REDRAW_INTERVAL_MS,
  });
  const draw = (text: string): void => {
    if (drawn.isActive) drawn.update(0, { text });
    else drawn.start(1, 0, { text });
  };
  return {
    ...lines(write),
    intervalMs: REDRAW_INTERVAL_MS,
    stage: stage => (stage === 'copying' ? write(`${STAGES[stage]}\n`) : draw(STAGES[stage])),
    copying: (now, isDone) => draw(barOf(now, isDone, process.stderr.columns || USUAL_COLUMNS)),
    waiting: (stage, seconds) => draw(describeWait(stage, seconds)),
    // Above the bar, which the next drawing brings back.
    notice: notice => {
      drawn.stop();
      lines(write).notice(notice);
    },
    retry: retried => {
      drawn.stop();
      lines(write).retry(retried);
    },
    told: event => {
      drawn.stop();
      lines(write).told(event);
    },
    stop: () => drawn.stop(),
  };
}

/** `█████░░░░░  49 %  285,167 rows, …`: the text whole, if it fits at all, and the bar in what is left. */
export function barOf(now: Standing, isDone: boolean, columns: number): string {
  const text = `${formatShare(now, isDone).padStart(5)}  ${describe(now, isDone)}`;
  const room = Math.min(WIDEST_BAR, columns - TEXT_COLUMNS, columns - text.length - 2);
  if (room < LEAST_BAR) return text.trimStart();
  const done = isDone ? room : Math.floor(now.share * room);
  return `${'█'.repeat(done)}${'░'.repeat(room - done)} ${text}`;
}
