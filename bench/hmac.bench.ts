// How many HMACs per second and core the kernel computes, against node:crypto value by value.
// Alone: npx node bench/hmac.bench.ts [--record], which writes bench/records/hmac-kernel.json.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Column } from '../src/batch/column.ts';
import { hmacColumn, hmacColumnByNode, kernelName } from '../src/kernels/hmac.ts';

const VALUES = 1000;
const RUN_MS = 50;
const RUNS = 9;

/** Values per second, by what was hashed how. */
export type HmacRates = Readonly<Record<string, number>>;

/** Columns of 1000 values: of one length each, of mixed lengths, and with other bytes between them, as in batches of rows. */
const COLUMNS: Readonly<Record<string, () => Column>> = {
  '8 bytes': () => columnOf(8, 8),
  '20 bytes': () => columnOf(20, 20),
  '10 to 30 bytes': () => columnOf(30, 30, 10),
  '20 bytes in rows of 200': () => columnOf(20, 200),
  '20 bytes in rows of 1000': () => columnOf(20, 1000),
  '60 bytes': () => columnOf(60, 60),
  '200 bytes': () => columnOf(200, 200),
  '10 to 190 bytes': () => columnOf(190, 190, 10),
  '20 bytes, and one of 10,000': () => {
    const { bytes, offsets, lengths, count } = columnOf(20, 20);
    return { bytes, offsets: offsets.with(500, 0), lengths: lengths.with(500, 10_000), count };
  },
};

/** Measures every column with the kernel of this machine and with node:crypto. Prints a line for each. */
export function benchHmac(print: (line: string) => void = () => {}): HmacRates {
  const key = randomBytes(32);
  const kernels = { [kernelName()]: hmacColumn(key), 'value by value': hmacColumnByNode(key) };
  const rates: Record<string, number> = {};
  for (const [name, digests] of Object.entries(kernels)) {
    for (const [what, column] of Object.entries(COLUMNS)) {
      const rate = measure(digests, column());
      rates[`${name}: ${what}`] = rate;
      print(`${rate.toLocaleString('en').padStart(12)} values/s  ${name}: ${what}`);
    }
  }
  return rates;
}

function columnOf(longest: number, apart: number, shortest = longest): Column {
  const offsets = Int32Array.from({ length: VALUES }, (_, index) => index * apart);
  const lengths = Int32Array.from(
    { length: VALUES },
    (_, index) => shortest + ((index * 7) % (longest - shortest + 1)),
  );
  return { bytes: randomBytes(VALUES * apart), offsets, lengths, count: VALUES };
}

/** The best of some runs: other work on the machine only ever slows a run down. */
function measure(digests: (column: Column) => Uint8Array, column: Column): number {
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    let values = 0;
    while (performance.now() - start < RUN_MS) {
      digests(column);
      values += column.count;
    }
    best = Math.max(best, values / ((performance.now() - start) / 1000));
  }
  return Math.round(best);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const what = benchHmac(line => process.stdout.write(`${line}\n`));
  if (process.argv.includes('--record')) {
    const date = new Date().toISOString().slice(0, 10);
    const record = { date, node: process.version, cpu: cpus()[0]?.model, unit: 'values/s on one core', what };
    writeFileSync(new URL('records/hmac-kernel.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
}
