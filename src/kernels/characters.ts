// Characters in UTF-8 bytes. A character is a code point with the combining marks (Unicode M) that follow it, so that an
// accent never stays behind when its letter goes.

/** What a code point is to a mask. */
export const LETTER = 0;
export const SEPARATOR = 1;
export const MARK = 2;

const UNKNOWN = 255;
const BMP_SIZE = 0x10000;
/** What each code point of the basic plane is; filled as they are met, since asking Unicode costs a regular expression. */
const classes = new Uint8Array(BMP_SIZE).fill(UNKNOWN);
for (let code = 0; code < 0x80; code++) classes[code] = classify(code);

/**
 * LETTER (letters, digits, symbols, emoji: what must be masked), SEPARATOR (punctuation and spaces; in ASCII all that is
 * neither letter nor digit) or MARK.
 */
export function characterClass(code: number): number {
  if (code >= BMP_SIZE) return classify(code);
  const known = classes[code]!; // code < BMP_SIZE
  if (known !== UNKNOWN) return known;
  const found = classify(code);
  classes[code] = found;
  return found;
}

/** The code point at a byte where one starts. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!; // within the value, as are the bytes that well-formed UTF-8 has after it
  if (lead < 0x80) return lead;
  const second = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}

/** Bytes of the code point whose first byte is `lead`. */
export function codePointSize(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function classify(code: number): number {
  const character = String.fromCodePoint(code);
  if (code < 0x80) return /[0-9A-Za-z]/.test(character) ? LETTER : SEPARATOR;
  if (/\p{M}/u.test(character)) return MARK;
  return /[\p{P}\p{Z}]/u.test(character) ? SEPARATOR : LETTER;
}
