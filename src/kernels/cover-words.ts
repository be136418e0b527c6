// Covering and keeping bytes of ASCII values, four at a time; up to three behind what is asked for are read and written too. A
// loop over bytes takes more than twice as long.

export const WORD_BYTES = 4;
/** Where bytes beyond ASCII have a bit. */
export const NOT_ASCII_WORD = 0x80808080;

/** From where to where; one object serves a whole column. */
export interface Words {
  readonly source: DataView;
  view: DataView;
  /** A mask character of one byte, four times. */
  readonly mask: number;
}

/** Keeps the bytes [from, to) of the source, which are written `shift` bytes further on. @returns see isCovered */
export function keepWords({ source, view }: Words, from: number, to: number, shift: number): number {
  let seen = 0;
  for (let at = from; at < to; at += WORD_BYTES) {
    const word = source.getInt32(at, true);
    seen |= word << bitsBehind(to - at);
    view.setInt32(at + shift, word, true);
  }
  return seen & NOT_ASCII_WORD;
}

/** Covers the bytes [from, to) of the source in the same way. @returns see isCovered */
export function hideWords({ source, view, mask }: Words, from: number, to: number, shift: number): number {
  let difference = 0;
  for (let at = from; at < to; at += WORD_BYTES) {
    difference |= (source.getInt32(at, true) ^ mask) << bitsBehind(to - at);
    view.setInt32(at + shift, mask, true);
  }
  return difference;
}

/** Whether a value is ASCII and had more than mask characters covered, by what was returned for its parts, in one. */
export const isCovered = (found: number): boolean => (found & NOT_ASCII_WORD) === 0 && found !== 0;

/** How far a word is to be shifted so that only the first `bytes` of its four are left. */
const bitsBehind = (bytes: number): number => (bytes < WORD_BYTES ? 8 * (WORD_BYTES - bytes) : 0);
