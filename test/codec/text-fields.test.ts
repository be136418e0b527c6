import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textFields } from '../../src/codec/text-fields.ts';
import { anyPoint } from '../any-point.ts';
import { columnOf, decode, encode, valuesOf } from './columns.ts';

const ALL_ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
const words = fc.array(
  fc.option(
    fc.oneof(
      fc.string({ unit: anyPoint }),
      fc.array(fc.constantFrom(...'\\nN\t\n\r\b\f\v\0x1é')).map(parts => parts.join('')),
    ),
  ),
  { maxLength: 20 },
);
const texts = (values: readonly (Buffer | null)[]): (string | null)[] => values.map(value => value?.toString() ?? null);

test('a value that becomes a field becomes the same value again', () => {
  fc.assert(
    fc.property(words, values => {
      const fields = valuesOf(encode(textFields, columnOf(values)));
      expect(fields.every(field => !field || !/[\t\n\r]/.test(field.toString()))).toBe(true);
      const present = values.filter(value => value !== null);
      const decoded = decode(textFields, columnOf(fields.filter(field => field !== null)));
      expect(fields.map(field => field === null)).toEqual(values.map(value => value === null));
      expect(texts(valuesOf(decoded))).toEqual(present.map(value => Buffer.from(value).toString()));
    }),
    { numRuns: 500 },
  );
});

test('only what must be escaped is escaped', () => {
  const [field] = valuesOf(encode(textFields, columnOf([ALL_ASCII])));
  const wanted = ALL_ASCII.replace('\\', '\\\\')
    .replace('\b', '\\b')
    .replace('\f', '\\f')
    .replace('\n', '\\n')
    .replace('\r', '\\r')
    .replace('\t', '\\t')
    .replace('\v', '\\v');
  expect(field?.toString()).toBe(wanted);
});

test.each([
  ['\\b\\f\\n\\r\\t\\v\\\\', '\b\f\n\r\t\v\\'],
  ['\\101\\60\\7x\\1018', 'A0\x07xA8'],
  ['\\x41\\x7a\\xAg\\xg\\x', 'Az\ng' + 'xgx'],
  ['\\q\\.\\"', 'q."'],
  ['\\303\\251', 'é'],
  ['\\777', null],
  ['tail\\', 'tail\\'],
])('the field %j is the value %j', (field, value) => {
  const [decoded] = valuesOf(decode(textFields, columnOf([field])));
  if (value === null)
    expect([...decoded!]).toEqual([0xff]); // octal 777, of which a byte is kept
  else expect(decoded?.toString()).toBe(value);
});

test('a column without escapes is passed on as it is', () => {
  const column = columnOf(['plain', '', 'é€😀', null, 'with space\u007f']);
  expect(encode(textFields, column)).toBe(column);
  const fields = columnOf(['plain', '', 'é€😀']);
  expect(decode(textFields, fields)).toBe(fields);
});
