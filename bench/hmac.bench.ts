// How many HMACs per second and core the kernel computes, against node:crypto value by value.

import { randomBytes } from 'node:crypto';
import type { Column } from '../src/batch/column.ts';
import { hmacColumn, hmacColumnByNode, kernelName } from '../src/kernels/hmac.ts';
import type { Figure } from './figure.ts';
import { perCpuSecond } from './measure.ts';

const VALUES = 1000;
/** Values per second and core, of values as columns have them: longer ones take as many blocks more as they are longer. */
const FLOOR = 3_000_000;

/** Columns of 1000 values: of one length each, of mixed lengths, and with other bytes between them, as in batches of rows. */
const COLUMNS: readonly { readonly what: string; readonly column: () => Column; readonly isLong?: boolean }[] = [
  { what: '8 bytes', column: () => columnOf(8, 8) },
  { what: '20 bytes', column: () => columnOf(20, 20) },
  { what: '10 to 30 bytes', column: () => columnOf(30, 30, 10) },
  { what: '20 bytes in rows of 200', column: () => columnOf(20, 200) },
  { what: '20 bytes in rows of 1000', column: () => columnOf(20, 1000) },
  { what: '60 bytes', column: () => columnOf(60, 60) },
  { what: '200 bytes', column: () => columnOf(200, 200), isLong: true },
  { what: '10 to 190 bytes', column: () => columnOf(190, 190, 10), isLong: true },
  {
    what: '20 bytes, and one of 10,000',
    column: () => {
      const { bytes, offsets, lengths, count } = columnOf(20, 20);
      return { bytes, offsets: offsets.with(500, 0), lengths: lengths.with(500, 10_000), count };
    },
  },
];

/** Measures every column with the kernel of this machine and with node:crypto. */
export function* benchHmac(): Generator<Figure> {
  const key = randomBytes(32);
  const kernels = [
    { name: kernelName(), digests: hmacColumn(key), isKernel: true },
    { name: 'value by value', digests: hmacColumnByNode(key), isKernel: false },
  ];
  for (const { name, digests, isKernel } of kernels) {
    for (const { what, column, isLong } of COLUMNS) {
      const values = column();
      const value = perCpuSecond(() => {
        digests(values);
        return values.count;
      });
      yield {
        what: `HMAC-SHA-256 (${name}), ${what}`,
        value,
        unit: 'values/s',
        floor: isKernel && !isLong ? FLOOR : undefined,
      };
    }
  }
}

function columnOf(longest: number, apart: number, shortest = longest): Column {
  const offsets = Int32Array.from({ length: VALUES }, (_, index) => index * apart);
  const lengths = Int32Array.from(
    { length: VALUES },
    (_, index) => shortest + ((index * 7) % (longest - shortest + 1)),
  );
  return { bytes: randomBytes(VALUES * apart), offsets, lengths, count: VALUES };
}
