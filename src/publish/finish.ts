// After the structure is back: what depends on the rows follows them.

import { analyze } from './analyze.ts';
import { refreshMaterializedViews } from './materialized-views.ts';
import { type SequenceMode, setSequences } from './sequences.ts';
import type { Connect, TargetTable } from './target-session.ts';

export interface FinishOptions {
  /** The planned leaves and ordinary tables. */
  readonly tables: readonly TargetTable[];
  /** Lends sessions of the source, for its sequences. */
  readonly source: Connect;
  readonly sequences?: SequenceMode;
  /** Sessions on the target at the same time; cancelling borrows one more. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sets sequences, analyses the tables, then refreshes the materialised views over them and analyses those. */
export async function finish(connect: Connect, options: FinishOptions): Promise<void> {
  await setSequences(connect, options);
  await analyze(connect, options);
  const views = await refreshMaterializedViews(connect, options);
  await analyze(connect, { ...options, tables: views });
}
