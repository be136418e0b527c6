// Runs a statement that yields ctids and gives them one by one: in binary, where each row has the same size.

import type { ClientBase } from 'pg';
import { CODECS } from '../codec/formats.ts';
import { CursorOut } from '../pg/cursor-out.ts';
import type { GivenRows } from '../pg/given-rows.ts';

/** A row of COPY binary with a ctid in it: fields, length, page, place. */
const ROW_BYTES = 12;
const PAGE_AT = 6;
const PLACE_AT = 10;

/** @param take is told of every ctid */
export async function readRows(
  client: ClientBase,
  { text, given }: { readonly text: string; readonly given: GivenRows },
  take: (page: number, place: number) => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let skipped = CODECS.binary.header.length;
  for await (const chunk of new CursorOut(client, text, { format: 'binary', given })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = Math.min(skipped, bytes.length);
    skipped -= at;
    for (; at + ROW_BYTES <= bytes.length; at += ROW_BYTES) {
      take(bytes.readUInt32BE(at + PAGE_AT), bytes.readUInt16BE(at + PLACE_AT));
    }
    rest = bytes.subarray(at);
  }
}
