// What a run and the process that holds its snapshot tell each other, over a channel of their own: it carries a password.

import type { ConnectionSettings } from '../config/connection-url.ts';
import type { ErrorCode } from '../errors.ts';
import type { TableName } from '../pg/identifiers.ts';

/** What is to be held. */
export interface HolderTask {
  readonly run: string;
  readonly source: ConnectionSettings;
  /** Exported by the run. */
  readonly snapshot: string;
  /** Locked against changes of their structure. */
  readonly tables: readonly TableName[];
  /** How long, when no session of the run is there. */
  readonly holdForMs: number;
}

/** `noted`: the ledger has the snapshot, so it is worth holding when the run is gone. `end`: nobody will need it. */
export type ToHolder = { readonly task: HolderTask } | 'noted' | 'end';

export type FromHolder = { readonly snapshot: string } | { readonly failed: ErrorCode };

/** The application_name of the holder of a run. */
export const holderName = (run: string): string => `anonymize/${run}/holder`;
