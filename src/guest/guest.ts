// A run as a guest on servers that have other things to do: it gives way to changes of structure on the source, takes less when
// limits are passed, and does not keep its snapshot for longer than it may. All of it begins when a run is a second old.

import type { ClientBase } from 'pg';
import { formatDuration } from '../config/duration.ts';
import type { LoadedConfig } from '../config/load.ts';
import { AnonymizeError, unexpected } from '../errors.ts';
import type { Databases } from '../pg/databases.ts';
import { databaseError, type Side } from '../pg/errors.ts';
import { atSavepoint } from '../pg/savepoint.ts';
import { releaseSnapshot } from '../pg/snapshot.ts';
import type { CheckedPlan } from '../plan/checked-plan.ts';
import { lockedTables } from '../plan/hold-source.ts';
import { readTables } from '../plan/read-on.ts';
import type { Connect } from '../publish/target-session.ts';
import type { RunState } from '../workers/run-state.ts';
import type { TaskQueue } from '../workers/task-queue.ts';
import { GiveWay } from './give-way.ts';
import { Governor, overLimits } from './governor.ts';
import type { Notice, NoticeReport } from './notices.ts';
import { measurePressure } from './pressure.ts';
import { TableLocks } from './table-locks.ts';
import { type Look, whileLooking } from './watch.ts';

/** A shorter run is in nobody's way, and is not to pay for this. */
const FIRST_LOOK_MS = 1_000;
/** A lock that waits is noticed within two seconds. */
const LOOK_EVERY_MS = 1_000;
/** What the report holds of a run that swings for days. */
const MOST_NOTICES = 1_000;

export interface GuestOptions {
  readonly config: LoadedConfig;
  readonly databases: Databases;
  readonly checked: CheckedPlan;
  readonly run: string;
  /** When the snapshot was taken. */
  readonly since: Date;
  readonly tell: (notice: Notice) => void;
}

/** What a run copies with, once it does. */
interface Copying {
  readonly queue: TaskQueue;
  readonly state: RunState;
  readonly workers: number;
}

export class Guest {
  /** What was told so far. */
  readonly notices: NoticeReport[] = [];
  readonly #options: GuestOptions;
  readonly #stop: AbortController;
  readonly #giveWay: GiveWay;
  #governing: (Copying & { readonly governor: Governor }) | undefined;

  /** @param stop aborted with the reason when the run has to end */
  constructor(options: GuestOptions, stop: AbortController) {
    this.#options = options;
    this.#stop = stop;
    const { config, databases, checked, run } = options;
    const tables = lockedTables(checked.plan);
    this.#giveWay = new GiveWay({
      run,
      mode: config.source.onBlockedDdl,
      tables: readTables(checked.plan, checked.source),
      locks: new TableLocks(tables),
      openSource: databases.openSource,
      tell: notice => this.#tell(notice),
    });
  }

  /** Looks after the source while the rows of a subset are found. Its own session is busy with that. */
  whileSelecting<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#whileLooking([this.#onSource(this.#options.databases.openSource)], work);
  }

  /**
   * Looks after both databases while the run goes on.
   * @param work calls what it is given when all rows are copied: from then on nothing of the source is held
   */
  whileCopying<Result>(work: (copied: () => Promise<void>) => Promise<Result>): Promise<Result> {
    const { config, databases } = this.#options;
    const looks = [
      this.#onSource(databases.connectSource),
      ...(config.governor ? [this.#onPressure(config.governor)] : []),
    ];
    return this.#whileLooking(looks, stopLooking =>
      work(async () => {
        await stopLooking();
        await releaseSnapshot(databases.sourceSession);
      }),
    );
  }

  /** The run copies from now on: tables can be let through, and the number of slices can be changed. */
  copying(copying: Copying): void {
    this.#giveWay.copying(copying.queue);
    const { governor } = this.#options.config;
    if (governor)
      this.#governing = { ...copying, governor: new Governor({ most: copying.workers, least: governor.least }) };
  }

  #whileLooking<Result>(
    looks: readonly Look[],
    work: (stopLooking: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    return whileLooking(looks, why => this.#stop.abort(why), work);
  }

  #onSource(connect: Connect): Look {
    return {
      firstMs: FIRST_LOOK_MS,
      everyMs: LOOK_EVERY_MS,
      look: async () => {
        this.#refuseAge();
        await connect(client => this.#giveWay.look(client));
      },
      onBlind: cause => this.#tellBlind('source', cause),
    };
  }

  #refuseAge(): void {
    const { config, since } = this.#options;
    const { maxAgeMs } = config.source.snapshot;
    if (maxAgeMs === undefined || Date.now() - since.getTime() <= maxAgeMs) return;
    throw new AnonymizeError('ANON_SNAPSHOT_AGE', { age: formatDuration(maxAgeMs) });
  }

  #onPressure({ everyMs, limits }: NonNullable<LoadedConfig['governor']>): Look {
    const { databases, run } = this.#options;
    const measure = (client: ClientBase) => atSavepoint(client, () => measurePressure(client, run));
    return {
      firstMs: Math.min(FIRST_LOOK_MS, everyMs),
      everyMs,
      look: async () => {
        if (!this.#governing) return;
        const [source, target] = await Promise.all([
          measure(databases.sourceSession),
          measure(databases.targetSession),
        ]);
        this.#govern(overLimits(limits, { source, target }));
      },
      onBlind: cause => this.#tellBlind('target', cause),
    };
  }

  #govern(because: string | undefined): void {
    if (!this.#governing) return;
    const { governor, state, workers } = this.#governing;
    if (!governor.note(because !== undefined)) return;
    state.allow(governor.slices);
    this.#tell({ notice: 'pace', slices: governor.slices, of: workers, because: because ?? 'no limit is passed' });
  }

  #tellBlind(side: Side & ('source' | 'target'), cause: unknown): void {
    const { message } = unexpected(databaseError(cause, { side }));
    this.#tell({ notice: 'unwatched', side, because: message });
  }

  #tell(notice: Notice): void {
    const seconds = Math.round((Date.now() - this.#options.since.getTime()) / 100) / 10;
    if (this.notices.length < MOST_NOTICES) this.notices.push({ seconds, ...notice });
    this.#options.tell(notice);
  }
}
