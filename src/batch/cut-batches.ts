// Cuts the byte stream of a COPY into batches of whole rows. Chunks may end anywhere, also inside a character or a length.

import type { Codec } from '../codec/codec.ts';
import type { FieldIndex } from './field-index.ts';
import { freeBuffer } from './free-buffer.ts';
import { type ClaimMemory, Region } from './region.ts';
import { scan } from './scan.ts';

/** Whole rows of a slice as bytes, and where their planned fields are. Valid until the next batch is asked for. */
export interface Batch {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly index: FieldIndex;
  /** Says that views of `bytes` leave. They stay valid; those of LARGE_BYTES and more as long as the batch. */
  lend(): void;
}

/** Room for the chunk that completes a batch or a huge row: with it, a region grows once for a row whose size is known. */
const CHUNK_BYTES = 128 * 1024;

export interface Cutting {
  readonly codec: Codec;
  readonly index: FieldIndex;
  /** Bytes that a batch should have; it has more only where one row has. */
  readonly batchBytes: number;
  readonly claim: ClaimMemory;
}

/**
 * @param chunks the bytes of one COPY TO STDOUT, header and trailer included; their memory is freed
 * @throws when the stream ends inside a row
 */
export async function* cutBatches(chunks: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Batch> {
  const { codec, index, batchBytes } = cutting;
  const region = new Region(batchBytes + CHUNK_BYTES, cutting.claim);
  let headerLeft = codec.header.length;
  let wanted = batchBytes;

  const next = (): Batch => {
    scan(region, codec, index);
    const start = region.start;
    region.start = index.end;
    wanted = index.rows > 0 ? batchBytes : Math.max(batchBytes, index.needed - index.end);
    return { bytes: region.bytes, start, end: index.end, index, lend: () => region.lend() };
  };

  for await (const chunk of chunks) {
    await region.append(chunk, wanted + CHUNK_BYTES);
    freeBuffer(chunk);
    if (headerLeft > 0) {
      if (region.size < headerLeft) continue;
      expectHeader(region, codec.header);
      headerLeft = 0;
    }
    while (region.size >= wanted && !index.finished) {
      const batch = next();
      if (index.rows > 0) yield batch;
    }
  }
  if (headerLeft > 0) throw new Error('the stream of the source ended inside its header');
  while (region.size > 0 && !index.finished) {
    const batch = next();
    if (index.rows > 0) yield batch;
    else if (!index.finished) throw new Error('the stream of the source ended inside a row');
  }
  if (codec.trailer.length > 0 && !index.finished)
    throw new Error('the stream of the source ended without its trailer');
  region.free(); // not when it fails: a view may then be on its way to a socket
}

function expectHeader(region: Region, header: Uint8Array): void {
  if (Buffer.compare(region.bytes.subarray(region.start, region.start + header.length), header) !== 0) {
    throw new Error('the stream of the source does not begin with the header of its format');
  }
  region.start += header.length;
}
