import { describe, expect, test } from 'vitest';
import type { PlannedTable } from '../../src/plan/plan-types.ts';
import type { SliceTask } from '../../src/workers/messages.ts';
import { TaskQueue } from '../../src/workers/task-queue.ts';

/** A task of the slices of these tables: all that a queue looks at. */
const task = (...names: readonly string[]): SliceTask => ({
  settings: new SharedArrayBuffer(0),
  state: new SharedArrayBuffer(0),
  slices: names.map(name => ({
    table: { schema: 'app', name } as PlannedTable,
    slice: { table: 0, number: 0, fromPage: 0, toPage: null },
    isAlone: true,
  })),
});

describe('a queue of tasks', () => {
  test('gives them out in their order, then none', async () => {
    const tasks = [task('a'), task('b')];
    const queue = new TaskQueue(tasks);
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([...tasks, undefined]);
  });

  test('passes over what is held back, and waits where nothing else is left', async () => {
    const [a, b, small] = [task('a'), task('b'), task('c', 'd')];
    const queue = new TaskQueue([a, small, b]);
    queue.holdBack('app.a');
    queue.holdBack('app.d');
    expect(await queue.next()).toBe(b);
    const waiting = Promise.all([queue.next(), queue.next(), queue.next()]);
    queue.letGo('app.d');
    queue.letGo('app.a');
    expect(await waiting).toEqual(expect.arrayContaining([a, small, undefined]));
  });

  test('gives out nothing after its end, also to those who wait', async () => {
    const queue = new TaskQueue([task('a')]);
    queue.holdBack('app.a');
    const waiting = queue.next();
    queue.end();
    expect(await waiting).toBeUndefined();
    queue.letGo('app.a');
    expect(await queue.next()).toBeUndefined();
  });

  test('knows which tables are being read, and which are still to be', async () => {
    const queue = new TaskQueue([task('a'), task('b'), task('b')]);
    const know = (name: string) => [queue.isRunning(`app.${name}`), queue.isWanted(`app.${name}`)];
    expect([know('a'), know('b'), know('c')]).toEqual([
      [false, true],
      [false, true],
      [false, false],
    ]);
    const [a, b] = [await queue.next(), await queue.next()];
    expect([know('a'), know('b')]).toEqual([
      [true, true],
      [true, true],
    ]);
    if (a) queue.done(a);
    if (b) queue.done(b);
    expect([know('a'), know('b')]).toEqual([
      [false, false],
      [false, true],
    ]);
  });
});
