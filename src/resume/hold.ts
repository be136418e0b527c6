// When a run has become old enough to be worth it, its snapshot is given to a process that outlives it, and the ledger notes
// what the run could go on from. A run that ends before pays nothing for that.

import type { ClientBase } from 'pg';
import type { LoadedConfig } from '../config/load.ts';
import { type ErrorCode, unexpected } from '../errors.ts';
import type { Databases } from '../pg/databases.ts';
import type { TableName } from '../pg/identifiers.ts';
import { endSessions } from '../publish/end-sessions.ts';
import type { Connect } from '../publish/target-session.ts';
import { type HeldFacts, noteHeld } from './held-runs.ts';
import { holderName } from './holder-messages.ts';
import { type Holder, startHolder } from './start-holder.ts';
import type { EarlierRun } from './take-up.ts';

/** What became of holding: the run can go on from now on, or cannot, and why. */
export type Holding = { readonly run: string; readonly holdForMs: number } | { readonly failed: ErrorCode };

export interface HoldOptions {
  readonly config: LoadedConfig;
  readonly run: string;
  readonly databases: Pick<Databases, 'source' | 'openSource' | 'env'>;
  readonly snapshot: string;
  /** Those that it reads. They stay locked with the snapshot only where nobody is to alter them meanwhile. */
  readonly tables: readonly TableName[];
  /** What the run could go on from; asked when it is noted, with sessions of where the ledger is. */
  readonly facts: (ledger: Connect) => Promise<HeldFacts>;
  /** What the run goes on from: its snapshot is held already. */
  readonly earlier: EarlierRun | undefined;
  readonly onHolding: (holding: Holding) => void;
}

/** The hold of one run. */
export interface Hold {
  /** Says which ledger has the run's record by now, beside a structure that is there. */
  ledgerIs(connect: Connect): void;
  /** Nothing more is noted: what the ledger is in gets another name. */
  seal(): void;
  /** Whether the run could go on later if it stopped now. Asks the source. */
  isHeld(): Promise<boolean>;
  /** The run stops and is not undone: what holds its snapshot stays. */
  leave(): void;
}

/** Runs `callback`; whatever holds the snapshot ends with it, unless the run leaves it behind. */
export async function withHold<Result>(
  options: HoldOptions,
  callback: (hold: Hold) => Promise<Result>,
): Promise<Result> {
  const { config, run, databases, snapshot, earlier } = options;
  const { holdForMs, holdAfterMs } = config.source.snapshot;
  const isHeld = earlier !== undefined;
  const ledger = Promise.withResolvers<Connect>();
  let isOver = false;
  let isLeft = false;
  let isNoted = isHeld;
  let holder: Holder | undefined;
  const begin = async (): Promise<void> => {
    const tables = config.source.onBlockedDdl === 'continue' ? options.tables : [];
    const task = { run, source: databases.source, snapshot, tables, holdForMs };
    holder = startHolder(task, databases.env);
    isNoted = await note(options, { holder, ledger: ledger.promise, isOver: () => isOver });
  };
  const isPlanned = !isHeld && holdForMs > 0;
  const timer = isPlanned ? setTimeout(() => void begin(), holdAfterMs) : undefined;
  try {
    return await callback({
      ledgerIs: ledger.resolve,
      seal: () => {
        isOver = true;
        clearTimeout(timer);
      },
      isHeld: async () => isNoted && (await isHolding(databases.openSource, run)),
      leave: () => {
        isLeft = true;
      },
    });
  } finally {
    isOver = true;
    clearTimeout(timer);
    if (!isLeft) {
      await holder?.end();
      if (isHeld) await endHolders(databases.openSource, [run]);
    }
  }
}

interface Noting {
  readonly holder: Holder;
  readonly ledger: Promise<Connect>;
  readonly isOver: () => boolean;
}

/** @returns whether the ledger has it. Nothing that goes wrong here stops the run. */
async function note(
  { config, run, facts, onHolding }: HoldOptions,
  { holder, ledger, isOver }: Noting,
): Promise<boolean> {
  const { holdForMs } = config.source.snapshot;
  // What happens while the run ends, or because it has, tells nobody anything.
  const tell = (holding: Holding): void => void (isOver() || onHolding(holding));
  try {
    const held = await holder.held;
    if ('failed' in held) {
      tell(held);
      return false;
    }
    const connect = await ledger;
    if (isOver()) return false;
    await noteHeld(connect, { ...(await facts(connect)), run, snapshot: held.snapshot, holdForMs });
    holder.noted();
    tell({ run, holdForMs });
    return true;
  } catch (cause) {
    tell({ failed: unexpected(cause).code });
    await holder.end();
    return false;
  }
}

const HOLDERS = `
select count(*)::int as holders from pg_catalog.pg_stat_activity
where datname = current_database() and usename = current_user and starts_with(application_name, $1)`;

/** Whether the source has the session that holds the snapshot of a run; a source that does not answer has none. */
export async function isHolding(connectSource: Connect, run: string): Promise<boolean> {
  const count = (client: ClientBase) => client.query<{ holders: number }>(HOLDERS, [holderName(run)]);
  const found = await connectSource(count).catch(() => undefined);
  return (found?.rows[0]?.holders ?? 0) > 0;
}

/** Ends what holds the snapshots of runs; where the source does not answer, it ends by itself in time. */
export async function endHolders(connectSource: Connect, runs: readonly string[]): Promise<void> {
  await endSessions(connectSource, runs.map(holderName)).catch(() => undefined);
}
