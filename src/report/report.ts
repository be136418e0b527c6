// What a run did, as data: the JSON of --report. A contract: changes are additions.

import type { NoticeReport } from '../guest/notices.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { Quarantined } from '../quarantine/run-quarantine.ts';
import type { PlannedSlice, SliceDone } from '../workers/messages.ts';

export interface TableReport {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of its slices, added up. */
  readonly seconds: number;
  readonly format: 'binary' | 'text';
  readonly read: 'copy' | 'cursor';
  readonly slices: number;
  /** With a quarantine: rows that the target refused. */
  readonly quarantined?: number;
  /** How often slices of it began again. */
  readonly retries: number;
  /** Column → strategy. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface Report {
  readonly run: string;
  readonly started: string;
  readonly finished: string;
  readonly snapshot: string;
  readonly config_sha256: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of this attempt, where the run went on after it had stopped; so is the rate. */
  readonly seconds: number;
  readonly rows_per_second: number;
  /** User and system time of the whole process. */
  readonly cpu_seconds: number;
  /** Of the whole process. */
  readonly peak_rss_bytes: number;
  /** Where the run went on after it had stopped: since when, and what was in the target by then. It is counted above, too. */
  readonly resumed?: {
    readonly started: string;
    readonly slices: number;
    readonly rows: number;
    readonly bytes: number;
  };
  /** How often anything was tried again: slices, and the run's own work. */
  readonly retries: number;
  /** After a swap, the database that was the target before, where it is kept. */
  readonly previous?: string;
  /** With a quarantine: rows that the target refused. They are not among `rows`. */
  readonly quarantined?: number;
  /** With a quarantine that is not empty: the file that they are sealed in. */
  readonly quarantine?: string;
  /** How the run gave way to others, and who waited for it; where there is anything to tell. */
  readonly notices?: readonly NoticeReport[];
  readonly tables: readonly TableReport[];
}

export interface RunFacts {
  readonly run: string;
  readonly started: Date;
  readonly snapshot: string;
  readonly configSha256: string;
  readonly read: 'copy' | 'cursor';
  readonly previous?: string | undefined;
  /** The run that this one went on with. */
  readonly earlier?: { readonly started: Date; readonly snapshot: string } | undefined;
  readonly quarantined?: Quarantined | undefined;
  readonly notices?: readonly NoticeReport[];
  readonly retries: number;
}

/** Adds up what the slices of each table report. */
export class Tally {
  readonly #plan: Plan;
  readonly #done: { rows: number; bytes: number; seconds: number; slices: number; retries: number }[];

  readonly #earlier = { rows: 0, bytes: 0, slices: 0 };

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#done = plan.tables.map(() => ({ rows: 0, bytes: 0, seconds: 0, slices: 0, retries: 0 }));
  }

  add({ slice }: PlannedSlice, { rows, bytes, seconds }: SliceDone): void {
    const sum = this.#done[slice.table]!; // slices are cut from the same plan
    sum.rows += rows;
    sum.bytes += bytes;
    sum.seconds += seconds;
    sum.slices++;
  }

  /** A slice that the target has from before the run went on. What it took is not known any more. */
  addEarlier({ table, rows, bytes }: { readonly table: number; readonly rows: number; readonly bytes: number }): void {
    for (const sum of [this.#done[table]!, this.#earlier]) {
      sum.rows += rows;
      sum.bytes += bytes;
      sum.slices++;
    }
  }

  /** These slices begin again. */
  retry(slices: readonly PlannedSlice[]): void {
    for (const { slice } of slices) this.#done[slice.table]!.retries++; // as above
  }

  /** What was copied of a table of the plan, by its position. */
  rowsOf(table: number): number {
    return this.#done[table]?.rows ?? 0;
  }

  /** How many slices of it were copied. */
  slicesOf(table: number): number {
    return this.#done[table]?.slices ?? 0;
  }

  /** The report of a run that ends now. */
  report({
    run,
    started,
    snapshot,
    configSha256,
    read,
    previous,
    earlier,
    retries,
    quarantined,
    notices = [],
  }: RunFacts): Report {
    const finished = new Date();
    const seconds = (finished.getTime() - started.getTime()) / 1000;
    const rows = this.#done.reduce((sum, one) => sum + one.rows, 0);
    return {
      run,
      started: (earlier?.started ?? started).toISOString(),
      finished: finished.toISOString(),
      snapshot: earlier?.snapshot ?? snapshot,
      config_sha256: configSha256,
      rows,
      bytes: this.#done.reduce((sum, one) => sum + one.bytes, 0),
      seconds,
      rows_per_second: Math.round((rows - this.#earlier.rows) / Math.max(seconds, 0.001)),
      cpu_seconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
      ...(earlier && { resumed: { started: started.toISOString(), ...this.#earlier } }),
      retries,
      ...(previous !== undefined && { previous }),
      ...(quarantined && { quarantined: quarantined.rows }),
      ...(quarantined && quarantined.rows > 0 && { quarantine: quarantined.file }),
      ...(notices.length > 0 && { notices }),
      tables: this.#plan.tables.map((table, number) => ({
        name: tableKey(table),
        ...this.#done[number]!, // one per table
        format: table.format,
        read,
        ...(quarantined && { quarantined: quarantined.tables.get(tableKey(table)) ?? 0 }),
        columns: Object.fromEntries(table.columns.map(column => [column.name, column.strategy])),
      })),
    };
  }
}
