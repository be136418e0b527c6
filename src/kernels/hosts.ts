// The host of an e-mail address, in bytes: where it begins, and whether address and host are plain enough to keep it.

/** Octets of a local part (RFC 5321 §4.5.3.1.1). */
const MAX_LOCAL = 64;
/** Octets of a label of a host name (RFC 1035 §2.3.4). */
const MAX_LABEL = 63;

const AT = 0x40;
const QUOTE = 0x22;
const HYPHEN = 0x2d;
const DOT = 0x2e;

const table = (members: string): Uint8Array => {
  const has = new Uint8Array(256);
  for (const member of Buffer.from(members)) has[member] = 1;
  return has;
};
const LETTERS = table('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
const IN_LABEL = table('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-');
/** What RFC 5322 §3.2.3 keeps out of an unquoted local part, besides spaces and controls. */
const NOT_IN_LOCAL = table('()<>[]:;@\\,"');

/**
 * Where the host begins in the address `bytes[start … end)`, or -1 where this is not an address with a host name of at
 * least two labels (such as free text with an @, a handle, an IP address, an internationalised host not in ASCII).
 */
export function hostStart(bytes: Uint8Array, start: number, end: number): number {
  let labelEnd = end;
  let at = end;
  let hasLetter = false;
  while (--at >= start) {
    const byte = bytes[at]!; // start ≤ at < end
    if (IN_LABEL[byte] === 1) {
      if (labelEnd === end && LETTERS[byte] === 1) hasLetter = true; // of the last label: 1.2.3.4 is no host name
      continue;
    }
    if (byte !== DOT && byte !== AT) return -1;
    if (!isLabel(bytes, at + 1, labelEnd)) return -1;
    if (byte === AT) return hasLetter && labelEnd !== end && isLocal(bytes, start, at) ? at + 1 : -1;
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
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!; // from ≤ at < end
    if (byte <= 0x20 || byte === 0x7f || NOT_IN_LOCAL[byte] === 1) return false;
  }
  return true;
}
