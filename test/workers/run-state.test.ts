import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RunState, STOPPING } from '../../src/workers/run-state.ts';

/** Slices that copy batch after batch in turns of one run's state, each with a view of its own. */
class Slices {
  readonly state = new RunState({ tables: 1 });
  going = 0;
  most = 0;
  readonly batches: number[] = [];
  #isOver = false;

  start(count: number): Promise<unknown> {
    return Promise.all(Array.from({ length: count }, (_, slice) => this.#copy(slice)));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #copy(slice: number): Promise<void> {
    const state = new RunState(this.state.buffer);
    this.batches[slice] = 0;
    await state.takeTurn();
    this.#goOn();
    while (!this.#isOver) {
      const turn = state.shareTurn();
      if (turn) {
        this.going--;
        await turn;
        this.#goOn();
      }
      this.batches[slice]!++;
      await setImmediate();
    }
    this.going--;
    state.giveTurn();
  }

  #goOn(): void {
    this.going++;
    this.most = Math.max(this.most, this.going);
  }
}

const aWhile = async (): Promise<void> => {
  for (let n = 0; n < 30; n++) await setImmediate();
};

test('any number of slices goes on unless it is limited; then as many as may, and again more', async () => {
  const slices = new Slices();
  const done = slices.start(4);
  await aWhile();
  expect(slices.going).toBe(4);
  slices.state.allow(2);
  await aWhile();
  expect(slices.going).toBe(2);
  slices.state.allow(0);
  await aWhile();
  expect(slices.going).toBe(0);
  const before = [...slices.batches];
  await aWhile();
  expect(slices.batches).toEqual(before);
  slices.state.allow(3);
  await aWhile();
  expect(slices.going).toBe(3);
  slices.state.allow(4);
  await aWhile();
  slices.stop();
  await done;
  expect([slices.going, slices.most]).toEqual([0, 4]);
});

test('a slice that ends gives its turn to one that waits', async () => {
  const state = new RunState({ tables: 1 });
  state.allow(1);
  await state.takeTurn();
  let isNext = false;
  const next = state.takeTurn().then(() => {
    isNext = true;
  });
  await aWhile();
  expect(isNext).toBe(false);
  state.giveTurn();
  await next;
});

test('nobody waits for a turn of a run that ends', async () => {
  const state = new RunState({ tables: 1 });
  state.allow(0);
  const waiting = state.takeTurn();
  state.end(STOPPING);
  await waiting;
});
