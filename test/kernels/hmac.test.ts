// HMAC-SHA-256 over a column, by both implementations, against published vectors and node:crypto.

import { createHmac, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Column } from '../../src/batch/column.ts';
import { buildKernel } from '../../src/kernels/build.ts';
import { hmacColumn, hmacColumnByNode, kernelName, loadSimdKernel } from '../../src/kernels/hmac.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const WASM = new URL('../../src/kernels/hmac.wasm', import.meta.url);

/** The values one after another, as most codecs lay them out. */
function columnOf(values: readonly Uint8Array[]): Column {
  const lengths = Int32Array.from(values, value => value.length);
  const offsets = new Int32Array(values.length);
  for (let index = 1; index < values.length; index++) offsets[index] = offsets[index - 1]! + lengths[index - 1]!;
  return { bytes: Buffer.concat(values), offsets, lengths, count: values.length };
}

function valuesOf({ bytes, offsets, lengths, count }: Column): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => bytes.slice(offsets[index]!, offsets[index]! + lengths[index]!));
}

/** The digests as node:crypto's one-shot interface gives them, in hex. */
function expected(key: Uint8Array, values: readonly Uint8Array[]): string[] {
  const secret = createSecretKey(key); // raw bytes cost four times as much each time
  return values.map(value => createHmac('sha256', secret).update(value).digest('hex'));
}

function hexes(digests: Uint8Array): string[] {
  return Array.from({ length: digests.length / 32 }, (_, index) =>
    Buffer.from(digests.subarray(32 * index, 32 * index + 32)).toString('hex'),
  );
}

/** Reproducible bytes that do not repeat with any period of interest. */
function bytesOf(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

const repeated = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

/** RFC 4231 §4, all seven; the fifth gives 128 bits only. */
const RFC_4231 = [
  {
    key: repeated(0x0b, 20),
    data: Buffer.from('Hi There'),
    mac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    key: Buffer.from('Jefe'),
    data: Buffer.from('what do ya want for nothing?'),
    mac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    key: repeated(0xaa, 20),
    data: repeated(0xdd, 50),
    mac: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  },
  {
    key: Uint8Array.from({ length: 25 }, (_, index) => index + 1),
    data: repeated(0xcd, 50),
    mac: '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  },
  { key: repeated(0x0c, 20), data: Buffer.from('Test With Truncation'), mac: 'a3b6167473100ee06e0c796c2955552b' },
  {
    key: repeated(0xaa, 131),
    data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    mac: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  },
  {
    key: repeated(0xaa, 131),
    data: Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    mac: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  },
];

/** The example messages of FIPS 180-4 for SHA-256: one block, two blocks, a million bytes. */
const FIPS_180_4 = [
  Buffer.from('abc'),
  Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
  repeated(0x61, 1_000_000),
];

/** Columns as hostile as the contract allows: any order, overlaps, gaps, a view into a larger buffer. */
const anyColumn = fc
  .record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6000 }),
    before: fc.nat(70),
    places: fc.array(fc.tuple(fc.nat(1_000_000), fc.oneof(fc.nat(40), fc.nat(130), fc.nat(2500))), { maxLength: 40 }),
    unused: fc.nat(3),
  })
  .map(({ bytes, before, places, unused }): Column => {
    const buffer = new Uint8Array(before + bytes.length + 9).fill(0xee);
    buffer.set(bytes, before);
    const offsets = new Int32Array(places.length + unused).fill(-1);
    const lengths = new Int32Array(places.length + unused).fill(-1);
    for (const [index, [place, length]] of places.entries()) {
      offsets[index] = place % (bytes.length + 1);
      lengths[index] = Math.min(length, bytes.length - offsets[index]!);
    }
    return { bytes: buffer.subarray(before, before + bytes.length), offsets, lengths, count: places.length };
  });

test('this machine runs the SIMD kernel', () => {
  expect(kernelName()).toBe('simd');
});

test('the committed hmac.wasm is what its sources compile to', async () => {
  expect(Buffer.compare(readFileSync(WASM), await buildKernel())).toBe(0);
});

test('a module that computes wrong digests is refused, so that node:crypto takes over', () => {
  const wasm = readFileSync(WASM);
  expect(loadSimdKernel(wasm)).toBeDefined();
  const roundConstant = wasm.indexOf(Uint8Array.from([0x98, 0x2f, 0x8a, 0x42])); // K(0), little-endian
  expect(roundConstant).toBeGreaterThan(0);
  wasm[roundConstant]! ^= 1; // the line above found it
  expect(loadSimdKernel(wasm)).toBeUndefined();
});

test('a module that this engine cannot run is refused, so that node:crypto takes over', () => {
  expect(loadSimdKernel(readFileSync(WASM).subarray(0, 1000))).toBeUndefined();
});

test('without WebAssembly, node:crypto takes over', () => {
  vi.stubGlobal('WebAssembly', undefined);
  try {
    expect(loadSimdKernel(readFileSync(WASM))).toBeUndefined();
  } finally {
    vi.unstubAllGlobals();
  }
});

