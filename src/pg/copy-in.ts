// COPY FROM STDIN as a stream. What it has written it frees at once: pg-copy-streams cannot say when the socket is done with a
// buffer, and buffers that wait for the collector cost a third of the CPU (docs/decisions/0003).

import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { freeBuffer } from '../batch/free-buffer.ts';
import { noteTurn } from './watch-stalls.ts';

/** CopyDone (PostgreSQL manual, "Message Formats"): 'c' and the length 4. */
const COPY_DONE = Buffer.of(0x63, 0, 0, 0, 4);
const COPY_DATA = 0x64;
/** The next batches are made while the target takes the last ones: bytes that may wait for it. */
const WAITING_BYTES = 1024 * 1024;

type Callback = (error?: Error | null) => void;

interface CopyConnection extends Connection {
  sendCopyFail(message: string): void;
}

export class CopyIn extends Writable implements Submittable {
  /** Rows that the target took, once the stream has finished. */
  rowCount = 0;
  readonly #sql: string;
  #connection: CopyConnection | undefined;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #isCopying = false;
  #isFinishing = false;

  /** @param sql `copy … from stdin …` */
  constructor(sql: string) {
    super({ highWaterMark: WAITING_BYTES });
    this.#sql = sql;
    // Whoever waits hears of a failure; nobody need be waiting.
    this.#started.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
  }

  submit(connection: Connection): void {
    this.#connection = connection as CopyConnection;
    noteTurn(connection, () => this.#isCopying && !this.#isFinishing && this.#socket.writableLength === 0);
    connection.query(this.#sql);
  }

  handleCopyInResponse(): void {
    this.#isCopying = true;
    this.#started.resolve();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#ended.resolve();
  }

  handleError(error: Error): void {
    this.#isCopying = false;
    this.#started.reject(error);
    this.#ended.reject(error);
    this.destroy(error);
  }

  override _write(chunk: Buffer, _encoding: string, callback: Callback): void {
    if (this.#isCopying) this.#send(chunk, callback);
    else this.#started.promise.then(() => this.#send(chunk, callback), callback);
  }

  override _final(callback: Callback): void {
    const finish = async (): Promise<void> => {
      await this.#started.promise;
      this.#isFinishing = true;
      this.#socket.write(COPY_DONE);
      await this.#ended.promise;
    };
    finish().then(() => callback(), callback);
  }

  /** The server is told that nothing more comes, so that it ends the statement. */
  override _destroy(error: Error | null, callback: Callback): void {
    if (this.#isCopying && !this.writableFinished) this.#connection?.sendCopyFail('stopped');
    callback(error);
  }

  get #socket(): Socket {
    return this.#connection?.stream as Socket; // submitted, or nothing would have started
  }

  #send(chunk: Buffer, callback: Callback): void {
    const header = Buffer.allocUnsafe(5);
    header[0] = COPY_DATA;
    header.writeInt32BE(chunk.length + 4, 1);
    const socket = this.#socket;
    socket.cork();
    socket.write(header);
    socket.write(chunk, error => {
      freeBuffer(chunk);
      callback(error && asSystemError(error));
    });
    socket.uncork();
  }
}

/** A socket that was closed before says so in the words of streams; after the system call it would have been EPIPE. */
function asSystemError(error: NodeJS.ErrnoException): Error {
  const isClosed = error.code === 'ERR_STREAM_DESTROYED' || error.code === 'ERR_STREAM_WRITE_AFTER_END';
  return isClosed ? Object.assign(new Error('EPIPE'), { code: 'EPIPE', syscall: 'write' }) : error;
}
