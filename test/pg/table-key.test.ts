import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnKey, namesIn, tableKey, writtenKey } from '../../src/pg/table-key.ts';
import { anyPoint } from '../any-point.ts';

/** Names as PostgreSQL has them: not empty, and anything but NUL. Dots and quotes are common here. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '.', '"', ' ', 'É', '\n'), minLength: 1, maxLength: 5 }),
  fc.string({ minLength: 1, maxLength: 8, unit: anyPoint }),
);
const table = fc.record({ schema: name, name });

describe('the key of a table', () => {
  test.each([
    [{ schema: 'public', name: 'orders' }, 'public.orders'],
    [{ schema: 'public', name: 'My Orders' }, 'public.My Orders'],
    [{ schema: 'a.b', name: 'c' }, '"a.b".c'],
    [{ schema: 'a', name: 'b.c' }, 'a."b.c"'],
    [{ schema: 'a', name: 'b"c' }, 'a."b""c"'],
  ])('of %o is %s', (one, key) => {
    expect(tableKey(one)).toBe(key);
  });

  test('is that of no other table', () => {
    fc.assert(
      fc.property(table, table, (one, other) => {
        fc.pre(one.schema !== other.schema || one.name !== other.name);
        expect(tableKey(one)).not.toBe(tableKey(other));
      }),
    );
  });

  test('names the table that it is of', () => {
    fc.assert(
      fc.property(table, one => {
        expect(namesIn(tableKey(one))).toEqual([one.schema, one.name]);
        expect(writtenKey(tableKey(one))).toBe(tableKey(one));
      }),
    );
  });
});

describe('a name as users write it', () => {
  test.each([
    ['"public"."orders"', 'public.orders'],
    ['public."My Orders"', 'public.My Orders'],
    ['public.we"ird', 'public."we""ird"'],
    ['"a.b".c', '"a.b".c'],
    ['Public.Orders', 'Public.Orders'],
  ])('%s is that of %s', (written, key) => {
    expect(writtenKey(written)).toBe(key);
  });

  test.each(['', '.', 'a.', '.a', '"a".', '"a"b.c', '"".a', '"a.b', '"a*'])('%s holds no names', written => {
    expect(namesIn(written)).toBeUndefined();
    expect(writtenKey(written)).toBe(written);
  });

  test.each(['a.b.c', 'orders', 'a.*', '"a.b".*', 'public.payment_p*'])('%s stays as it is', written => {
    expect(writtenKey(written)).toBe(written);
  });

  test('may be that of a column', () => {
    expect(namesIn('public."a.b".c')).toEqual(['public', 'a.b', 'c']);
    expect(writtenKey('"public"."a.b"."c.d"')).toBe(columnKey({ schema: 'public', name: 'a.b' }, 'c.d'));
  });
});
