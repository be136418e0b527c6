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
  /** Of a database that was built for the run, and has no statistics yet. */
  readonly built?: {
    readonly tables: readonly TargetTable[];
    /** Materialised views to fill, although they hold nothing yet. */
    readonly views: readonly TargetTable[];
  };
}

/** Sets sequences, analyses the tables, then refreshes the materialised views over them and analyses those. */
export async function finish(connect: Connect, options: FinishOptions): Promise<void> {
  await setSequences(connect, options);
  const tables = options.built?.tables ?? options.tables;
  await analyze(connect, { ...options, tables });
  const views = await refreshMaterializedViews(connect, { ...options, tables, unfilled: options.built?.views });
  await analyze(connect, { ...options, tables: views });
}
