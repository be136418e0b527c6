import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldIndex } from '../../src/batch/field-index.ts';
import { loadSimdRows } from '../../src/batch/simd.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { type Row, rowsBytes, tables } from './copy-streams.ts';

const { binary } = CODECS;
const simd = loadSimdRows();

interface Scanned {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly fieldCount: number;
  readonly planned: readonly number[];
}

/** What a scan says: what it found, or the message that it threw. */
function outcome(scan: (index: FieldIndex) => unknown, { fieldCount, planned }: Scanned): unknown {
  const index = new FieldIndex(fieldCount, planned);
  try {
    scan(index);
  } catch (cause) {
    return (cause as Error).message;
  }
  const { rows, end, needed, finished, nulls } = index;
  const found = (of: readonly Int32Array[]): number[][] => of.map(column => [...column.subarray(0, rows)]);
  return { rows, end, needed, finished, nulls: [...nulls], starts: found(index.starts), lengths: found(index.lengths) };
}

const byJavaScript = (given: Scanned): unknown =>
  outcome(index => binary.scan(given.bytes, given.start, given.end, index), given);

const bySimd = (given: Scanned): unknown =>
  outcome(index => {
    expect(simd?.scan(given.bytes, given.start, given.end, index)).toBe(true);
  }, given);

describe('WebAssembly finds in binary rows what JavaScript finds', () => {
  test('wherever the bytes begin and end, with the trailer behind the rows or without', () => {
    fc.assert(
      fc.property(tables, fc.nat(40), fc.nat(200), fc.boolean(), (table, before, cut, isOver) => {
        const rows = Buffer.concat([rowsBytes('binary', table.rows), isOver ? binary.trailer : Buffer.alloc(0)]);
        const bytes = Buffer.concat([Buffer.alloc(before, 0x64), rows, Buffer.alloc(40, 0x64)]);
        const end = before + Math.max(0, rows.length - cut);
        const given = { ...table, bytes, start: before, end };
        expect(bySimd(given)).toEqual(byJavaScript(given));
      }),
      { numRuns: 300 },
    );
  });

  test('at every byte of two rows and a trailer', () => {
    const row: Row = [Buffer.from('ab'), null, Buffer.alloc(0), Buffer.from('c')];
    const bytes = Buffer.concat([rowsBytes('binary', [row, row]), binary.trailer]);
    for (let end = 0; end <= bytes.length; end++) {
      const given = { bytes, start: 0, end, fieldCount: 4, planned: [0, 1, 3] };
      expect(bySimd(given), `${end} bytes`).toEqual(byJavaScript(given));
    }
  });

  test('in more rows than an index holds, and in rows without fields', () => {
    const narrow = rowsBytes('binary', Array<Row>(10_500).fill([Buffer.of(7)]));
    const none = rowsBytes('binary', Array<Row>(10_500).fill([]));
    for (const given of [
      { bytes: narrow, start: 0, end: narrow.length, fieldCount: 1, planned: [0] },
      { bytes: none, start: 0, end: none.length, fieldCount: 0, planned: [] },
    ]) {
      expect(bySimd(given)).toEqual(byJavaScript(given));
      expect(bySimd(given)).toMatchObject({ rows: 10_000 });
    }
  });

  test('in what is no row: another number of fields, a length beyond all memory', () => {
    const row = rowsBytes('binary', [[Buffer.from('ab')]]);
    const strange = Buffer.concat([row, Buffer.of(0, 2), row]);
    const fieldOf = (length: number): Buffer => {
      const bytes = Buffer.concat([row, Buffer.of(0, 1, 0, 0, 0, 0, 1, 2, 3)]);
      bytes.writeInt32BE(length, row.length + 2);
      return bytes;
    };
    const cases = [strange, fieldOf(2 ** 31 - 1), fieldOf(2 ** 30), fieldOf(-2), fieldOf(-(2 ** 31))];
    for (const bytes of cases) {
      const given = { bytes, start: 0, end: bytes.length, fieldCount: 1, planned: [0] };
      expect(bySimd(given), bytes.toString('hex')).toEqual(byJavaScript(given));
    }
    expect(bySimd({ bytes: strange, start: 0, end: strange.length, fieldCount: 1, planned: [0] })).toBe(
      'a row of 2 fields, not 1',
    );
  });
});

test('what would take too much memory is left to JavaScript, and nothing of it is kept', () => {
  const bytes = rowsBytes('binary', [[Buffer.alloc(5_000_000)]]);
  const index = new FieldIndex(1, [0]);
  expect(simd?.scan(bytes, 0, bytes.length, index)).toBe(false);
  expect(index.rows).toBe(0);
  const small = rowsBytes('binary', [[Buffer.from('ab')]]);
  const given = { bytes: small, start: 0, end: small.length, fieldCount: 1, planned: [0] };
  expect(bySimd(given)).toEqual(byJavaScript(given));
});
