// Samples per second and core of what is behind `noise`, without values around it.

import { randomBytes } from 'node:crypto';
import { cmacColumn } from '../src/kernels/cmac.ts';
import { gaussianAttempt } from '../src/kernels/discrete-gaussian.ts';
import { type Attempt, laplaceAttempt, untilAccepted } from '../src/kernels/discrete-laplace.ts';
import { addDraws } from '../src/kernels/keyed-draws.ts';
import { KeyedWords, systemWords } from '../src/kernels/random-words.ts';
import type { Figure } from './figure.ts';
import { perCpuSecond, type Work } from './measure.ts';
import { BATCH_VALUES, batchesOf, SECRET } from './strategy-work.ts';

/** Measures the samplers, from either source, and the seeds of keyed ones. */
export function* benchSamplers(): Generator<Figure> {
  for (const [what, work] of works()) yield { what, value: perCpuSecond(work), unit: 'values/s' };
}

function* works(): Generator<readonly [string, Work]> {
  const samplers: readonly (readonly [string, Attempt])[] = [
    ['discrete Laplace', laplaceAttempt({ numerator: 1_000_000n, denominator: 1n })],
    ['discrete Gaussian', gaussianAttempt(10n ** 12n)],
  ];
  let sum = 0;
  for (const [name, attempt] of samplers) {
    const system = systemWords();
    const sample = untilAccepted(attempt);
    yield [
      `${name}, from the CSPRNG`,
      () => {
        for (let value = 0; value < BATCH_VALUES; value++) sum += sample(system);
        return BATCH_VALUES;
      },
    ];
    const keyed = new KeyedWords(SECRET);
    const drawn = new Float64Array(BATCH_VALUES);
    const seeds = randomBytes(16 * BATCH_VALUES);
    yield [
      `${name}, keyed`,
      () => {
        keyed.load(seeds);
        drawn.fill(0);
        addDraws(attempt, keyed, drawn, BATCH_VALUES);
        sum += drawn[0]!; // it is not empty
        return BATCH_VALUES;
      },
    ];
  }
  const tags = cmacColumn(SECRET);
  const [messages] = batchesOf(row => `${String(row).padStart(12, '0')}ab`, 1);
  yield [
    'AES-CMAC of 14 bytes',
    () => {
      sum += tags(messages!)[0]!; // there is a batch, and it has values
      return BATCH_VALUES;
    },
  ];
  if (Number.isNaN(sum)) throw new Error('the samplers gave no numbers');
}
