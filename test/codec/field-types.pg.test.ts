// The binary fields of every supported type against the server's own: its text output is what decode must write, and
// its binary field is what encode must write.

import fc from 'fast-check';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutBatches } from '../../src/batch/cut-batches.ts';
import { FieldIndex } from '../../src/batch/field-index.ts';
import type { Format } from '../../src/codec/codec.ts';
import { fieldCodec } from '../../src/codec/field-types.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { sessionSetup } from '../../src/pg/session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { type, VARIANTS } from './catalog-types.ts';
import { columnOf, decode, encode, valuesOf } from './columns.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sessionSetup('target'));
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Served {
  /** As the server prints them. */
  readonly texts: string[];
  /** As the server sends them in COPY binary. */
  readonly fields: Buffer[];
}

/** The one planned field of every row that a COPY sends. */
async function receive(format: Format, select: string): Promise<Buffer[]> {
  const codec = CODECS[format];
  const copy = client.query(copyStreams.to(`copy (${select}) to stdout with (${codec.copyOptions})`));
  const index = new FieldIndex(1, [0]);
  const fields: Buffer[] = [];
  for await (const { bytes } of cutBatches(copy, { codec, index, batchBytes: 65_536, claim: async () => {} })) {
    const column = { bytes, offsets: index.starts[0]!, lengths: index.lengths[0]!, count: index.rows };
    for (const field of valuesOf(column)) fields.push(field!); // nothing is NULL here
  }
  return fields;
}

/** Has the server read the texts as values of a type, and print and send them. */
async function serve(sql: string, texts: readonly string[]): Promise<Served> {
  await client.query('drop table if exists public.sample');
  await client.query(`create table public.sample (i int, v ${sql})`);
  await client.query(
    `insert into public.sample select i, x::${sql} from unnest($1::text[]) with ordinality as u (x, i)`,
    [texts],
  );
  const printed = await client.query<{ text: string }>("select format('%s', v) as text from public.sample order by i");
  const fields = await receive('binary', 'select v from public.sample order by i');
  return { texts: printed.rows.map(row => row.text), fields };
}

const SEED = 20240229;
const RANDOM = 5_000;
const draw = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns = RANDOM): Value[] =>
  fc.sample(arbitrary, { seed: SEED, numRuns });

const integers = (bits: bigint): string[] => {
  const limit = 2n ** (bits - 1n);
  const nearPowers = Array.from({ length: Number(bits) - 1 }, (_, power) =>
    [-1n, 0n, 1n].map(near => 2n ** BigInt(power) + near),
  );
  const nearTens = Array.from({ length: 19 }, (_, power) => [-1n, 0n].map(near => 10n ** BigInt(power) + near));
  const edges = [...nearPowers.flat(), ...nearTens.flat()].filter(edge => edge < limit).flatMap(edge => [edge, -edge]);
  return [-limit, limit - 1n, 0n, ...edges, ...draw(fc.bigInt({ min: -limit, max: limit - 1n }))].map(String);
};

const pad = (number: number, length: number): string => String(number).padStart(length, '0');

const dates = (lastYear: number): string[] =>
  draw(
    fc
      .tuple(
        fc.oneof(fc.integer({ min: -4712, max: 3000 }), fc.integer({ min: 1, max: lastYear })),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
      )
      .map(
        ([year, month, day]) =>
          `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}${year > 0 ? '' : ' BC'}`,
      ),
  );

/** The last and first days of all months from 1890 to 2110, and around each century. */
const monthEnds = [
  ...Array.from({ length: 220 }, (_, year) => 1890 + year),
  100,
  400,
  1000,
  1500,
  1600,
  9999,
  10000,
].flatMap(year =>
  Array.from({ length: 12 }, (_, month) => {
    const last =
      month === 1
        ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
          ? 29
          : 28
        : [3, 5, 8, 10].includes(month)
          ? 30
          : 31;
    return [`${pad(year, 4)}-${pad(month + 1, 2)}-01`, `${pad(year, 4)}-${pad(month + 1, 2)}-${last}`];
  }).flat(),
);

const times = (): string[] =>
  draw(
    fc
      .tuple(
        fc.integer({ min: 0, max: 86_399 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(1, 10, 500_000, 999_999)),
      )
      .map(([second, fraction]) => {
        const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]
          .map(part => pad(part, 2))
          .join(':');
        return fraction === 0 ? clock : `${clock}.${pad(fraction, 6)}`;
      }),
  );

const timestamps = (): string[] => {
  const clocks = times();
  return dates(294_275).map((date, index) => {
    const [day, era = ''] = date.split(' ');
    return `${day} ${clocks[index]}${era && ' BC'}`;
  });
};

