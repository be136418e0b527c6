import { expect, test } from 'vitest';
import { parseBytes } from '../../src/config/memory-size.ts';

test.each([
  ['512MB', 512_000_000],
  ['512 MB', 512_000_000],
  ['512mb', 512_000_000],
  ['200000KB', 200_000_000],
  ['1.5GB', 1_500_000_000],
  ['512MiB', 536_870_912],
  ['1GiB', 1_073_741_824],
  ['262144KiB', 268_435_456],
])('%s is %d bytes', (written, bytes) => {
  expect(parseBytes(written)).toBe(bytes);
});

test.each(['512', '512M', 'MB', '-1MB', '1e3MB', '1,5GB', '512MB ', '1TB', 'NaNMB', '', 512, null, true, ['1GB']])(
  '%j is no size',
  written => {
    expect(parseBytes(written)).toBeUndefined();
  },
);
