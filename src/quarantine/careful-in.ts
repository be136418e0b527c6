// The target side of a slice whose COPY was refused: rows are loaded by halves until those that the target refuses are found,
// and those are sealed. It all happens in the slice's one transaction.

import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { type Fault, isRowFault } from '../pg/errors.ts';
import { loadByHalves } from '../pg/load-by-halves.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import type { RunState } from '../workers/run-state.ts';
import { type ChunkHead, headLine, type RefusedRow, sealedLine, writeRows } from './file-format.ts';
import { parsePublicKey } from './keys.ts';
import { appendLines } from './quarantine-file.ts';
import type { QuarantineSettings } from './run-quarantine.ts';

/** Rows that are loaded together at first. */
const BATCH_ROWS = 10_000;
/** Bytes of refused rows that wait to be sealed. */
const PENDING_BYTES = 1_000_000;
const NEWLINE = 0x0a;

export interface CarefulSlice {
  readonly target: ClientBase;
  /** Its format is text: so a sealed row can be read, and a row ends where a line does. */
  readonly table: PlannedTable;
  readonly slice: number;
  readonly run: string;
  readonly quarantine: QuarantineSettings;
  readonly state: Pick<RunState, 'quarantine' | 'alone'>;
  readonly batchBytes: number;
}

/** What an attempt has sealed. */
export interface Sealed {
  readonly attempt: string;
  readonly rows: number;
}

/** Takes the bytes of a COPY in text; rows that the target refuses are on disk, sealed, once it has finished. */
export class CarefulIn extends Writable {
  /** Rows that the target took. */
  rowCount = 0;
  readonly #slice: CarefulSlice;
  readonly #attempt = randomBytes(8).toString('hex');
  readonly #publicKey;
  #sealed = 0;
  #chunks = 0;
  /** Rows so far, with those that are being loaded. */
  #position = 0;
  #rows: Buffer[] = [];
  #rowBytes = 0;
  #open: Buffer[] = [];
  #pending: RefusedRow[] = [];
  #pendingBytes = 0;

  constructor(slice: CarefulSlice) {
    super();
    this.#slice = slice;
    this.#publicKey = parsePublicKey(slice.quarantine.publicKey, 'quarantine.public_key');
  }

  /** What it has sealed, if anything. */
  get sealed(): Sealed | undefined {
    return this.#sealed > 0 ? { attempt: this.#attempt, rows: this.#sealed } : undefined;
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#take(chunk).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#load()
      .then(() => this.#flush())
      .then(() => callback(), callback);
  }

  /** What an attempt that fails has counted counts no more. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error) this.#slice.state.quarantine(-this.#sealed);
    callback(error);
  }

  /** Cuts rows; the chunk itself is given back to its owner, so they are copies. */
  async #take(chunk: Buffer): Promise<void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const row = Buffer.concat([...this.#open, chunk.subarray(start, end + 1)]);
      this.#open = [];
      this.#rows.push(row);
      this.#rowBytes += row.length;
      start = end + 1;
      if (this.#rowBytes >= this.#slice.batchBytes || this.#rows.length >= BATCH_ROWS) await this.#load();
    }
    if (start < chunk.length) this.#open.push(Buffer.from(chunk.subarray(start)));
  }

  async #load(): Promise<void> {
    const { target, table } = this.#slice;
    const rows = this.#rows;
    const first = this.#position + 1;
    const before = this.#sealed;
    await loadByHalves(target, rows, {
      into: table.into,
      columns: table.columns.map(column => column.name),
      format: 'text',
      isRowFault,
      onRefused: (position, fault) => this.#refuse(first + position, fault, rows[position]!), // one of them
    });
    this.#position += rows.length;
    this.rowCount += rows.length - (this.#sealed - before);
    this.#rows = [];
    this.#rowBytes = 0;
    if (this.#pendingBytes >= PENDING_BYTES) await this.#flush();
  }

  #refuse(row: number, fault: Fault, bytes: Buffer): void {
    const { quarantine, state } = this.#slice;
    this.#sealed++;
    if (state.quarantine(1) > quarantine.maxRows) {
      throw new AnonymizeError('ANON_QUARANTINE_FULL', { max: quarantine.maxRows });
    }
    this.#pending.push({ row, fault, line: bytes.toString('utf8', 0, bytes.length - 1) });
    this.#pendingBytes += bytes.length;
  }

  /** Before the transaction commits, so that no row is ever in neither place. */
  async #flush(): Promise<void> {
    const rows = this.#pending;
    if (rows.length === 0) return;
    const { quarantine, state, table, slice, run } = this.#slice;
    const head: ChunkHead = {
      table: [table.schema, table.name],
      columns: table.columns.map(column => column.name),
      slice,
      attempt: this.#attempt,
      chunk: this.#chunks++,
      rows: rows.length,
    };
    const first = headLine(run, quarantine.key);
    const line = sealedLine(head, writeRows(rows), { first, publicKey: this.#publicKey });
    await state.alone(() => appendLines(quarantine.file, line));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
