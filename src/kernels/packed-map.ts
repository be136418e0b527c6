// A map from values to replacements as shared memory: planning makes it once, and every worker unpacks the same bytes. Equal
// maps are kept once per thread, whatever number of columns and partitions looks up in them.

import { createHash } from 'node:crypto';

/** From values to replacements; null is NULL. */
export type LookupMap = ReadonlyMap<string, string | null>;

/** A map as plain data. */
export interface PackedMap {
  /** Of its bytes. */
  readonly id: string;
  /** Value and replacement in turn: four bytes of length (little-endian; -1 is NULL), then so many of UTF-8. */
  readonly bytes: SharedArrayBuffer;
}

const LENGTH_BYTES = 4;
const packed = new Map<string, WeakRef<PackedMap>>();
const unpacked = new Map<string, WeakRef<LookupMap>>();

/** Packs a map. */
export function packMap(map: LookupMap): PackedMap {
  const texts = [...map].flat();
  const size = texts.reduce((sum, text) => sum + LENGTH_BYTES + Buffer.byteLength(text ?? ''), 0);
  const bytes = new SharedArrayBuffer(size);
  const buffer = Buffer.from(bytes);
  let at = 0;
  for (const text of texts) {
    const length = text === null ? -1 : buffer.write(text, at + LENGTH_BYTES);
    buffer.writeInt32LE(length, at);
    at += LENGTH_BYTES + Math.max(0, length);
  }
  const id = createHash('sha256').update(buffer).digest('hex');
  return once(packed, id, () => ({ id, bytes }));
}

/** The map that was packed. */
export function unpackMap({ id, bytes }: PackedMap): LookupMap {
  return once(unpacked, id, () => {
    const buffer = Buffer.from(bytes);
    const map = new Map<string, string | null>();
    let at = 0;
    const next = (): string | null => {
      const length = buffer.readInt32LE(at);
      const start = at + LENGTH_BYTES;
      at = start + Math.max(0, length);
      return length < 0 ? null : buffer.toString('utf8', start, at);
    };
    while (at < buffer.length) map.set(next() ?? '', next());
    return map;
  });
}

function once<Made extends object>(known: Map<string, WeakRef<Made>>, id: string, make: () => Made): Made {
  for (const [key, kept] of known) if (!kept.deref()) known.delete(key);
  const made = known.get(id)?.deref() ?? make();
  known.set(id, new WeakRef(made));
  return made;
}
