// What a run tells while it goes on. The CLI draws it; the library hands it to the caller.

import type { Notice } from '../guest/notices.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { ResumableRun } from '../resume/choose-run.ts';
import type { Holding } from '../resume/hold.ts';
import type { Retried } from '../retries/retries.ts';
import type { TableProgress } from '../workers/run-state.ts';

/** Until `preparing`, nothing is written, but by `repairing`. */
export type Stage =
  | 'repairing'
  | 'selecting'
  | 'preparing'
  | 'building'
  | 'copying'
  | 'rebuilding'
  | 'finishing'
  | 'swapping'
  | 'undoing'
  | 'dropping';

export type SyncEvent =
  | {
      readonly event: 'planned';
      readonly run: string;
      readonly plan: Plan;
      readonly workers: number;
      /** What has been copied of a table of the plan, by its position; may be asked at any time. */
      readonly progress: (table: number) => TableProgress;
    }
  | { readonly event: 'stage'; readonly stage: Stage }
  /** From now on the run could go on after a kill; or it could not, and why. */
  | ({ readonly event: 'holding' } & Holding)
  /** An earlier run could have gone on; this one starts over. */
  | ({ readonly event: 'unfinished' } & ResumableRun)
  /** The run gives way to others, or others wait for it. */
  | ({ readonly event: 'notice' } & Notice)
  | ({ readonly event: 'retry' } & Retried);
