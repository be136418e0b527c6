// How many HMACs per second and core the kernel computes, against node:crypto value by value.
// Alone: npx node bench/hmac.bench.ts [--record], which writes bench/records/hmac-kernel.json.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Column } from '../src/batch/column.ts';
import { hmacColumn, hmacColumnByNode, kernelName } from '../src/kernels/hmac.ts';

const VALUES = 1000;
const MESSAGE_BYTES = [8, 20, 60, 200];
const RUN_MS = 100;
const RUNS = 7;

/** Values per second, by what was measured. */
export type HmacRates = Readonly<Record<string, number>>;

/** Measures columns of 1000 values of equal length, and one whose values lie 200 bytes apart, as in a batch of rows. */
export function benchHmac(): HmacRates {
  const key = randomBytes(32);
  const kernels = [
    [kernelName(), hmacColumn(key)],
    ['per value', hmacColumnByNode(key)],
  ] as const;
  const rates: Record<string, number> = {};
  for (const [name, digests] of kernels) {
    for (const size of MESSAGE_BYTES) rates[`${name}, ${size} bytes`] = measure(digests, columnOf(size, size));
    rates[`${name}, 20 bytes in rows of 200`] = measure(digests, columnOf(20, 200));
    rates[`${name}, 10 to 30 bytes`] = measure(digests, columnOf(30, 30, 10));
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
  const rates = benchHmac();
  for (const [what, rate] of Object.entries(rates))
    process.stdout.write(`${String(rate).padStart(10)} values/s  ${what}\n`);
  if (process.argv.includes('--record')) {
    const record = { date: new Date().toISOString().slice(0, 10), node: process.version, valuesPerSecond: rates };
    writeFileSync(new URL('./records/hmac-kernel.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
}
