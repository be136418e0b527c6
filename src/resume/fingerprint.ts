// What decides the rows that a run writes, as hashes: of the plan as a whole, of each table, of its shape on both sides. A run
// that goes on must have the same, or half of a table would follow one rule and half another. Nothing can be read out of a
// hash: it is keyed by the run's secret, or salted by its id.

import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { deriveKey } from '../crypto/keys.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Slice } from '../plan/cut-slices.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { version } from '../version.ts';

/** Hashes by what they are of. */
export type Hashes = Readonly<Record<string, string>>;

export interface Fingerprint {
  /** `the rules of public.person` and the like: parts of a sentence. */
  readonly plan: Hashes;
  /** Shapes of tables of the source, by tableKey. */
  readonly source: Hashes;
  /** The same of the target, as far as it is there before the run. */
  readonly target: Hashes;
  /** Of the database that the run builds, where it does (see built-shapes.ts). */
  readonly built?: Hashes;
}

/** Hashes a value, whatever it is made of. */
export type Hash = (value: unknown) => string;

export interface FingerprintInput {
  readonly hash: Hash;
  readonly config: LoadedConfig;
  /** With the rows that a subset has. */
  readonly plan: Plan;
  readonly source: Catalog;
  readonly target: Catalog;
  readonly slices: readonly Slice[];
}

/** Takes the fingerprint of a run: some milliseconds for a hundred tables. */
export function fingerprintOf({ hash, config, plan, source, target, slices }: FingerprintInput): Fingerprint {
  const { publish, schema } = config.target;
  const { tables, widthRows, vaultDomains, subset, keys } = plan;
  return {
    plan: {
      'the version of pgveil': version,
      '`target.publish` or `target.schema`': hash([publish, schema]),
      'the files of `strategies`': hash(ownFiles(config.strategies)),
      ...Object.fromEntries(tables.map(table => [`the rules of ${tableKey(table)}`, hash(rulesOf(table))])),
      'the rules of keys, or the domains of tokens': hash([widthRows, vaultDomains, keys]),
      '`subset`': hash(subset),
      'how the tables are cut into slices': hash(slices),
    },
    source: shapesIn(source, new Set(tables.map(tableKey)), { hash, side: 'source' }),
    target:
      schema === 'copy'
        ? {}
        : shapesIn(target, new Set(tables.map(({ into }) => tableKey(into))), { hash, side: 'target' }),
  };
}

interface Shaping {
  readonly hash: Hash;
  readonly side: 'source' | 'target';
}

/**
 * The shapes of some tables of a catalogue: their columns, and that they are the same tables. Of the source also that nobody has
 * rewritten them: rows would have moved, or would look gone.
 */
export function shapesIn({ tables, types }: Catalog, keys: ReadonlySet<string>, { hash, side }: Shaping): Hashes {
  const shapeOf = ({ oid, fileNode, columns }: CatalogTable): unknown => [
    oid,
    side === 'source' && fileNode,
    columns.map(({ isReadable, ...column }) => [column, types.get(column.type)]),
  ];
  return Object.fromEntries(
    tables.filter(table => keys.has(tableKey(table))).map(table => [tableKey(table), hash(shapeOf(table))]),
  );
}

/** The names of hashes that are not the same, or that only one has. */
export function differences(before: Hashes, now: Hashes): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter(name => before[name] !== now[name]);
}

/** Rows of a lookup are hashed in pieces: as one text they would take more memory than a run has. */
const PIECE_CHARACTERS = 64 * 1024;

/** The hash of a run: nobody without its secret can try values on it. */
export function hashOf(run: string, secret: Uint8Array | undefined): Hash {
  const key = secret ? deriveKey(secret, 'run-fingerprint', run) : run;
  return value => {
    const hmac = createHmac('sha256', key);
    let piece = '';
    writeCanonical(value, text => {
      piece += text;
      if (piece.length < PIECE_CHARACTERS) return;
      hmac.update(piece);
      piece = '';
    });
    return hmac.update(piece).digest('base64url').slice(0, 22);
  };
}

/** What statistics said of a table is no rule. */
function rulesOf({ rows, bytes, pages, formatReason, ...rules }: PlannedTable): unknown {
  return rules;
}

/** Strategies of the user may import one another, so all files count. */
function ownFiles(folder: string | undefined): unknown {
  if (folder === undefined) return undefined;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(file => [file.slice(folder.length), readFileSync(file)]);
}

/** Writes a text that is the same for equal data, whatever the order of its keys. Strategies may prepare more than JSON knows. */
export function writeCanonical(value: unknown, write: (text: string) => void): void {
  const writeList = (name: string, list: Iterable<unknown>): void => {
    write(`${name}[`);
    for (const one of list) {
      writeCanonical(one, write);
      write(',');
    }
    write(']');
  };
  if (value === undefined) write('undefined');
  else if (typeof value === 'bigint') write(`${value}n`);
  else if (typeof value !== 'object' || value === null) write(JSON.stringify(value) ?? typeof value);
  else if (ArrayBuffer.isView(value)) write(`bytes:${bytesOf(value).toString('base64')}`);
  else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    writeCanonical(new Uint8Array(value), write);
  else if (value instanceof RegExp) write(`pattern:${value}`);
  else if (value instanceof Date) write(`date:${value.getTime()}`);
  else if (value instanceof Map) writeList('map', value);
  else if (value instanceof Set) writeList('set', value);
  else if (Array.isArray(value)) writeList('', value);
  else writeList('object', Object.entries(value).filter(isGiven).sort(byKey));
}

type Entry = readonly [key: string, value: unknown];

const isGiven = ([, value]: Entry): boolean => value !== undefined;
const byKey = ([one]: Entry, [other]: Entry): number => (one < other ? -1 : 1);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
