// One attempt at the slices of a task: what it has counted as progress, which is taken back when it fails, and the process of
// the target that it was made with, which may still commit it then.

import type { ClientBase } from 'pg';
import { type Backend, backendOf } from '../pg/backends.ts';
import type { RunState } from './run-state.ts';

export class Attempt {
  readonly #state: RunState;
  readonly #added = new Map<number, { rows: number; bytes: number }>();
  #sealed = 0;
  #isOver = false;
  #backend: Backend | undefined;

  constructor(state: RunState) {
    this.#state = state;
  }

  /** Both databases have let it in. */
  begin(target: ClientBase): void {
    this.#backend = backendOf(target);
  }

  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** Counts rows of a table, by its position in the plan. */
  add(table: number, rows: number, bytes: number): void {
    if (this.#isOver) return;
    const sum = this.#added.get(table) ?? { rows: 0, bytes: 0 };
    this.#added.set(table, { rows: sum.rows + rows, bytes: sum.bytes + bytes });
    this.#state.add(table, rows, bytes);
  }

  /** Says that rows of a slice that is through were sealed, and counted as such. */
  seal(rows: number): void {
    this.#sealed += rows;
  }

  /** Nothing of it counts, nor what a stream that is still running adds. */
  takeBack(): void {
    this.#isOver = true;
    for (const [table, { rows, bytes }] of this.#added) this.#state.add(table, -rows, -bytes);
    if (this.#sealed > 0) this.#state.quarantine(-this.#sealed);
  }
}
