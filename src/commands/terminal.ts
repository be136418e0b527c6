// What a command may use of the process. Only cli.ts makes one.

import type { Environment } from '../config/references.ts';

export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Resolves when whoever reads the results has taken most of them: what is long waits here, not in memory. */
  readonly drained: () => Promise<void>;
  /** Progress and errors. */
  readonly err: (text: string) => void;
  readonly env: Environment;
  /** stderr is a terminal that a bar can be drawn on. */
  readonly isInteractive: boolean;
  /** Asks who sits there for one line; undefined where nobody does. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /**
   * Aborts at the first Ctrl-C after this call; before it, Ctrl-C ends the process at once. The second one always does.
   * @param onStop told when it aborts
   */
  stopCleanly(onStop: () => void): void;
  /** See stopCleanly. */
  readonly signal: AbortSignal;
  /** Runs when the process ends early, such as at the second Ctrl-C: whatever a terminal needs to be usable again. */
  onExit(restore: () => void): void;
}
