// A stream in parts: a binary COPY has the target hold up to a thousand rows before it writes them, whatever their size (its
// limit of 64 KB counts the bytes of text lines only). A thousand rows of 10 MB would be 10 GB there; so wide rows go in several
// COPYs of one transaction.

import type { PlannedTable } from '../plan/plan-types.ts';
import { END_OF_PART, type EndsPart } from './replace-columns.ts';

/** Rows that PostgreSQL holds at most (MAX_BUFFERED_TUPLES of copyfrom.c). */
const HELD_ROWS = 1000;
/** What it may hold of ours. */
const HELD_BYTES = 64 * 1024 * 1024;

/** Compressed on disk, a row may be much larger on the wire. */
const WIDE_BYTES = 8 * 1024;

/** Whether the rows of a table may be so wide, by what statistics and disk say of it. */
export function isWide({ format, rows, bytes }: Pick<PlannedTable, 'format' | 'rows' | 'bytes'>): boolean {
  return format === 'binary' && bytes > HELD_BYTES / HELD_ROWS && bytes / Math.max(1, rows) > WIDE_BYTES;
}

/** Ends a part when the target may hold so much; never, where rows are so small that it writes them before. */
export function endParts(): EndsPart {
  let held = { rows: 0, bytes: 0 };
  return (rows, bytes) => {
    held = { rows: held.rows + rows, bytes: held.bytes + bytes };
    const isWritten = held.rows >= HELD_ROWS;
    const isFull = held.bytes >= HELD_BYTES && !isWritten;
    if (isWritten || isFull) held = { rows: 0, bytes: 0 };
    return isFull;
  };
}

/** Hands each part of a stream to `take`, one after the other. */
export async function eachPart(
  pieces: AsyncIterable<Uint8Array>,
  take: (part: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver = false;
  const part = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) isOver = true;
      if (done || value === END_OF_PART) return;
      yield value;
    }
  };
  try {
    while (!isOver) await take(part());
  } finally {
    // Not waited for: a read that is under way ends with its connection.
    if (!isOver) void iterator.return?.().catch(() => undefined);
  }
}
