// A map from values to replacements, out of a file (CSV, JSON or YAML) or the rows of a table. Messages name the place, no value.

import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'yaml';
import type { LookupMap } from './packed-map.ts';

/** A file or table that is no map. */
export class UnreadableMap extends Error {
  override name = 'UnreadableMap';
}

const MOST_BYTES = 64 * 1024 * 1024;

/** The columns of a CSV file that hold values and replacements, by the names in its first line. */
export interface CsvColumns {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws {UnreadableMap} */
export function readLookupTable(file: string, columns: CsvColumns): LookupMap {
  const text = readText(file);
  const extension = extname(file).toLowerCase();
  if (extension === '.csv') return csvMap(parseCsv(text), columns);
  if (columns.from !== undefined || columns.to !== undefined) throw new UnreadableMap('only a CSV file has columns');
  if (!['.json', '.yaml', '.yml'].includes(extension)) throw new UnreadableMap('it must end in .csv, .json or .yaml');
  return mapOf(extension === '.json' ? parsed(() => JSON.parse(text)) : parsed(() => parse(text)));
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MOST_BYTES) throw new UnreadableMap('it is larger than 64 MB');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof UnreadableMap) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UnreadableMap(code === 'ENOENT' ? 'there is no such file' : 'it cannot be read as UTF-8');
  }
}

/** The parsers' own messages quote the file. */
function parsed(parseText: () => unknown): unknown {
  try {
    return parseText();
  } catch {
    throw new UnreadableMap('its syntax is wrong');
  }
}

function mapOf(value: unknown): LookupMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableMap('it must hold one object: value → replacement');
  }
  const entries = Object.entries(value).map(([from, to], index) => {
    if (to !== null && !['string', 'number', 'boolean'].includes(typeof to)) {
      throw new UnreadableMap(`entry ${index + 1} has no text as its replacement`);
    }
    if (typeof to === 'number' && !Number.isSafeInteger(to)) {
      throw new UnreadableMap(`entry ${index + 1} has a number that may have lost digits: put it into quotes`);
    }
    return [from, to === null ? null : String(to)] as const;
  });
  return new Map(entries);
}

function csvMap([head = [], ...rows]: readonly (readonly string[])[], { from, to }: CsvColumns): LookupMap {
  const place = (name: string | undefined, usual: number): number => {
    const found = name === undefined ? usual : head.indexOf(name);
    if (found < 0 || found >= head.length) {
      throw new UnreadableMap('its first line lacks the columns that are asked for; commas are between them');
    }
    if (name !== undefined && head.lastIndexOf(name) !== found) {
      throw new UnreadableMap('its first line has a column that is asked for twice');
    }
    return found;
  };
  const [source, target] = [place(from, 0), place(to, 1)];
  return pairMap(
    rows.map((row, index) => {
      const [value, replacement] = [row[source], row[target]];
      if (value === undefined || replacement === undefined || row.length !== head.length) {
        throw new UnreadableMap(`record ${index + 2} has another number of fields than the first`);
      }
      return [value, replacement];
    }),
    index => `record ${index + 2}`,
  );
}

/**
 * The map of pairs of a value and its replacement. A pair without a value is left out: NULL is never looked up.
 * @param placeOf names a pair in a message
 * @throws {UnreadableMap} where a value has two replacements
 */
export function pairMap(
  pairs: readonly (readonly (string | null)[])[],
  placeOf: (index: number) => string = () => 'a row',
): LookupMap {
  const map = new Map<string, string | null>();
  for (const [index, [value = null, replacement = null]] of pairs.entries()) {
    if (value === null) continue;
    const known = map.get(value);
    if (known !== undefined && known !== replacement) {
      throw new UnreadableMap(`${placeOf(index)} has a value that another one replaces differently`);
    }
    map.set(value, replacement);
  }
  return map;
}

/** Records of RFC 4180; line ends are \n or \r\n. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  // A field is in quotes or without any, and ends at a comma, a line end or the end.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  const body = text.replace(/^\ufeff/, '').replace(/(?:\r?\n)+$/, '');
  while (field.lastIndex <= body.length) {
    const found = field.exec(body);
    if (!found) throw new UnreadableMap(`record ${records.length + 1} has quotes in the wrong place`);
    const [, quoted, plain = '', end] = found;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
    if (end === '') break;
  }
  return records;
}