const TIMESTAMP_EDGES = [
  'infinity',
  '-infinity',
  '4714-11-24 00:00:00 BC',
  '4714-11-24 00:00:00.000001 BC',
  '0001-12-31 23:59:59.999999 BC',
  '0001-01-01 00:00:00',
  '0044-03-15 12:00:00 BC',
  '1999-12-31 23:59:59.999999',
  '2000-01-01 00:00:00',
  '2000-01-01 00:00:00.000001',
  '1714-09-26 00:12:25.259007',
  '1714-09-26 00:12:25.259009',
  '2285-06-05 23:47:34.740991',
  '2285-06-05 23:47:34.740993',
  '10000-01-01 00:00:00',
  '294276-12-31 23:59:59.999999',
];

const digitString = (maxLength: number) =>
  fc.array(fc.constantFrom(...'00001234567899'), { minLength: 1, maxLength }).map(digits => digits.join(''));

const numerics = (): string[] => [
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '0',
    '0.0',
    '0.0000',
    '-0',
    '1',
    '-1',
    '10',
    '9999',
    '10000',
    '99999999',
    '100000000',
    '0.1',
    '0.01',
  ],
  ...[
    '0.001',
    '0.0001',
    '0.00001',
    '-0.00001',
    '1.0000',
    '1.00000',
    '10000.0001',
    '12345678.87654321',
    '0001.5',
    '100000000000000000000',
  ],
  ...[
    '9'.repeat(131_072),
    `-${'1'.repeat(131_072)}.5`,
    `0.${'0'.repeat(16_382)}1`,
    `0.${'9'.repeat(16_383)}`,
    `7${'0'.repeat(60_000)}.${'0'.repeat(90)}`,
  ],
  ...draw(fc.tuple(fc.constantFrom('', '-'), digitString(30), fc.option(digitString(30), { nil: undefined }))).map(
    ([sign, whole, fraction]) => sign + whole + (fraction === undefined ? '' : `.${fraction}`),
  ),
  ...draw(fc.tuple(digitString(9), fc.integer({ min: 0, max: 99 }))).map(
    ([whole, cents]) => `${whole}.${pad(cents, 2)}`,
  ),
];

const view = new DataView(new ArrayBuffer(8));

const doubles = (): number[] => {
  const bits = draw(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), 60_000);
  const patterns = bits.map(pattern => {
    view.setBigUint64(0, pattern);
    return view.getFloat64(0);
  });
  const powers = Array.from({ length: 2098 }, (_, power) => 2 ** (power - 1074)).flatMap(power => [
    power,
    power * (1 + 2 ** -52),
    power * (1 - 2 ** -53),
  ]);
  // Where a shortest decimal can lie exactly between two doubles.
  const large = draw(fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.integer({ min: 0, max: 24 }))).map(
    ([digits, zeros]) => Number(`${digits}e${zeros}`),
  );
  const halfway = draw(
    fc.tuple(
      fc.bigInt({ min: 2n ** 52n, max: 2n ** 55n }),
      fc.bigInt({ min: 0n, max: 70n }),
      fc.constantFrom(1n, 5n ** 5n, 5n ** 10n, 5n ** 15n, 5n ** 20n),
    ),
  ).flatMap(([odd, power, five]) => {
    const near = Number((odd / five) * five * 2n ** power);
    return [near, near * (1 + 2 ** -52), near * (1 - 2 ** -53)];
  });
  const decimals = draw(
    fc.tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: -12, max: 20 })),
  ).map(([digits, point]) => Number(`${digits}e${point}`));
  const edges = [
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    1e-4,
    1e-5,
    1e15,
    1e14,
    123456789012345,
    2 ** 53 + 2,
    0.1 + 0.2,
  ];
  return [...edges, ...patterns, ...powers, ...powers.map(power => -power), ...large, ...halfway, ...decimals];
};

const singles = (): number[] => {
  const patterns = draw(fc.integer({ min: 0, max: 2 ** 32 - 1 }), 60_000).map(pattern => {
    view.setUint32(0, pattern);
    return view.getFloat32(0);
  });
  const powers = Array.from({ length: 277 }, (_, power) => 2 ** (power - 149)).flatMap(power => [
    power,
    power * (1 + 2 ** -23),
    power * (1 - 2 ** -24),
  ]);
  const large = draw(fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: -45, max: 29 })), 20_000).map(
    ([digits, zeros]) => Number(`${digits}e${zeros}`),
  );
  const small = Array.from({ length: 3000 }, (_, units) => units * 2 ** -149);
  const integers = Array.from({ length: 3000 }, (_, step) => 2 ** 24 - 1000 + step);
  return [
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    1e6,
    1e5,
    123456,
    1234567,
    1e-4,
    1e-5,
    ...patterns,
    ...powers,
    ...large,
    ...small,
    ...integers,
  ].map(Math.fround);
};

/** With enough digits for the server to read the very same number. */
const spelt = (numbers: readonly number[]): string[] =>
  numbers.map(number => (Object.is(number, -0) ? '-0' : String(number)));

const words = (): string[] =>
  [
    '',
    ' ',
    'a',
    '\\',
    '\t\n\r',
    'é€😀',
    'e\u0301',
    'x'.repeat(10_000),
    ...draw(fc.string({ unit: 'grapheme' }), 1000),
  ].map(word => word.replaceAll('\0', ''));

