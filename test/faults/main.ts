// npm run test:faults -- [--long] [--seed N] [FILE…]: the suites that break things, alone.

import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
if (!/^\d+$/.test(values.seed)) throw new Error('--seed takes a whole number.');
process.stdout.write(
  `${values.long ? 'The long form' : 'The short form; --long repeats as often as is promised'}; seed ${values.seed}.\n`,
);
const { status } = spawnSync('vitest', ['run', '--project', 'faults', ...positionals], {
  stdio: 'inherit',
  env: { ...process.env, PGVEIL_FAULTS: values.long ? 'long' : 'short', PGVEIL_FAULTS_SEED: values.seed },
});
process.exitCode = status ?? 1;
