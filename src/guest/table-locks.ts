// The locks on tables of the source, in the session that keeps the snapshot: all taken behind one savepoint, so that some can
// be given up while the snapshot stays.

import pg, { type ClientBase } from 'pg';
import type { TableName } from '../pg/identifiers.ts';
import { atSavepoint } from '../pg/savepoint.ts';
import { lockTables, releaseTables } from '../pg/snapshot.ts';
import { tableKey } from '../pg/table-key.ts';

/** A lock that is to be had again is not waited for: who has it will be through later. */
const PATIENCE = `set local lock_timeout = '500ms'`;

export class TableLocks {
  readonly #held: Map<string, TableName>;

  /** @param tables those that `exportSnapshot` has locked */
  constructor(tables: readonly TableName[]) {
    this.#held = new Map(tables.map(table => [tableKey(table), table]));
  }

  has(table: string): boolean {
    return this.#held.has(table);
  }

  /**
   * Gives up the locks on these tables. The others are free for a moment, until they are locked again.
   * @returns tables, by their keys, that somebody was quick enough to take: they are not locked any more either
   */
  async giveUp(source: ClientBase, tables: readonly string[]): Promise<readonly string[]> {
    for (const table of tables) this.#held.delete(table);
    const others = [...this.#held.values()];
    await releaseTables(source);
    if (await tryLock(source, others)) return [];
    const lost: string[] = [];
    for (const [key, table] of [...this.#held]) {
      if (await tryLock(source, [table])) continue;
      this.#held.delete(key);
      lost.push(key);
    }
    return lost;
  }

  /** Takes the lock on a table again. @returns false while somebody else has it, or when the table is gone */
  async takeBack(source: ClientBase, table: TableName): Promise<boolean> {
    if (!(await tryLock(source, [table]))) return false;
    this.#held.set(tableKey(table), table);
    return true;
  }
}

/** lock_not_available, undefined_table, invalid_schema_name */
const NOT_TO_BE_HAD: ReadonlySet<string> = new Set(['55P03', '42P01', '3F000']);

async function tryLock(source: ClientBase, tables: readonly TableName[]): Promise<boolean> {
  if (tables.length === 0) return true;
  try {
    await atSavepoint(source, async () => {
      await source.query(PATIENCE);
      await lockTables(source, tables);
    });
    return true;
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && NOT_TO_BE_HAD.has(cause.code ?? '')) return false;
    throw cause;
  }
}
