import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { dataRows } from '../../src/codec/data-rows.ts';
import { anyPoint } from '../any-point.ts';

type Row = readonly (string | null)[];

const rows: fc.Arbitrary<readonly Row[]> = fc
  .nat(4)
  .chain(fields =>
    fc.array(fc.array(fc.option(fc.string({ unit: anyPoint })), { minLength: fields, maxLength: fields })),
  );

/** An int16 count, and per field an int32 length with its bytes: a DataRow after its length, and a tuple of COPY binary. */
function tuple(row: Row): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(row.length);
  const fields = row.flatMap(value => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return value === null ? [length] : [length, Buffer.from(value)];
  });
  return Buffer.concat([count, ...fields]);
}

function message(name: string, content: Buffer): Buffer {
  const header = Buffer.from(`${name}....`);
  header.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\\': '\\',
};
const escapeValue = (value: string): string =>
  value.replace(/[\b\t\n\v\f\r\\]/g, character => `\\${ESCAPES[character]}`);
const line = (row: Row): string => `${row.map(value => (value === null ? '\\N' : escapeValue(value))).join('\t')}\n`;

/** Converts a stream that comes in chunks; what is cut off comes again with the next one, as in cursor-out.ts. */
function convertAll(chunks: readonly Buffer[], format: 'text' | 'binary') {
  const taken = dataRows(format);
  const output = new ColumnOutput();
  let rest: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    rest = bytes.subarray(taken.convert(bytes, 0, output));
  }
  return {
    content: Buffer.from(output.bytes.subarray(0, output.at)),
    rest,
    rows: taken.rows,
    isInside: taken.isInside,
  };
}

/** The bytes in pieces, cut at the given places and, with `each`, after every byte. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
};

describe.each(['text', 'binary'] as const)('DataRow messages become rows of COPY %s', format => {
  const expected = (all: readonly Row[]): Buffer =>
    format === 'text' ? Buffer.from(all.map(line).join('')) : Buffer.concat(all.map(tuple));

  test('wherever the chunks end', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 30 }), (all, places) => {
        const bytes = Buffer.concat(all.map(row => message('D', tuple(row))));
        const { content, ...state } = convertAll(cut(bytes, places), format);
        expect(content).toEqual(expected(all));
        expect(state).toEqual({ rest: Buffer.alloc(0), rows: all.length, isInside: false });
      }),
    );
  });

  test('byte by byte', () => {
    fc.assert(
      fc.property(rows, all => {
        const bytes = Buffer.concat(all.map(row => message('D', tuple(row))));
        const { content } = convertAll(
          [...bytes].map(byte => Buffer.of(byte)),
          format,
        );
        expect(content).toEqual(expected(all));
      }),
      { numRuns: 30 },
    );
  });

  test('up to another message', () => {
    const suspended = message('s', Buffer.alloc(0));
    const bytes = Buffer.concat([message('D', tuple(['a', null])), suspended, message('D', tuple(['b', '']))]);
    const { content, rest, isInside } = convertAll([bytes], format);
    expect(content).toEqual(expected([['a', null]]));
    expect(rest.subarray(0, suspended.length)).toEqual(suspended);
    expect(isInside).toBe(false);
  });
});