describe.each([
  ['simd', hmacColumn],
  ['node:crypto', hmacColumnByNode],
])('by %s', (_name, kernel) => {
  test.each(RFC_4231.map((vector, index) => ({ ...vector, number: index + 1 })))(
    'RFC 4231 test case $number',
    ({ key, data, mac }) => {
      expect(hexes(kernel(key)(columnOf([data])))[0]?.slice(0, mac.length)).toBe(mac);
    },
  );

  test('the example messages of FIPS 180-4, alone and side by side', () => {
    const digests = kernel(KEY);
    for (const value of FIPS_180_4) expect(hexes(digests(columnOf([value])))).toEqual(expected(KEY, [value]));
    expect(hexes(digests(columnOf(FIPS_180_4)))).toEqual(expected(KEY, FIPS_180_4));
  });

  test('every length from 0 to 300 bytes', () => {
    const values = Array.from({ length: 301 }, (_, length) => bytesOf(length, length));
    expect(hexes(kernel(KEY)(columnOf(values)))).toEqual(expected(KEY, values));
  });

  test.each([128, 129, 1983, 1984, 2039, 2040, 2047, 2048, 2049, 8192, 300_000])(
    '%i bytes among short values',
    length => {
      const values = [bytesOf(3), bytesOf(length), bytesOf(0), bytesOf(40), bytesOf(70), bytesOf(9)];
      expect(hexes(kernel(KEY)(columnOf(values)))).toEqual(expected(KEY, values));
    },
  );

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 1023, 1024, 1025, 10_000])('a column of %i values', count => {
    const values = Array.from({ length: count }, (_, index) => bytesOf(index % 31, index));
    expect(hexes(kernel(KEY)(columnOf(values)))).toEqual(expected(KEY, values));
  });

  test('many long values, more than are staged at once', () => {
    const values = Array.from({ length: 300 }, (_, index) => bytesOf((index * 37) % 4200, index));
    expect(hexes(kernel(KEY)(columnOf(values)))).toEqual(expected(KEY, values));
  });

  test('values far apart in their bytes', () => {
    const bytes = bytesOf(3_000_000);
    const offsets = Int32Array.from({ length: 2000 }, (_, index) => 2_999_900 - index * 1499);
    const lengths = Int32Array.from({ length: 2000 }, (_, index) => index % 101);
    const column = { bytes, offsets, lengths, count: 2000 };
    expect(hexes(kernel(KEY)(column))).toEqual(expected(KEY, valuesOf(column)));
  });

  test('any column gives what node:crypto gives for each of its values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), anyColumn, (key, column) => {
        expect(hexes(kernel(key)(column))).toEqual(expected(key, valuesOf(column)));
      }),
      { numRuns: 150 },
    );
  });

  test('where a column is cut changes no digest', () => {
    const digests = kernel(KEY);
    fc.assert(
      fc.property(anyColumn, fc.nat(40), (column, place) => {
        const { bytes, offsets, lengths, count } = column;
        const cut = Math.min(place, count);
        const whole = hexes(digests(column));
        const head = hexes(digests({ bytes, offsets, lengths, count: cut }));
        const rest = { offsets: offsets.subarray(cut), lengths: lengths.subarray(cut), count: count - cut };
        expect([...head, ...hexes(digests({ bytes, ...rest }))]).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test('a result is valid until the next call, and the next call takes its room', () => {
    const digests = kernel(KEY);
    const first = digests(columnOf([bytesOf(10)]));
    const before = hexes(first);
    expect(before).toEqual(expected(KEY, [bytesOf(10)]));
    const second = digests(columnOf([bytesOf(11)]));
    expect(second.buffer).toBe(first.buffer);
    expect(hexes(first)).not.toEqual(before);
  });

  test('keys do not mix, whatever the order of calls', () => {
    const keys = [KEY, bytesOf(32, 7), bytesOf(64, 8), bytesOf(65, 9)];
    const kernels = keys.map(key => kernel(key));
    const values = [bytesOf(5), bytesOf(100)];
    for (const index of [0, 1, 0, 2, 3, 1, 0, 3]) {
      expect(hexes(kernels[index]!(columnOf(values)))).toEqual(expected(keys[index]!, values)); // four of each
    }
  });

  test('digests can be hashed again in place', () => {
    const digests = kernel(KEY);
    const values = Array.from({ length: 2500 }, (_, index) => bytesOf(20, index));
    const once = digests(columnOf(values));
    const onceValues = Array.from({ length: 2500 }, (_, index) => once.slice(32 * index, 32 * index + 32));
    const offsets = Int32Array.from(onceValues, (_, index) => 32 * index);
    const lengths = new Int32Array(2500).fill(32);
    expect(hexes(digests({ bytes: once, offsets, lengths, count: 2500 }))).toEqual(expected(KEY, onceValues));
  });
});

test('the SIMD kernel refuses a value that lies outside its bytes, rather than hash what lies there', () => {
  const digests = hmacColumn(KEY);
  const bytes = bytesOf(10);
  for (const [offset, length] of [
    [5, 6],
    [-1, 3],
    [2, -1],
    [0, 5000],
  ] as const) {
    const column = { bytes, offsets: Int32Array.of(offset), lengths: Int32Array.of(length), count: 1 };
    expect(() => digests(column)).toThrow(RangeError);
  }
});

test('a huge value leaves the memory of the SIMD kernel as small as it was', () => {
  const digests = hmacColumn(KEY);
  digests(columnOf([bytesOf(10)]));
  const before = digests(columnOf([bytesOf(10)])).buffer.byteLength;
  const huge = new Uint8Array(20_000_000).fill(1);
  const after = digests(columnOf([huge]));
  expect(hexes(after)).toEqual(expected(KEY, [huge]));
  expect(after.buffer.byteLength).toBe(before);
});
