import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy, type Use } from './replace.ts';

const general = (options: Record<string, unknown>, type: string, value: string) =>
  replaceOne('generalize', value, { options, type });

describe('numbers', () => {
  test.each([
    [{ bucket: 10 }, 'integer', { 0: '0', 9: '0', 10: '10', '-1': '-10', '-10': '-10', 2147483647: '2147483640' }],
    [
      { bucket: 7 },
      'bigint',
      { '9223372036854775807': '9223372036854775807', '-9223372036854775802': '-9223372036854775807' },
    ],
    [{ bucket: 0.5 }, 'numeric(6,2)', { '1.49': '1.00', '1.50': '1.50', '-0.01': '-0.50', '9999.99': '9999.50' }],
    [
      { bucket: 10 },
      'numeric',
      { '9.999999999999999999999999': '0', '10.0': '10', '-0.000000000000000000000001': '-10', NaN: 'NaN' },
    ],
    [
      { bucket: 0.1 },
      'double precision',
      {
        '0.3': '0.3',
        '0.30000000000000004': '0.3',
        '0.7': '0.7',
        '-1e-20': '-0.1',
        '1.5e+20': '150000000000000000000',
      },
    ],
    [{ bucket: [0, 18, 65] }, 'integer', { '-5': '0', 0: '0', 17: '0', 18: '18', 64: '18', 65: '65', 130: '65' }],
    [
      { bucket: [-1.5, 2] },
      'double precision',
      { '-9': '-1.5', 1.99: '-1.5', 2: '2', Infinity: '2', '-Infinity': '-1.5', NaN: '2' },
    ],
    [{ to: 10 }, 'integer', { 14: '10', 15: '20', '-15': '-10', '-16': '-20' }],
    [
      { to: 5 },
      'numeric',
      { '2.49999999999999999999': '0', '2.5': '5', '-2.5': '0', '-2.500000000000000000001': '-5' },
    ],
    [{ to: 0.25 }, 'numeric(6,2)', { '0.12': '0.00', '0.13': '0.25', '0.38': '0.50' }],
    [{ top: 90 }, 'integer', { 89: '89', 90: '90', 91: '90', '-4': '-4' }],
    [{ top: 90, bottom: 10, bucket: 20 }, 'integer', { 5: '10', 12: '10', 20: '20', 89: '80', 90: '90' }],
    [
      { bottom: 0 },
      'double precision',
      { '-Infinity': '0', '-1e-300': '0', '1e-300': '1e-300', Infinity: 'Infinity', '-0': '-0' },
    ],
  ])('%j on %s', async (options, type, expected) => {
    for (const [value, coarse] of Object.entries(expected))
      expect(await general(options, type, value), value).toBe(coarse);
  });

  test('a range begins at or before its number and ends behind it, whatever the number', async () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }));
    await fc.assert(
      fc.asyncProperty(decimal, async ([unscaled, scale]) => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
        const point = digits.length - scale;
        const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
        const lower = BigInt((await general({ bucket: 25 }, 'numeric', text)) ?? '') * 10n ** BigInt(scale);
        expect(lower <= unscaled && unscaled < lower + 25n * 10n ** BigInt(scale)).toBe(true);
        expect((lower / 10n ** BigInt(scale)) % 25n).toBe(0n);
      }),
      { numRuns: 300 },
    );
  });
});

describe('times', () => {
  test.each([
    ['month', { '2024-02-29': '2024-02-01', '0044-03-15 BC': '0044-03-01 BC', infinity: 'infinity' }],
    ['quarter', { '2024-02-29': '2024-01-01', '2024-12-31': '2024-10-01', '2024-06-30': '2024-04-01' }],
    ['year', { '2024-02-29': '2024-01-01', '0001-12-31 BC': '0001-01-01 BC', '5874897-12-31': '5874897-01-01' }],
    // As date_trunc: the years 1 to 9 and 1 BC are in the decade of year 0, which is 1 BC.
    ['decade', { '2029-12-31': '2020-01-01', '0009-01-01': '0001-01-01 BC', '0002-01-01 BC': '0011-01-01 BC' }],
    [
      'week',
      {
        '2024-02-29': '2024-02-26',
        '2024-02-26': '2024-02-26',
        '2024-03-03': '2024-02-26',
        '1999-12-31': '1999-12-27',
      },
    ],
    ['year', { '4714-12-01 BC': '4714-11-24 BC' }], // not before the first day that there is
  ])('dates to %s', async (to, expected) => {
    for (const [value, coarse] of Object.entries(expected))
      expect(await general({ to }, 'date', value), value).toBe(coarse);
  });

  test.each([
    ['hour', '2024-02-29 12:00:00+00'],
    ['day', '2024-02-29 00:00:00+00'],
    ['month', '2024-02-01 00:00:00+00'],
  ])('timestamps to %s', async (to, coarse) => {
    expect(await general({ to }, 'timestamp with time zone', '2024-02-29 12:34:56.789+00')).toBe(coarse);
  });

  test('top and bottom take in what is beyond them, infinity too', async () => {
    const options = { to: 'year', bottom: '1930-06-01', top: '2010-01-01' };
    const values = [
      '1929-01-01',
      '1930-05-01',
      '1930-07-01',
      '1955-05-05',
      '2009-12-31',
      '2010-01-01',
      '9999-01-01',
      'infinity',
      '-infinity',
    ];
    expect(await replace('generalize', values, { options, type: 'date' })).toEqual([
      '1930-06-01',
      '1930-06-01',
      '1930-06-01',
      '1955-01-01',
      '2009-01-01',
      '2010-01-01',
      '2010-01-01',
      '2010-01-01',
      '1930-06-01',
    ]);
  });
});

