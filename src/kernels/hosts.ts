// The host of an e-mail address, in bytes: where it begins, and whether address and host are plain enough to keep it.

/** Octets of a local part (RFC 5321 §4.5.3.1.1). */
const MAX_LOCAL = 64;
/** Octets of a label of a host name (RFC 1035 §2.3.4). */
const MAX_LABEL = 63;

const AT = 0x40;
const QUOTE = 0x22;
const HYPHEN = 0x2d;
const DOT = 0x2e;

/** What a byte may be part of, as bits. */
const LETTER = 1;
const LABEL = 2;
const LOCAL = 4;
const kinds = new Uint8Array(256);
for (const byte of Buffer.from('0123456789-')) kinds[byte] = LABEL;
for (const byte of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')) kinds[byte] = LETTER | LABEL;
/** What RFC 5322 §3.2.3 keeps out of an unquoted local part, besides spaces and controls; other scripts: RFC 6531 §3.3. */
const NOT_IN_LOCAL = new Set(Buffer.from('()<>[]:;@\\,"\x7f'));
kinds.forEach((kind, byte) => {
  if (byte > 0x20 && !NOT_IN_LOCAL.has(byte)) kinds[byte] = kind | LOCAL;
});

/**
 * Where the host begins in the address `bytes[start … end)`, or -1 where this is not an address with a host name of at
 * least two labels (such as free text with an @, a handle, an IP address, an internationalised host not in ASCII).
 */
export function hostStart(bytes: Uint8Array, start: number, end: number): number {
  let labelEnd = end;
  let letters = 0; // of the last label: 1.2.3.4 is no host name
  for (let at = end - 1; at >= start; at--) {
    const byte = bytes[at]!; // start ≤ at < end
    const kind = kinds[byte]!; // a byte
    if ((kind & LABEL) !== 0) {
      if (labelEnd === end) letters |= kind & LETTER;
      continue;
    }
    if ((byte !== DOT && byte !== AT) || !isLabel(bytes, at + 1, labelEnd)) return -1;
    if (byte === AT) return letters !== 0 && labelEnd !== end && isLocal(bytes, start, at) ? at + 1 : -1;
    labelEnd = at;
  }
  return -1;
}

/** Whether text is a host name as `hostStart` wants it. */
export function isHost(text: string): boolean {
  const address = Buffer.from(`a@${text}`);
  return hostStart(address, 0, address.length) === 2;
}

function isLabel(bytes: Uint8Array, from: number, end: number): boolean {
  const length = end - from;
  return length > 0 && length <= MAX_LABEL && bytes[from] !== HYPHEN && bytes[end - 1] !== HYPHEN;
}

function isLocal(bytes: Uint8Array, from: number, end: number): boolean {
  const length = end - from;
  if (length === 0 || length > MAX_LOCAL) return false;
  if (length > 2 && bytes[from] === QUOTE && bytes[end - 1] === QUOTE) return true;
  let all = LOCAL;
  for (let at = from; at < end; at++) all &= kinds[bytes[at]!]!; // from ≤ at < end
  return all !== 0;
}
