// What the file of a quarantine is after anything that may happen to it.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keyFingerprint } from '../../src/crypto/sealed-box.ts';
import {
  type ChunkHead,
  END_HEAD,
  headLine,
  type RefusedRow,
  sealedLine,
  writeRows,
} from '../../src/quarantine/file-format.ts';
import { makeKeyPair, parsePrivateKey, parsePublicKey } from '../../src/quarantine/keys.ts';
import { appendLines, continueFile, createFile, hasRows } from '../../src/quarantine/quarantine-file.ts';
import { openQuarantine } from '../../src/quarantine/read-quarantine.ts';

const folder = mkdtempSync(join(tmpdir(), 'pgveil-quarantine-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pair = makeKeyPair();
const publicKey = parsePublicKey(pair.publicKey, 'the test');
const privateKey = parsePrivateKey(pair.privateKey, 'the test');
const FIRST = headLine('run-1', keyFingerprint(publicKey));

const HEAD = { table: ['public', 't'], columns: ['id', 'note'], slice: 4, chunk: 0 } as const;
const fault = { sqlstate: '23514', constraint: 'few', column: undefined };
const rowsOf = (...rows: readonly number[]): RefusedRow[] => rows.map(row => ({ row, fault, line: `${row}\t\\N` }));

function chunk(
  attempt: string,
  rows: readonly RefusedRow[],
  { first = FIRST, ...head }: Partial<ChunkHead> & { first?: string } = {},
) {
  const whole: ChunkHead = { ...HEAD, attempt, rows: rows.length, ...head };
  return sealedLine(whole, writeRows(rows), { first, publicKey });
}
const end = (...attempts: readonly (readonly [attempt: string, rows: number])[]) => {
  const committed = attempts.map(([attempt, rows]) => ({
    table: { schema: 'public', name: 't' },
    slice: 4,
    attempt,
    rows,
  }));
  return sealedLine(END_HEAD, JSON.stringify(committed), { first: FIRST, publicKey });
};

let files = 0;
function fileOf(...lines: readonly string[]): string {
  const file = join(folder, `${++files}`);
  createFile(file, FIRST);
  for (const line of lines) appendLines(file, line);
  return file;
}
async function opened(file: string, isUnfinished = false): Promise<number[]> {
  const rows: number[] = [];
  for await (const { row } of openQuarantine(file, { privateKey, isUnfinished })) rows.push(row);
  return rows;
}

test('only the attempt that was committed counts', async () => {
  const file = fileOf(
    chunk('a', rowsOf(1, 2)),
    chunk('b', rowsOf(1, 2)),
    chunk('b', rowsOf(3), { chunk: 1 }),
    end(['b', 3]),
  );
  expect(await opened(file)).toEqual([1, 2, 3]);
  expect(await opened(file, true)).toEqual([1, 2, 3]);
});

test('the last end counts: a run that went on has one more', async () => {
  expect(await opened(fileOf(chunk('a', rowsOf(1)), end(['a', 1]), chunk('b', rowsOf(7)), end(['b', 1])))).toEqual([7]);
});

test.each([
  ['rows that the end tells of are not there', [end(['a', 1])]],
  ['fewer rows are there', [chunk('a', rowsOf(1)), end(['a', 2])]],
  ['a chunk is missing', [chunk('a', rowsOf(1)), chunk('a', rowsOf(2), { chunk: 2 }), end(['a', 2])]],
  ['a line is of another run', [chunk('a', rowsOf(1), { first: headLine('run-2', 'x') }), end(['a', 1])]],
])('a file is damaged when %s', async (_, lines) => {
  await expect(opened(fileOf(...lines))).rejects.toMatchObject({ code: 'ANON_QUARANTINE_DAMAGED' });
});

test('a run that goes on takes off the line that was cut short, whatever its length', async () => {
  for (const length of [1, 70_000, 200_000]) {
    const file = fileOf(chunk('a', rowsOf(1)));
    appendFileSync(file, 'x'.repeat(length));
    await expect(opened(file, true)).rejects.toMatchObject({ message: expect.stringContaining('cut short') });
    continueFile(file, FIRST);
    appendLines(file, chunk('b', rowsOf(2)) + end(['a', 1], ['b', 1]));
    expect(await opened(file)).toEqual([1, 2]);
  }
});

test('a run goes on without a file where nothing had been sealed', async () => {
  const file = join(folder, 'gone');
  continueFile(file, FIRST);
  appendLines(file, chunk('a', rowsOf(5)) + end(['a', 1]));
  expect(await opened(file)).toEqual([5]);
});

test('a run goes on with no file but its own', () => {
  const file = fileOf(chunk('a', rowsOf(1)));
  const before = readFileSync(file);
  expect(() => continueFile(file, headLine('run-2', 'x'))).toThrow(
    expect.objectContaining({ code: 'ANON_QUARANTINE_FILE' }),
  );
  expect(() => createFile(file, FIRST)).toThrow(expect.objectContaining({ code: 'ANON_QUARANTINE_FILE' }));
  expect(readFileSync(file)).toEqual(before);
});

test('a file has rows when a line stands behind its first one', () => {
  expect(hasRows(fileOf(chunk('a', rowsOf(1))), FIRST)).toBe(true);
  expect(hasRows(fileOf(), FIRST)).toBe(false);
});

test('a folder that is not there is told', () => {
  expect(() => appendLines(join(folder, 'nowhere', 'file'), 'x')).toThrow(
    expect.objectContaining({ message: expect.stringContaining('its folder does not exist') }),
  );
});

test.each([
  ['a private key', pair.privateKey],
  ['nothing', ''],
  ['a certificate', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'],
  ['a broken one', '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n'],
])('a run seals for no key that is %s', (_, pem) => {
  expect(() => parsePublicKey(pem, 'quarantine.public_key')).toThrow(
    expect.objectContaining({ code: 'ANON_QUARANTINE_KEY' }),
  );
});
