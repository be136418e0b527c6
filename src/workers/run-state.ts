// Shared memory of a run: its phase, who holds the place for an oversized row, how many slices may go on at once, and progress
// per table. Workers add to it per batch; the main thread reads it when it draws. No message is sent per batch.

const PHASE = 0;
const OVERSIZED = 1;
/** Workers with connections. */
const CONNECTED = 2;
/** Rows that the target refused. */
const QUARANTINED = 3;
/** Who writes to the file that all share. */
const WRITING = 4;
/** Slices that go on, those that may (ALL: any number), and how often either has changed. */
const GOING_ON = 5;
const MOST_AT_ONCE = 6;
const TURNS = 7;
const HEADER_BYTES = 32;

const ALL = -1;

const RUNNING = 0;
export const STOPPING = 1;
export const FINISHED = 2;

export interface TableProgress {
  readonly rows: number;
  readonly bytes: number;
}

export class RunState {
  readonly buffer: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #counters: BigInt64Array;

  constructor(from: SharedArrayBuffer | { readonly tables: number }) {
    this.buffer = 'tables' in from ? new SharedArrayBuffer(HEADER_BYTES + from.tables * 16) : from;
    this.#header = new Int32Array(this.buffer, 0, HEADER_BYTES / 4);
    if ('tables' in from) this.#header[MOST_AT_ONCE] = ALL;
    this.#counters = new BigInt64Array(this.buffer, HEADER_BYTES);
  }

  /** Ends the run for all workers: they stop at once (`STOPPING`) or close their connections (`FINISHED`). */
  end(phase: typeof STOPPING | typeof FINISHED): void {
    Atomics.store(this.#header, PHASE, phase);
    Atomics.notify(this.#header, PHASE);
    this.#turn();
  }

  get isStopping(): boolean {
    return Atomics.load(this.#header, PHASE) === STOPPING;
  }

  /** Resolves with the phase that ends the run. */
  async ended(): Promise<number> {
    const wait = Atomics.waitAsync(this.#header, PHASE, RUNNING);
    if (wait.async) await wait.value;
    return Atomics.load(this.#header, PHASE);
  }

  connect(): void {
    Atomics.add(this.#header, CONNECTED, 1);
  }

  disconnect(): void {
    Atomics.sub(this.#header, CONNECTED, 1);
    Atomics.notify(this.#header, CONNECTED);
  }

  /** Resolves when no worker has a connection any more. */
  async disconnected(): Promise<void> {
    for (;;) {
      const workers = Atomics.load(this.#header, CONNECTED);
      if (workers === 0) return;
      const wait = Atomics.waitAsync(this.#header, CONNECTED, workers);
      if (wait.async) await wait.value;
    }
  }

  /** Only one worker at a time holds a row that is larger than usual: so two cannot wait for each other's memory. */
  async takeOversizedPlace(): Promise<void> {
    await this.#take(OVERSIZED);
  }

  leaveOversizedPlace(): void {
    this.#leave(OVERSIZED);
  }

  /** Runs `write` while no other thread does. */
  async alone(write: () => void): Promise<void> {
    await this.#take(WRITING);
    try {
      write();
    } finally {
      this.#leave(WRITING);
    }
  }

  /** Counts refused rows; returns how many there are in all. */
  quarantine(rows: number): number {
    return Atomics.add(this.#header, QUARANTINED, rows) + rows;
  }

  async #take(place: number): Promise<void> {
    while (Atomics.compareExchange(this.#header, place, 0, 1) !== 0) {
      const wait = Atomics.waitAsync(this.#header, place, 1);
      if (wait.async) await wait.value;
    }
  }

  #leave(place: number): void {
    Atomics.store(this.#header, place, 0);
    Atomics.notify(this.#header, place, 1);
  }

  /** From now on, so many slices go on at once; the others wait between two batches, or before they begin. */
  allow(slices: number): void {
    Atomics.store(this.#header, MOST_AT_ONCE, slices);
    this.#turn();
  }

  /** Before a slice goes on: waits until fewer do than may. When the run ends, nobody waits. */
  async takeTurn(): Promise<void> {
    for (;;) {
      const turns = Atomics.load(this.#header, TURNS);
      const going = Atomics.load(this.#header, GOING_ON);
      if (this.#mayGoOn(going + 1)) {
        if (Atomics.compareExchange(this.#header, GOING_ON, going, going + 1) === going) return;
        continue;
      }
      const wait = Atomics.waitAsync(this.#header, TURNS, turns);
      if (wait.async) await wait.value;
    }
  }

  /** After a slice, or a part of it. */
  giveTurn(): void {
    Atomics.sub(this.#header, GOING_ON, 1);
    this.#turn();
  }

  /** Between two batches: gives the turn back where more slices go on than may. Resolves with the next; undefined to go on. */
  shareTurn(): Promise<void> | undefined {
    for (;;) {
      const going = Atomics.load(this.#header, GOING_ON);
      if (this.#mayGoOn(going)) return undefined;
      if (Atomics.compareExchange(this.#header, GOING_ON, going, going - 1) === going) break;
    }
    this.#turn();
    return this.takeTurn();
  }

  #mayGoOn(slices: number): boolean {
    const most = Atomics.load(this.#header, MOST_AT_ONCE);
    return most === ALL || slices <= most || Atomics.load(this.#header, PHASE) !== RUNNING;
  }

  #turn(): void {
    Atomics.add(this.#header, TURNS, 1);
    Atomics.notify(this.#header, TURNS);
  }

  add(table: number, rows: number, bytes: number): void {
    Atomics.add(this.#counters, table * 2, BigInt(rows));
    Atomics.add(this.#counters, table * 2 + 1, BigInt(bytes));
  }

  progress(table: number): TableProgress {
    return {
      rows: Number(Atomics.load(this.#counters, table * 2)),
      bytes: Number(Atomics.load(this.#counters, table * 2 + 1)),
    };
  }
}