describe('addresses', () => {
  test.each([
    ['/24', '203.0.113.77', '203.0.113.0/24'],
    ['/24', '0.0.0.0', '0.0.0.0/24'],
    ['/0', '203.0.113.77', '0.0.0.0/0'],
    ['/17', '10.1.255.9', '10.1.128.0/17'],
    ['/24', '10.1.2.3/8', '10.0.0.0/8'],
    ['/24', '10.1.2.3/32', '10.1.2.0/24'],
    ['/24', '2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['/24, /32', '2001:db8:1:2::6', '2001:db8::/32'],
    ['/24, /64', '::ffff:10.1.2.3', '::/64'],
    ['/24, /112', '::ffff:10.1.2.3', '0:0:0:0:0:ffff:a01:0/112'],
    ['/24, /50', 'fe80::ffff:1', 'fe80::/50'],
    ['/24', '::', '::/48'],
    ['/24', '2001:db8::/16', '2001::/16'],
  ])('to %s: %s', async (to, value, coarse) => {
    expect(await general({ to }, 'inet', value)).toBe(coarse);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '1..2.3',
    '1.2.3.4/33',
    '1.2.3.4/',
    ':::',
    '1:2',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '::1/129',
    '12345::',
  ])('%s is refused by name', async value => {
    await expect(general({ to: '/24' }, 'inet', value)).rejects.toThrow(/no IP address/);
  });
});

test('a prefix of a code stays, and a code no longer than that is covered wholly', async () => {
  const values = ['02139', '021', '0', '', '02***', 'ZÜRICH'];
  const covered = ['021**', '***', '*', '*', '02*##', 'ZÜR***'];
  expect(await replace('generalize', values, { options: { keep_prefix: 3 } })).toEqual(covered);
});

test('a map gives categories; a value that it does not name fails without being named', async () => {
  const map = { engineer: 'technical', 'médecin 👩': 'medical' };
  expect(await replace('generalize', ['médecin 👩', 'engineer'], { options: { map } })).toEqual([
    'medical',
    'technical',
  ]);
  await expect(replaceOne('generalize', 'spy-4711', { options: { map } })).rejects.toThrow(
    /^its map names no category/,
  );
  await expect(replaceOne('generalize', 'spy-4711', { options: { map } })).rejects.not.toThrow(/4711/);
  expect(await replaceOne('generalize', 'spy-4711', { options: { map: { ...map, '*': 'other' } } })).toBe('other');
  expect(await replaceOne('generalize', '3', { type: 'integer', options: { map: { 3: '1' } } })).toBe('1');
});

test.each<[string, Use, RegExp]>([
  ['nothing to do', {}, /nothing says how/],
  ['two ways', { options: { keep_prefix: 2, map: { a: 'b' } } }, /exclude each other/],
  ['ends for a prefix', { options: { keep_prefix: 2, top: 3 } }, /exclude each other/],
  ['buckets of text', { options: { bucket: 10 } }, /neither a number nor a time/],
  ['months of numbers', { type: 'integer', options: { to: 'month' } }, /not for integer/],
  ['buckets of dates', { type: 'date', options: { bucket: 10 } }, /bucket is for numbers/],
  ['days of dates', { type: 'date', options: { to: 'day' } }, /does not make date coarse/],
  ['a network of a date', { type: 'date', options: { to: '/24' } }, /does not make date coarse/],
  ['bounds that do not ascend', { type: 'integer', options: { bucket: [1, 5, 3] } }, /do not ascend/],
  ['a bucket finer than the type', { type: 'numeric(6,2)', options: { bucket: 0.001 } }, /more digits/],
  ['half an integer', { type: 'integer', options: { bucket: 2.5 } }, /more digits/],
  ['a top that is no date', { type: 'date', options: { top: 'soon' } }, /not a value/],
  ['a prefix of a number', { type: 'integer', options: { keep_prefix: 2 } }, /is for text/],
  ['a prefix as long as the type', { type: 'character varying(4)', options: { keep_prefix: 4 } }, /leaves nothing/],
  ['a whole address', { type: 'inet', options: { to: '/32' } }, /shorter prefix/],
  ['a whole IPv6 address', { type: 'inet', options: { to: '/24, /128' } }, /shorter prefix/],
  ['buckets of addresses', { type: 'inet', options: { bucket: 3 } }, /shorter prefix/],
  ['a negative bucket', { type: 'integer', options: { bucket: -1 } }, /bucket/],
])('%s: refused', async (_, use, message) => {
  expect(await tryStrategy('generalize', use)).toMatch(message);
});
