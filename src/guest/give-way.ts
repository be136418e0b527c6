// What a run does when a change of structure on the source waits for it. While that waits, every new query on the table waits
// behind it: a copy that lasts for hours would take the table away for hours.

import type { ClientBase } from 'pg';
import type { LoadedConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { atSavepoint } from '../pg/savepoint.ts';
import { tableKey } from '../pg/table-key.ts';
import { type ReadTable, unreadable } from '../plan/read-on.ts';
import type { TaskQueue } from '../workers/task-queue.ts';
import { endHolder, findExclusive, findWaitingDdl } from './blocked-ddl.ts';
import type { Notice } from './notices.ts';
import type { TableLocks } from './table-locks.ts';

export interface GiveWayOptions {
  readonly run: string;
  readonly mode: LoadedConfig['source']['onBlockedDdl'];
  readonly tables: readonly ReadTable[];
  readonly locks: TableLocks;
  /** Opens a session that sees the catalogue as it is now. */
  readonly openSource: <T>(work: (client: ClientBase) => Promise<T>) => Promise<T>;
  readonly tell: (notice: Notice) => void;
}

export class GiveWay {
  readonly #options: GiveWayOptions;
  readonly #tables: ReadonlyMap<string, ReadTable>;
  /** Tables whose wait has been told. */
  readonly #told = new Set<string>();
  /** Tables without our locks that are still to be read. */
  readonly #without = new Set<string>();
  #queue: TaskQueue | undefined;

  constructor(options: GiveWayOptions) {
    this.#options = options;
    this.#tables = new Map(options.tables.map(table => [tableKey(table), table]));
  }

  /** From now on the tables are copied, and what is in the queue is what is still to be read. */
  copying(queue: TaskQueue): void {
    this.#queue = queue;
  }

  /**
   * Looks who waits, and gives way.
   * @param source the session that holds the locks, once `copying` was called
   * @throws {AnonymizeError} ANON_SOURCE_DDL_WAITS, ANON_SOURCE_DRIFT
   */
  async look(source: ClientBase): Promise<void> {
    const waiting = await atSavepoint(source, () => findWaitingDdl(source, this.#options.run));
    for (const table of this.#told) if (!waiting.has(table)) this.#told.delete(table);
    for (const [table, sessions] of waiting) this.#answer(table, sessions);
    const ready = [...waiting.keys()].filter(table => this.#isReady(table));
    if (ready.length > 0) await this.#letThrough(source, ready);
    if (this.#without.size > 0) await this.#takeBack(source);
  }

  #answer(key: string, sessions: number): void {
    const { mode, tell } = this.#options;
    const table = nameOf(key, this.#tables.get(key));
    // With `continue`, workers keep their locks until all is copied.
    const isCopied = mode !== 'continue' && this.#queue !== undefined && !this.#queue.isWanted(key);
    if (mode === 'abort' && !isCopied)
      throw new AnonymizeError('ANON_SOURCE_DDL_WAITS', { place: table, sessions: String(sessions) });
    if (mode === 'pause' && !isCopied) this.#queue?.holdBack(key);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const answer = isCopied ? 'let_through' : mode === 'pause' ? 'pause' : 'continue';
    tell({ notice: 'ddl_waits', table, sessions, answer });
  }

  /** Nobody reads it now, and nobody will, unless `pause` has held it back. */
  #isReady(key: string): boolean {
    const { mode, locks } = this.#options;
    const queue = this.#queue;
    if (!queue || mode === 'continue' || !locks.has(key)) return false;
    return mode === 'pause' ? !queue.isRunning(key) : !queue.isWanted(key);
  }

  async #letThrough(source: ClientBase, ready: readonly string[]): Promise<void> {
    const { run, locks, tell } = this.#options;
    const lost = await locks.giveUp(source, ready);
    if (await atSavepoint(source, () => endHolder(source, run))) tell({ notice: 'not_resumable' });
    for (const key of [...ready, ...lost]) {
      const copied = !this.#queue?.isWanted(key);
      if (!copied) {
        this.#queue?.holdBack(key);
        this.#without.add(key);
      }
      tell({ notice: 'ddl_let_through', table: nameOf(key, this.#tables.get(key)), copied });
    }
  }

  /** A table that nobody changes any more is locked again, and read on if it is what the snapshot saw. */
  async #takeBack(source: ClientBase): Promise<void> {
    const { locks, openSource, tell } = this.#options;
    const busy = await atSavepoint(source, () => findExclusive(source));
    for (const key of this.#without) {
      const table = this.#tables.get(key);
      if (busy.has(key) || !table) continue;
      const isLocked = await locks.takeBack(source, table);
      const [place] = await openSource(client => unreadable(client, [table]));
      if (place !== undefined) throw new AnonymizeError('ANON_SOURCE_DRIFT', { place });
      if (!isLocked) continue;
      this.#without.delete(key);
      this.#queue?.letGo(key);
      tell({ notice: 'ddl_done', table: nameOf(key, table) });
    }
  }
}

/** The name of a table for messages; one that is not planned has only its key, which is written like one. */
const nameOf = (key: string, table: ReadTable | undefined): string =>
  table ? displayName(table.schema, table.name) : key;