const SAMPLES: readonly { readonly sql: string; readonly typname?: string; readonly texts: () => string[] }[] = [
  { sql: 'int2', texts: () => integers(16n) },
  { sql: 'int4', texts: () => integers(32n) },
  { sql: 'int8', texts: () => integers(64n) },
  {
    sql: 'oid',
    texts: () => ['0', '4294967295', '2147483648', ...draw(fc.integer({ min: 0, max: 2 ** 32 - 1 })).map(String)],
  },
  { sql: 'bool', texts: () => ['t', 'f'] },
  {
    sql: 'uuid',
    texts: () => ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', ...draw(fc.uuid())],
  },
  {
    sql: 'date',
    texts: () => [
      'infinity',
      '-infinity',
      '4714-11-24 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '2000-02-29',
      '5874897-12-31',
      ...monthEnds,
      ...dates(5_874_896),
    ],
  },
  { sql: 'time', texts: () => ['00:00:00', '23:59:59.999999', '24:00:00', '00:00:00.000001', ...times()] },
  { sql: 'timestamp', texts: () => [...TIMESTAMP_EDGES, ...timestamps()] },
  { sql: 'timestamptz', texts: () => [...TIMESTAMP_EDGES, ...timestamps()] },
  { sql: 'numeric', texts: numerics },
  {
    sql: 'numeric(12,2)',
    typname: 'numeric',
    texts: () => draw(fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n })).map(cents => `${cents}e-2`),
  },
  { sql: 'float8', texts: () => spelt(doubles()) },
  { sql: 'float4', texts: () => spelt(singles()) },
  {
    sql: 'bytea',
    texts: () => draw(fc.uint8Array({ maxLength: 100 })).map(bytes => `\\x${Buffer.from(bytes).toString('hex')}`),
  },
  { sql: 'text', texts: words },
  { sql: 'varchar', texts: words },
  { sql: 'name', texts: () => ['', 'a', 'é'.repeat(31), 'x'.repeat(63)] },
  { sql: 'json', texts: () => draw(fc.json(), 1000).map(text => text.replaceAll('\\u0000', '')) },
  {
    sql: 'jsonb',
    texts: () =>
      draw(fc.json({ noUnicodeString: true }), 1000).map(text =>
        text.replaceAll('\\u0000', '').replaceAll(/e\+?(\d{3,})/gi, ''),
      ),
  },
];

const asTexts = (values: readonly (Buffer | null)[]): (string | undefined)[] => values.map(value => value?.toString());
const asHex = (fields: readonly (Buffer | null)[]): (string | undefined)[] =>
  fields.map(field => field?.toString('hex'));

describe.each(SAMPLES)('a binary field of $sql', ({ sql, typname = sql, texts }) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(sql, texts());
  });

  test('decodes to the text that the server prints', () => {
    const codec = fieldCodec('binary', type({ typname }), new Map())!;
    expect(asTexts(valuesOf(decode(codec, columnOf(served.fields))))).toEqual(served.texts);
  });

  test('is what encoding that text writes', () => {
    const codec = fieldCodec('binary', type({ typname }), new Map())!;
    expect(asHex(valuesOf(encode(codec, columnOf(served.texts))))).toEqual(asHex(served.fields));
  });
});

describe.each(VARIANTS)('a value of $typname', ({ typname, texts }) => {
  test('may be spelt as the server would read it, too', async () => {
    const served = await serve(typname, texts);
    const codec = fieldCodec('binary', type({ typname }), new Map())!; // each of them has one
    expect(asHex(valuesOf(encode(codec, columnOf(texts))))).toEqual(asHex(served.fields));
  });
});

test('a field of COPY text is escaped as the server escapes it', async () => {
  const ascii = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code + 1));
  const texts = [...ascii, ascii.join(''), ...words()];
  const served = await serve('text', texts);
  const fields = await receive('text', 'select v from public.sample order by i');
  const codec = fieldCodec('text', type({ typname: 'text' }), new Map())!; // every type has one in text
  expect(asTexts(valuesOf(encode(codec, columnOf(served.texts))))).toEqual(asTexts(fields));
  expect(asTexts(valuesOf(decode(codec, columnOf(fields))))).toEqual(served.texts);
});

test('a value of char(n) is the same in both formats: without the spaces that fill the field', async () => {
  await serve('char(5)', ['ab', '', ' x', 'äöüé€']);
  for (const format of ['binary', 'text'] as const) {
    const fields = await receive(format, 'select v from public.sample order by i');
    const codec = fieldCodec(format, type({ typname: 'bpchar' }), new Map())!; // it has one in both
    expect(asTexts(fields)).toEqual(['ab   ', '     ', ' x   ', 'äöüé€']);
    expect(asTexts(valuesOf(decode(codec, columnOf(fields))))).toEqual(['ab', '', ' x', 'äöüé€']);
  }
});
