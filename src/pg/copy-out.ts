// COPY TO STDOUT as a stream of its rows' bytes. pg-copy-streams does the same with two small buffers a row; this makes none
// (docs/decisions/0003). CopyData messages ('d', one a row) are unwrapped in place in the socket's own chunks; every other
// message goes to the driver's parser, whole, so that errors, notices and the end of the query are the driver's business.

import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { onlyView } from '../batch/free-buffer.ts';

const COPY_DATA = 0x64;
/** A message is a byte that names it and an int32 length that counts itself but not that byte. */
const HEADER_BYTES = 5;
/** Chunks of the socket that may wait for the consumer before it is paused: 64 kB each, at most. */
export const WAITING_CHUNKS = 8;

const NOTHING = Buffer.alloc(0);

type Listener = (chunk: Buffer) => void;

export class CopyOut extends Readable implements Submittable {
  readonly #sql: string;
  #socket: Socket | undefined;
  #parse: Listener = () => {};
  /** Bytes of the CopyData at hand that are still to come. */
  #dataLeft = 0;
  /** The beginning of a message that the last chunk cut off: a header of CopyData, or any part of another message. */
  #cutOff: Buffer = NOTHING;
  readonly #listen: Listener = chunk => this.#take(chunk);

  /** @param sql `copy … to stdout …` */
  constructor(sql: string) {
    // Chunks, not bytes: a stream of bytes would copy those that wait into one.
    super({ objectMode: true, highWaterMark: WAITING_CHUNKS });
    this.#sql = sql;
  }

  submit(connection: Connection): void {
    const socket = connection.stream as Socket;
    const [parse, ...others] = socket.listeners('data') as Listener[];
    if (!parse || others.length > 0) throw new Error('the driver listens to its socket in another way than expected');
    this.#socket = socket;
    this.#parse = parse;
    socket.off('data', parse).on('data', this.#listen);
    connection.query(this.#sql);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#socket?.off('data', this.#listen).on('data', this.#parse).resume();
    this.#socket = undefined;
    this.push(null);
  }

  /** The session stays between two messages, and ReadyForQuery is still to come. */
  handleError(error: Error): void {
    this.destroy(error);
  }

  #take(chunk: Buffer): void {
    let bytes = this.#cutOff.length > 0 ? Buffer.concat([this.#cutOff, chunk]) : chunk;
    this.#cutOff = NOTHING;
    while (bytes.length > 0) {
      const isChunk = bytes.length === bytes.buffer.byteLength;
      const { filled, at } = this.#unwrap(bytes);
      const rest = bytes.subarray(at);
      const size = messageSize(rest);
      const rows = bytes.subarray(0, filled);
      // Of what follows, a message or the beginning of one, copies are made.
      if (filled > 0) this.#give(isChunk && rest.length <= size ? onlyView(rows) : rows);
      if (rest.length < size) {
        this.#cutOff = Buffer.from(rest);
        return;
      }
      if (size > 0) this.#parse(Buffer.from(rest.subarray(0, size)));
      bytes = rest.subarray(size);
    }
  }

  #give(rows: Buffer): void {
    // Destroyed, it drains the socket until the session's owner closes it.
    if (!this.destroyed && !this.push(rows)) this.#socket?.pause();
  }

  /**
   * Moves the contents of CopyData messages to the front of `bytes`, up to the end or the first other message.
   * @returns the size of the contents, and where that message (or a header that is cut off) begins
   */
  #unwrap(bytes: Buffer): { readonly filled: number; readonly at: number } {
    const end = bytes.length;
    let filled = Math.min(this.#dataLeft, end);
    let at = filled;
    this.#dataLeft -= filled;
    while (at + HEADER_BYTES <= end && bytes[at] === COPY_DATA) {
      const next = at + 1 + bytes.readInt32BE(at + 1);
      const stop = next < end ? next : end;
      bytes.copyWithin(filled, at + HEADER_BYTES, stop);
      filled += stop - at - HEADER_BYTES;
      this.#dataLeft = next - stop;
      at = stop;
    }
    return { filled, at };
  }
}

/** Bytes of the message that begins here, as far as can be seen: those of its header, when even that is cut off. */
export function messageSize(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  return bytes.length < HEADER_BYTES ? HEADER_BYTES : 1 + bytes.readInt32BE(1);
}
