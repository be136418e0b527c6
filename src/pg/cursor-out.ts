// A server-side cursor as a stream of COPY's bytes. pg-query-stream opens, fetches and closes the portal; the rows are taken off
// the socket before the driver would make strings of them: a value of 100 MB would be in memory four times (docs/decisions/0006).

import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ClientBase, Connection } from 'pg';
import QueryStream from 'pg-query-stream';
import { ColumnOutput } from '../batch/column.ts';
import { FetchSize } from '../batch/fetch-size.ts';
import type { Format } from '../codec/codec.ts';
import { type DataRows, dataRows } from '../codec/data-rows.ts';
import { CODECS } from '../codec/formats.ts';
import { messageSize, WAITING_CHUNKS } from './copy-out.ts';
import { type GivenRows, parametersOf } from './given-rows.ts';
import { noteTurn } from './watch-stalls.ts';

const NOTHING = Buffer.alloc(0);
/** What the protocol calls no limit. */
const ALL_ROWS = 0;

type Listener = (chunk: Buffer) => void;

export interface CursorOptions {
  readonly format: Format;
  /** Bytes that a fetch should have. Without, one fetch brings all, for which the server may use several processes. */
  readonly batchBytes?: number | undefined;
  readonly given?: GivenRows;
}

export class CursorOut extends Readable {
  readonly #socket: Socket;
  readonly #cursor: QueryStream['cursor'];
  readonly #parse: Listener;
  readonly #listen: Listener = chunk => this.#take(chunk);
  readonly #rows: DataRows;
  readonly #format: Format;
  readonly #output = new ColumnOutput();
  /** The beginning of a length, a header or another message that the last chunk cut off. */
  #cutOff: Buffer = NOTHING;
  readonly #size: FetchSize | undefined;
  #isFetching = false;
  #isOver = false;
  /** Of the fetch at hand. */
  #fetchedBytes = 0;

  /** @param client idle; it does nothing else until the stream has ended */
  constructor(client: ClientBase, select: string, { format, batchBytes, given = {} }: CursorOptions) {
    super({ objectMode: true, highWaterMark: WAITING_CHUNKS });
    this.#format = format;
    this.#rows = dataRows(format);
    this.#size = batchBytes === undefined ? undefined : new FetchSize(batchBytes);
    this.#socket = (client as unknown as { connection: Connection }).connection.stream as Socket;
    const [parse, ...others] = this.#socket.listeners('data') as Listener[];
    if (!parse || others.length > 0) throw new Error('the driver listens to its socket in another way than expected');
    this.#parse = parse;
    this.#socket.off('data', parse).on('data', this.#listen);
    noteTurn((client as unknown as { connection: Connection }).connection, () => !this.#isFetching && !this.#isOver);
    const Query = format === 'binary' ? BinaryQuery : QueryStream;
    const query = new Query(select, parametersOf(given));
    this.#cursor = query.cursor;
    // Once it has seen the last row, the cursor tells nobody of a connection that is lost before the query is over.
    query.handleError = (error: Error) => {
      this.#cursor.handleError(error);
      this.destroy(error);
    };
    client.query(query);
    this.push(CODECS[format].header);
  }

  override _read(): void {
    this.#socket.resume();
    if (!this.#isFetching) this.#fetch();
  }

  /** As many rows as fill a batch; while they are consumed, the next ones are fetched. */
  #fetch(): void {
    const wanted = this.#size?.rows ?? ALL_ROWS;
    this.#isFetching = true;
    this.#rows.rows = 0;
    this.#fetchedBytes = 0;
    this.#cursor.read(wanted, (error: Error | undefined) => {
      this.#isFetching = false;
      if (error) this.destroy(error);
      else this.#afterFetch(wanted);
    });
  }

  #afterFetch(wanted: number): void {
    const { rows } = this.#rows;
    if (rows > 0) this.#size?.observe(rows, this.#fetchedBytes);
    if (wanted === ALL_ROWS || rows < wanted) this.#end();
    else if (!this.destroyed && this.readableLength < this.readableHighWaterMark) this.#fetch();
  }

  #end(): void {
    this.#isOver = true;
    this.#socket.off('data', this.#listen).on('data', this.#parse).resume();
    this.push(CODECS[this.#format].trailer);
    this.push(null);
  }

  #take(chunk: Buffer): void {
    const bytes = this.#cutOff.length > 0 ? Buffer.concat([this.#cutOff, chunk]) : chunk;
    this.#output.reset(0);
    let at = this.#rows.convert(bytes, 0, this.#output);
    while (at < bytes.length) {
      const size = messageSize(bytes.subarray(at));
      if (this.#rows.isInside || bytes.length - at < size) break;
      this.#parse(Buffer.from(bytes.subarray(at, at + size)));
      at = this.#rows.convert(bytes, at + size, this.#output);
    }
    this.#cutOff = at < bytes.length ? Buffer.from(bytes.subarray(at)) : NOTHING;
    this.#give();
  }

  #give(): void {
    const { bytes, at } = this.#output;
    this.#fetchedBytes += at;
    // Destroyed, it drains the socket until the session's owner closes it.
    if (at > 0 && !this.destroyed && !this.push(Buffer.from(bytes.subarray(0, at)))) this.#socket.pause();
  }
}

interface BindingConnection extends Connection {
  bind(config: object, more: boolean): void;
}

/** The driver has no option for the format of a cursor's results; its connection has one. */
class BinaryQuery extends QueryStream {
  override submit(connection: Connection): void {
    const binding = connection as BindingConnection;
    const { bind } = binding;
    binding.bind = (config, more) => bind.call(binding, { ...config, binary: true }, more);
    try {
      super.submit(connection);
    } finally {
      binding.bind = bind;
    }
  }
}
