import { describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { Patience } from '../../src/retries/patience.ts';

const deadlock = new AnonymizeError('ANON_DATABASE', { side: 'target', sqlstate: '40P01' });
const away = new AnonymizeError('ANON_UNREACHABLE', { side: 'target', network: 'ECONNREFUSED', phase: 'connecting' });

/** What comes after each of these failures, on a clock that goes as far as the waits. */
function next(failures: readonly AnonymizeError[], { attempts = 5, withinMs = 60_000, takesMs = 0 } = {}) {
  let now = 0;
  const patience = new Patience({ attempts, withinMs }, () => now);
  return failures.map(failure => {
    const retry = patience.after(failure);
    now += (retry?.delayMs ?? 0) + takesMs;
    return retry;
  });
}

const times = (count: number, error: AnonymizeError): AnonymizeError[] => new Array(count).fill(error);

describe('patience', () => {
  test('ends after as many attempts as are allowed', () => {
    expect(next(times(5, deadlock)).map(retry => retry?.attempt)).toEqual([2, 3, 4, 5, undefined]);
    expect(next([deadlock, away], { attempts: 1 })).toEqual([undefined, undefined]);
  });

  test('has none with what will fail again', () => {
    for (const facts of [
      { sqlstate: '23505' },
      { sqlstate: '42501' },
      { sqlstate: '53100' },
      { network: 'EMFILE' },
      {},
    ]) {
      expect(next([new AnonymizeError('ANON_DATABASE', facts)])).toEqual([undefined]);
    }
  });

  test('does not count what could not begin, and ends when the database has been away for too long', () => {
    const retries = next([deadlock, ...times(40, away)]);
    const last = retries.indexOf(undefined);
    expect(new Set(retries.slice(0, last).map(retry => retry?.attempt))).toEqual(new Set([2]));
    const waited = retries.slice(0, last).reduce((sum, retry) => sum + (retry?.delayMs ?? 0), 0);
    expect(waited).toBeGreaterThan(60_000);
    expect(waited).toBeLessThan(60_000 + 10_000);
  });

  test('counts the time away anew when work began again meanwhile, however long that took', () => {
    const retries = next([deadlock, ...times(5, away), deadlock, away], { takesMs: 11_000 });
    expect(retries.at(-1)).toMatchObject({ attempt: 3 });
  });

  test('waits longer each time, up to ten seconds, and never twice the same', () => {
    const delays = Array.from({ length: 50 }, () =>
      next(times(12, away), { withinMs: 1e9 }).map(retry => retry!.delayMs),
    );
    for (const waits of delays) {
      for (const [n, wait] of waits.entries()) {
        const longest = Math.min(10_000, 100 * 2 ** n);
        expect(wait).toBeGreaterThanOrEqual(longest / 2);
        expect(wait).toBeLessThanOrEqual(longest);
      }
    }
    expect(new Set(delays.map(waits => waits[3])).size).toBeGreaterThan(40);
  });
});
