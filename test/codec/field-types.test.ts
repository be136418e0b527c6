import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnencodableValue } from '../../src/codec/field-codec.ts';
import { columnType, fieldCodec, valueKind } from '../../src/codec/field-types.ts';
import type { CatalogColumn } from '../../src/pg/catalog-types.ts';
import { type, typesOf, VARIANTS } from './catalog-types.ts';
import { columnOf, decode, encode, valuesOf } from './columns.ts';

const codecOf = (typname: string) => fieldCodec('binary', type({ typname }), new Map())!; // the types below have one
const field = (typname: string, text: string): string | undefined =>
  valuesOf(encode(codecOf(typname), columnOf([text])))[0]?.toString('hex');

describe('a binary field', () => {
  test.each(VARIANTS)('of $typname takes $texts for $canonical', ({ typname, texts, canonical }) => {
    expect(texts.map(text => field(typname, text))).toEqual(canonical.map(text => field(typname, text)));
  });

  test.each([
    ['int2', ['', '-', '32768', '-32769', '1.0', ' 1', '1 ', '0x1', '1e3', '12345678901234567890123', 'NaN']],
    ['int4', ['2147483648', '-2147483649', '--1', '999999999999999999']],
    [
      'int8',
      [
        '9223372036854775808',
        '-9223372036854775809',
        '12345678901234567890',
        '99999999999999999999',
        '123456789012345678x',
        'x23456789012345678',
      ],
    ],
    ['oid', ['4294967296', '-1']],
    ['bool', ['', 'T', 'maybe', 'tru', '2']],
    [
      'uuid',
      [
        '',
        '123e4567-e89b-12d3-a456-42661417400',
        '123e4567-e89b-12d3-a456-42661417400g',
        '123e4567xe89b-12d3-a456-426614174000',
        '{123e4567-e89b-12d3-a456-426614174000}',
      ],
    ],
    ['bytea', ['', 'abc', '\\', '\\x1', '\\xgg', '\\x0g']],
    [
      'date',
      [
        '',
        '2024-02-30',
        '2023-02-29',
        '1900-02-29',
        '2024-13-01',
        '2024-00-01',
        '2024-01-00',
        '2024-1-1',
        '0000-01-01',
        '24-01-01',
        '5874898-01-01',
        '4714-11-23 BC',
        '2024-01-01 ',
        '2024-01-01 AD',
        'today',
        ' BC',
        '99999999999-01-01',
      ],
    ],
    [
      'time',
      ['', '24:00:01', '23:60:00', '23:59:60', '1:00:00', '12:00', '12:00:00.', '12:00:00.1234567', '12:00:00+01'],
    ],
    [
      'timestamp',
      [
        '',
        '2024-02-29 ',
        '2024-02-30 00:00:00',
        '2024-02-29 24:00:00',
        '2024-02-29 12:00:00+02',
        '294277-01-01 00:00:00',
        '4714-11-23 23:59:59 BC',
        '2024-02-29 12:00',
        'now',
        '2024-02-29x12:00:00',
      ],
    ],
    [
      'timestamptz',
      [
        '2024-02-29 12:00:00+',
        '2024-02-29 12:00:00+2',
        '2024-02-29 12:00:00+16',
        '2024-02-29 12:00:00 CET',
        '2024-02-29 12:00:00+02:60',
        '294276-12-31 23:59:59-01',
        '4714-11-24 00:00:00+01 BC',
      ],
    ],
    [
      'numeric',
      [
        '',
        '-',
        '.',
        '1e3',
        '1,5',
        '0x1',
        '--1',
        '1-',
        'nan',
        'inf',
        '1.2.3',
        ' 1',
        `0.${'0'.repeat(16_384)}`,
        '1'.repeat(131_073),
      ],
    ],
    ['float8', ['', '.', '1e400', '1e-400', '0x1', '1,5', 'nan', 'e5', '1e', ' 1', `1${'0'.repeat(2000)}`]],
    ['float4', ['1e39', '1e-50', 'x']],
  ])('of %s takes none of %j', (typname, texts) => {
    for (const text of texts) expect(() => field(typname, text), text.slice(0, 40)).toThrow(UnencodableValue);
  });

  test('that cannot be says which value it was, counting the NULLs', () => {
    const values = columnOf(['1', null, '2', 'x', '3']);
    expect(() => encode(codecOf('int4'), values)).toThrow(expect.objectContaining({ index: 3 }));
  });

  test('keeps NULLs where they are', () => {
    for (const typname of ['int4', 'numeric', 'jsonb', 'text', 'bpchar']) {
      const fields = valuesOf(encode(codecOf(typname), columnOf([null, '1', null])));
      expect(fields.map(value => value === null)).toEqual([true, false, true]);
    }
  });

  test('of another length than the type has is a bug', () => {
    expect(() => decode(codecOf('int8'), columnOf([Buffer.alloc(4)]))).toThrow(/4 bytes, not 8/);
    expect(() => decode(codecOf('numeric'), columnOf([Buffer.alloc(7)]))).toThrow(/numeric/);
    expect(() => decode(codecOf('jsonb'), columnOf([Buffer.from('\x02{}')]))).toThrow(/jsonb/);
  });

  test('of text-like types is the value itself, without a copy', () => {
    const column = columnOf(['a', 'é']);
    for (const typname of ['text', 'varchar', 'name', 'citext', 'json']) {
      expect(decode(codecOf(typname), column)).toBe(column);
      expect(encode(codecOf(typname), column)).toBe(column);
    }
  });
});

