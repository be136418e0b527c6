// The tasks of a run on their way to the workers: largest tables first. What is held back waits until it is let go; who asks
// meanwhile gets the next of the others.

import { tableKey } from '../pg/table-key.ts';
import type { SliceTask } from './messages.ts';

export class TaskQueue {
  readonly #waiting: SliceTask[];
  readonly #running = new Set<SliceTask>();
  readonly #heldBack = new Set<string>();
  #change = Promise.withResolvers<void>();
  #isOver = false;

  constructor(tasks: readonly SliceTask[]) {
    this.#waiting = [...tasks];
  }

  /** The next task, for which `done` is to be called; undefined when there will be none. */
  async next(): Promise<SliceTask | undefined> {
    while (!this.#isOver && this.#waiting.length > 0) {
      const first = this.#waiting.findIndex(task => !this.#isHeldBack(task));
      const [task] = first < 0 ? [] : this.#waiting.splice(first, 1);
      if (task) {
        this.#running.add(task);
        return task;
      }
      await this.#change.promise;
    }
    return undefined;
  }

  /** A worker is through with it, or has failed with it. */
  done(task: SliceTask): void {
    this.#running.delete(task);
  }

  /** No task is given out any more. */
  end(): void {
    this.#isOver = true;
    this.#changed();
  }

  /** Begins no slice of a table, by its key, until `letGo`. */
  holdBack(table: string): void {
    this.#heldBack.add(table);
  }

  letGo(table: string): void {
    this.#heldBack.delete(table);
    this.#changed();
  }

  /** Whether a worker reads the table now. */
  isRunning(table: string): boolean {
    return [...this.#running].some(task => isOf(task, table));
  }

  /** Whether rows of the table have still to be read, or are being read. */
  isWanted(table: string): boolean {
    return this.isRunning(table) || this.#waiting.some(task => isOf(task, table));
  }

  #isHeldBack(task: SliceTask): boolean {
    return this.#heldBack.size > 0 && task.slices.some(({ table }) => this.#heldBack.has(tableKey(table)));
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

const isOf = ({ slices }: SliceTask, table: string): boolean => slices.some(one => tableKey(one.table) === table);
