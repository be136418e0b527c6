import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Plan } from '../../src/plan/plan-types.ts';
import { describe as describeStanding, formatShare, type Standing, watchProgress } from '../../src/report/progress.ts';
import { barOf } from '../../src/report/progress-bar.ts';

const standing = (share: number, rows: number): Standing => ({
  rows,
  bytes: rows * 290,
  share,
  seconds: 100,
  secondsLeft: share > 0 ? (100 * (1 - share)) / share : Number.NaN,
});
const SMALL = standing(0, 0);
const HALF = standing(0.5, 5_000_000);
const HUGE = standing(0.0137, 9_876_543_210);

describe('the bar', () => {
  test.each([20, 40, 60, 80, 100, 120, 240])('fits into %d columns, or leaves itself out', columns => {
    for (const now of [SMALL, HALF, HUGE]) {
      for (const isDone of [false, true]) {
        const line = barOf(now, isDone, columns);
        if (/[█░]/.test(line)) expect(line.length).toBeLessThan(columns);
        expect(line).toContain(describeStanding(now, isDone));
      }
    }
  });

  test('keeps its length while numbers grow', () => {
    const length = (now: Standing) => barOf(now, false, 100).replace(/[^█░]/g, '').length;
    expect(length(SMALL)).toBe(length(HALF));
  });

  test('is full when it is done, and never before', () => {
    expect(barOf(HALF, true, 80)).not.toContain('░');
    expect(barOf(standing(1, 7), false, 80)).toContain(' 99 %');
    expect(formatShare(standing(1, 7), true)).toBe('100 %');
  });
});

test('a standing says rows, bytes, rate, and what is left or what it took', () => {
  expect(describeStanding(HALF, false)).toBe('5,000,000 rows, 1.4 GB, 50,000 rows/s, 1 m 40 s left');
  expect(describeStanding(HALF, true)).toBe('5,000,000 rows, 1.4 GB, 50,000 rows/s, 1 m 40 s');
  expect(describeStanding(SMALL, false)).toBe('0 rows, 0 B, 0 rows/s');
});

describe('a run', () => {
  const plan = { tables: [{ action: 'copy', bytes: 1000 }], skipped: [], notes: [] } as unknown as Plan;
  const planned = { event: 'planned', run: 'r', plan, workers: 2, progress: () => ({ rows: 50, bytes: 500 }) } as const;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function watch(form: 'lines' | 'json'): Promise<string> {
    let written = '';
    const { onEvent, stop } = await watchProgress(form, text => {
      written += text;
    });
    onEvent({ event: 'stage', stage: 'repairing' });
    onEvent(planned);
    onEvent({ event: 'stage', stage: 'copying' });
    vi.advanceTimersByTime(6500);
    onEvent({ event: 'stage', stage: 'rebuilding' });
    vi.advanceTimersByTime(15_500);
    stop();
    vi.advanceTimersByTime(10_000);
    return written;
  }

  test('without a terminal is told in lines: each stage, and every few seconds how far or how long', async () => {
    expect((await watch('lines')).trimEnd().split('\n')).toEqual([
      'putting right what an earlier run left',
      'run r: 1 table, 1.0 kB, 2 workers',
      'copying',
      '50 %  50 rows, 500 B, 17 rows/s, 3.0 s left',
      '50 %  50 rows, 500 B, 8 rows/s, 6.0 s left',
      '100 %  50 rows, 500 B, 8 rows/s, 6.5 s',
      'rebuilding indexes, validating foreign keys',
      ...[3, 6, 9, 12, 15].map(seconds => `rebuilding indexes, validating foreign keys, ${seconds} s`),
    ]);
  });

  test('for programs is told in JSON, one object a line', async () => {
    const events = (await watch('json'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual([
      ...['stage', 'planned', 'stage', 'progress', 'progress', 'progress', 'stage'],
      ...Array.from({ length: 5 }, () => 'waiting'),
    ]);
    expect(events[3]).toMatchObject({ rows: 50, bytes: 500, seconds: 3, seconds_left: 3 });
    expect(events[5]).toMatchObject({ seconds: 6.5, seconds_left: 0 });
  });

  test.each(['lines', 'json'] as const)('that tries something again says what, why and when, in %s', async form => {
    let written = '';
    const { onEvent, stop } = await watchProgress(form, text => {
      written += text;
    });
    const message = 'target: the connection was lost at public.t.';
    onEvent({ event: 'retry', what: 'public.t', code: 'ANON_CONNECTION_LOST', message, attempt: 2, seconds: 0.25 });
    stop();
    if (form === 'lines') expect(written).toBe(`public.t: ${message} (ANON_CONNECTION_LOST); attempt 2 in 0.3 s\n`);
    else {
      const told = { event: 'retry', what: 'public.t', code: 'ANON_CONNECTION_LOST', attempt: 2, seconds: 0.25 };
      expect(JSON.parse(written)).toMatchObject(told);
    }
  });
});
