import { describe, expect, test } from 'vitest';
import { Governor, overLimits } from '../../src/guest/governor.ts';
import type { Pressure } from '../../src/guest/pressure.ts';

const CALM: Pressure = { replicaLagMs: 0, activeSessions: 3, lockWaits: 0, ioWaits: 0 };
const LIMITS = { replicaLagMs: 30_000, activeSessions: 50, lockWaits: 5, ioWaits: undefined };

describe('the limits', () => {
  test('are passed by what is over them, on either side, and the words say what', () => {
    const at = (source: Partial<Pressure>, target: Partial<Pressure> = {}) =>
      overLimits(LIMITS, { source: { ...CALM, ...source }, target: { ...CALM, ...target } });
    expect(at({})).toBeUndefined();
    expect(at({ replicaLagMs: 30_000, activeSessions: 50, lockWaits: 5 })).toBeUndefined();
    expect(at({ ioWaits: 1_000 })).toBeUndefined();
    expect(at({ replicaLagMs: 31_000 })).toBe('source: 31 s behind, limit 30 s');
    expect(at({ activeSessions: 51, lockWaits: 6 }, { activeSessions: 70 })).toBe(
      'source: 51 active sessions, limit 50, 6 waiting for locks, limit 5; target: 70 active sessions, limit 50',
    );
  });
});

describe('the governor', () => {
  const run = (governor: Governor, looks: string): string =>
    [...looks].map(look => (governor.note(look === '!') ? governor.slices : '.')).join('');

  test('takes a slice away at each look that is pressed, down to the least, and gives one back after three calm ones', () => {
    expect(run(new Governor({ most: 4, least: 1 }), '!!!!......!.........')).toBe('321...2..32..3..4...');
  });

  test('stops all slices where the least is none', () => {
    expect(run(new Governor({ most: 2, least: 0 }), '!!!...')).toBe('10...1');
  });

  test('never asks for more than there are', () => {
    expect(run(new Governor({ most: 1, least: 3 }), '!!......')).toBe('........');
  });
});
