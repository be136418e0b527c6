import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

test.each([
  ['0s', 0],
  ['250ms', 250],
  ['5s', 5_000],
  ['30min', 1_800_000],
  ['30 min', 1_800_000],
  ['1.5h', 5_400_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
])('%s is %d ms', (written, ms) => {
  expect(parseDuration(written)).toBe(ms);
});

test.each(['5', 's', '-5s', '5m', '5S', '5 sec', '1e3s', '1,5h', '5s ', '12345678s', '', 5, null, true, ['5s']])(
  '%j is no length of time',
  written => {
    expect(parseDuration(written)).toBeUndefined();
  },
);

test.each([
  [0, '0 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [7_199_000, '2 h'],
  [16_200_000, '4 h 30 min'],
  [172_800_000, '2 d'],
  [266_400_000, '3 d 2 h'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
