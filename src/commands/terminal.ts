// What a command may use of the process. Only cli.ts makes one.

export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress and errors. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** stderr is a terminal that a bar can be drawn on. */
  readonly isInteractive: boolean;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
}