test('char(n) loses the spaces at its end in both formats, and nothing else', () => {
  for (const format of ['binary', 'text'] as const) {
    const codec = fieldCodec(format, type({ typname: 'bpchar' }), new Map())!; // every type has one in text
    const padded = columnOf(['ab   ', '  a ', '     ', '', 'x']);
    expect(valuesOf(decode(codec, padded)).map(String)).toEqual(['ab', '  a', '', '', 'x']);
    expect([...padded.lengths]).toEqual([5, 4, 5, 0, 1]);
  }
  const codec = fieldCodec('text', type({ typname: 'bpchar' }), new Map())!;
  expect(valuesOf(decode(codec, columnOf(['a\\n  ', 'b  ']))).map(String)).toEqual(['a\n', 'b']);
});

test('integers of 64 bits become the same number as with BigInt', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), number => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(number);
      expect(field('int8', String(number))).toBe(bytes.toString('hex'));
      expect(valuesOf(decode(codecOf('int8'), columnOf([bytes])))[0]?.toString()).toBe(String(number));
    }),
    { numRuns: 2000 },
  );
});

const MOOD = type({ oid: 20_001, typname: 'mood', kind: 'enum', labels: ['sad', 'ok'] });
const TEXT = type({ oid: 25, typname: 'text' });
const VARCHAR = type({ oid: 1043, typname: 'varchar' });
const EMAIL = type({ oid: 20_002, typname: 'email', kind: 'domain', base: VARCHAR.oid });
const WORK_EMAIL = type({ oid: 20_003, typname: 'work_email', kind: 'domain', base: EMAIL.oid });
const MOODS = type({ oid: 20_004, typname: '_mood', element: MOOD.oid });
const TYPES = typesOf(MOOD, TEXT, VARCHAR, EMAIL, WORK_EMAIL, MOODS);

const column = (facts: Partial<CatalogColumn>): CatalogColumn => ({
  name: 'c',
  typeName: 'a type',
  type: TEXT.oid,
  typeModifier: -1,
  notNull: false,
  isGenerated: false,
  hasDefault: false,
  isIdentity: false,
  isReadable: true,
  ...facts,
});

test.each([
  ['int8', 'integer'],
  ['numeric', 'decimal'],
  ['float4', 'float'],
  ['bool', 'boolean'],
  ['timestamptz', 'timestamp'],
  ['timetz', 'time'],
  ['bytea', 'bytes'],
  ['jsonb', 'json'],
  ['cidr', 'inet'],
  ['bpchar', 'text'],
  ['citext', 'text'],
  ['money', 'other'],
  ['xml', 'other'],
  ['constructor', 'other'],
])('a %s is of kind %s', (typname, kind) => {
  expect(valueKind(type({ typname }), new Map())).toBe(kind);
});

test('enums, arrays and domains have the kind that they should', () => {
  expect(valueKind(MOOD, TYPES)).toBe('enum');
  expect(valueKind(MOODS, TYPES)).toBe('array');
  expect(valueKind(WORK_EMAIL, TYPES)).toBe('text');
  expect(valueKind(type({ typname: 'text', kind: 'composite' }), TYPES)).toBe('other');
});

test('a column has the limits of its type, also through domains', () => {
  expect(columnType(column({ type: VARCHAR.oid, typeModifier: 44, typeName: 'character varying(40)' }), TYPES)).toEqual(
    {
      name: 'character varying(40)',
      kind: 'text',
      maxLength: 40,
      range: undefined,
      labels: undefined,
    },
  );
  expect(columnType(column({ type: WORK_EMAIL.oid, typeModifier: 24, typeName: 'work_email' }), TYPES)).toMatchObject({
    kind: 'text',
    maxLength: 20,
  });
  expect(columnType(column({ type: MOOD.oid }), TYPES).labels).toEqual(['sad', 'ok']);
  expect(columnType(column({}), TYPES).maxLength).toBeUndefined();
  const int2 = type({ oid: 21, typname: 'int2' });
  expect(columnType(column({ type: 21 }), typesOf(int2)).range).toEqual({ min: -32_768n, max: 32_767n });
});

test('a domain has the fields of its base, an enum its labels, and some types none in binary', () => {
  expect(fieldCodec('binary', WORK_EMAIL, TYPES)).toBe(fieldCodec('binary', VARCHAR, TYPES));
  expect(fieldCodec('binary', MOOD, TYPES)).toBe(fieldCodec('binary', TEXT, TYPES));
  for (const typname of ['interval', 'inet', 'money', 'xml', 'timetz', 'constructor']) {
    expect(fieldCodec('binary', type({ typname }), TYPES)).toBeUndefined();
    expect(fieldCodec('text', type({ typname }), TYPES)).toBeDefined();
  }
  expect(fieldCodec('binary', MOODS, TYPES)).toBeUndefined();
});

test('a domain whose base is missing from the catalogue is a bug', () => {
  expect(() => valueKind(EMAIL, new Map())).toThrow(/email/);
});
