// What an entry of the error catalogue holds: its exit code, its message, and what to do.

/** Exit codes, after sysexits.h where one fits. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 64,
  dataRefused: 65,
  databaseAway: 69,
  diskFull: 73,
  locked: 75,
  privilege: 77,
  config: 78,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One error of the catalogue. */
export interface CatalogueEntry {
  readonly exit: ExitCode;
  /** `{name}` is filled from the error's facts. */
  readonly message: string;
  readonly fix: string;
}

/** An error, in one line. */
export const entry = (exit: ExitCode, message: string, fix: string): CatalogueEntry => ({ exit, message, fix });
