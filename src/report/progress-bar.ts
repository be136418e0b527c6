// A bar on a terminal, redrawn ten times a second.

import cliProgress from 'cli-progress';
import { type Drawing, describe, lines } from './progress.ts';

const BAR_INTERVAL_MS = 100;

/** Draws on a terminal. */
export function bar(write: (text: string) => void): Drawing {
  const format = '{bar} {percentage} %  {standing}';
  const drawn = new cliProgress.SingleBar(
    { format, hideCursor: true, clearOnComplete: false, barsize: 24, emptyOnZero: true },
    cliProgress.Presets.shades_classic,
  );
  return {
    ...lines(write),
    intervalMs: BAR_INTERVAL_MS,
    tick: now => {
      if (!drawn.isActive) drawn.start(1000, 0, { standing: '' });
      drawn.update(Math.floor(now.share * 1000), { standing: describe(now) });
    },
    stop: () => drawn.stop(),
  };
}
