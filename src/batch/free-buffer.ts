// Memory outside the heap goes when the collector gets to it, and enough of it waiting makes the collector run for nothing
// else. A buffer that is known to be done with is freed here and now.

/** Smaller ones may be part of Node's pool, and are not worth it. */
const LEAST_BYTES = 16 * 1024;

/** A buffer may end this much before its memory does (OVERSHOOT_BYTES of copy-bytes.ts). */
const SLACK_BYTES = 32;

/** Marks the only view that is left of its memory, whatever part of it that shows. */
const isOnlyView = Symbol('the only view of its memory');
type Marked = Uint8Array & { [isOnlyView]?: true };

/**
 * Says that `bytes` is the only view that is left of its memory, or will soon be: whoever frees `bytes` may free all of it.
 * @returns `bytes`
 */
export function onlyView(bytes: Buffer): Buffer {
  (bytes as Marked)[isOnlyView] = true;
  return bytes;
}

/**
 * Frees a buffer that nobody will read again, if it has its memory for itself: other views of a part are left alone.
 * Any use of it afterwards sees no bytes.
 */
export function freeBuffer(bytes: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = byteOffset === 0 && byteLength >= buffer.byteLength - SLACK_BYTES;
  const isAlone = isWhole || (bytes as Marked)[isOnlyView] === true;
  if (isAlone && byteLength >= LEAST_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
