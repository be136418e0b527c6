// The file of a run's quarantine on disk: made once, readable by its owner, never overwritten; lines are only ever added.

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { AnonymizeError } from '../errors.ts';

const NEWLINE = 0x0a;
/** Bytes that are looked at together for the end of the last whole line. */
const TAIL_BYTES = 64 * 1024;
/** The first line is not longer. */
const HEAD_BYTES = 1024;

/** Makes the file with its first line. @throws {AnonymizeError} ANON_QUARANTINE_FILE, also where a file is there already */
export function createFile(file: string, first: string): void {
  telling(file, () => withFile(file, 'wx', descriptor => writeLine(descriptor, `${first}\n`)));
}

/**
 * Goes on with the file of a run that was killed; where nothing was in it, it may be gone, and is made again. Takes off a line
 * that was cut short: it was of a slice that was not committed, as a line is on disk before the rows are.
 * @throws {AnonymizeError} ANON_QUARANTINE_FILE, also where the file is another run's
 */
export function continueFile(file: string, first: string): void {
  if (!existsSync(file)) createFile(file, first);
  telling(file, () =>
    withFile(file, 'r+', descriptor => {
      const head = Buffer.alloc(HEAD_BYTES);
      const read = readSync(descriptor, head, 0, HEAD_BYTES, 0);
      if (head.toString('utf8', 0, read).split('\n')[0] !== first) throw Object.assign(new Error(), { code: 'EEXIST' });
      ftruncateSync(descriptor, endOfLines(descriptor));
    }),
  );
}

/** Adds lines; they are on disk when it returns, and where that fails, nothing of them stays. Two must not write at once. */
export function appendLines(file: string, lines: string): void {
  telling(file, () =>
    withFile(file, 'r+', descriptor => {
      const { size } = fstatSync(descriptor);
      try {
        writeLine(descriptor, lines, size);
      } catch (cause) {
        ftruncateSync(descriptor, size);
        throw cause;
      }
    }),
  );
}

/** Whether the file holds more than its first line. */
export function hasRows(file: string, first: string): boolean {
  return telling(file, () => withFile(file, 'r', fstatSync).size > Buffer.byteLength(first) + 1);
}

/** Takes away a file in which nothing is. */
export function removeFile(file: string): void {
  rmSync(file, { force: true });
}

function withFile<Result>(file: string, flags: string, use: (descriptor: number) => Result): Result {
  const descriptor = openSync(file, flags, 0o600);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A write may take a part only; and only what is on disk survives. */
function writeLine(descriptor: number, text: string, at = 0): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  fsyncSync(descriptor);
}

/** Where the last whole line ends. */
function endOfLines(descriptor: number): number {
  const tail = Buffer.alloc(TAIL_BYTES);
  for (let end = fstatSync(descriptor).size; end > 0; ) {
    const start = Math.max(0, end - TAIL_BYTES);
    const read = readSync(descriptor, tail, 0, end - start, start);
    const found = tail.subarray(0, read).lastIndexOf(NEWLINE);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}

const WHY: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already, and is never overwritten',
  ENOENT: 'its folder does not exist',
  EACCES: 'this user may not write there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EFBIG: 'the disk is full',
};

function telling<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const { code = 'an unknown error' } = cause as NodeJS.ErrnoException;
    throw new AnonymizeError('ANON_QUARANTINE_FILE', { file, detail: WHY[code] ?? code });
  }
}
