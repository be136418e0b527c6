import { expect, test } from 'vitest';
import { compareWithOracle } from '../../bench/ff1-oracle.ts';

test('3,000 random cases agree with @noble/ciphers and come back; `npm run bench -- ff1-oracle` compares 1,000,000', () => {
  expect(compareWithOracle(3000, 'in the tests')).toMatchObject({ cases: 3000, mismatches: 0, failedRoundTrips: 0 });
});
