// Recognises e-mail addresses, URLs and IPv6 addresses, each from the byte that gives it away: @, the colon, www.
// Rather too much than too little: what looks like an address is taken for one. Every step is bounded or moves on, so that
// no text takes more than linear time.

import { characterClass, codePointAt, SEPARATOR } from './characters.ts';
import { networkOf } from './ip-prefix.ts';
import type { Spans, Text } from './text-spans.ts';

const QUOTE = 0x22;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

/** What a byte may be part of, as bits. */
const LOCAL = 1;
const LABEL = 2;
const SCHEME = 4;
const IPV6 = 8;
const IN_URL = 16;
const ALPHANUMERIC = 32;
const CLOSING = 64;
const kinds = new Uint8Array(256);
const allow = (characters: string | Uint8Array, kind: number): void => {
  for (const byte of Buffer.from(characters)) kinds[byte]! |= kind;
};
const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NOT_ASCII = Uint8Array.from({ length: 128 }, (_, index) => 128 + index);
allow(DIGITS + LETTERS, LOCAL | LABEL | IN_URL | SCHEME | ALPHANUMERIC);
/** RFC 5322 §3.2.3, atext without what rather stands before an address than in one: `?mail=`; other scripts: RFC 6531 §3.3. */
allow("!$%'+-^_`{}~.", LOCAL);
allow('-', LABEL);
allow('+-.', SCHEME);
allow(`${DIGITS}abcdefABCDEF:.`, IPV6);
/** RFC 3986 §2, with the braces and bars that people do not encode. */
allow("-._~:/?#[]@!$&'()*+,;=%{}|^", IN_URL);
allow('.,;:!?)]}\'"', CLOSING);
for (const byte of NOT_ASCII) kinds[byte]! |= LOCAL | LABEL | IN_URL;

const isAlphanumeric = (byte: number | undefined): boolean => (kinds[byte ?? 0]! & ALPHANUMERIC) !== 0;

/** Characters of three bytes and more (Chinese, Japanese …) stand without spaces: they end a part that has begun in others. */
const WIDE_LEAD = 0xe0;
const CONTINUATION_END = 0xc0;

/** @param at of the @ */
export function recogniseEmail({ bytes, start, end }: Text, at: number, spans: Spans): void {
  const from = localStart({ bytes, start, end: at });
  if (from === at) return;
  const to = hostEnd({ bytes, start: at + 1, end });
  if (to > at + 1) spans.add(from, to, 'email');
}

function localStart({ bytes, start, end }: Text): number {
  if (bytes[end - 1] === QUOTE && end - 1 > start) {
    const quote = bytes.subarray(start, end - 1).lastIndexOf(QUOTE);
    if (quote >= 0) return start + quote;
  }
  let from = end;
  while (from > start) {
    const character = characterBefore(bytes, from, start);
    if ((kinds[bytes[character]!]! & LOCAL) === 0 || isPunctuation(bytes, character)) break; // within the text
    if (from < end && isWide(bytes[character]!) !== isWide(bytes[from]!)) break;
    from = character;
  }
  let first = from;
  while (first < end && bytes[first]! < 0x80 && !isAlphanumeric(bytes[first]) && bytes[first] !== UNDERSCORE) first++; // quotes
  return first < end ? first : from;
}

/** The last character may not be a dot or hyphen; an address literal such as [192.0.2.1] counts too. */
function hostEnd({ bytes, start, end }: Text): number {
  const OPENING = 0x5b;
  if (bytes[start] === OPENING && start < end) {
    const closing = bytes.subarray(start, Math.min(end, start + 50)).indexOf(0x5d);
    return closing < 0 ? start : start + closing + 1;
  }
  let to = start;
  while (to < end) {
    const byte = bytes[to]!; // to < end
    if (byte === DOT ? to === start || bytes[to - 1] === DOT : (kinds[byte]! & LABEL) === 0) break;
    const isStart = byte < 0x80 || byte >= CONTINUATION_END;
    if (isStart && isPunctuation(bytes, to)) break;
    if (isStart && to > start && byte !== DOT && bytes[to - 1] !== DOT && isWide(byte) !== wasWide(bytes, to, start))
      break;
    to++;
  }
  while (to > start && (bytes[to - 1] === DOT || bytes[to - 1] === HYPHEN)) to--;
  return to;
}

/** Of other scripts: quotes, full stops. ASCII has the table. */
const isPunctuation = (bytes: Uint8Array, at: number): boolean =>
  bytes[at]! >= 0x80 && characterClass(codePointAt(bytes, at)) === SEPARATOR; // at is within the text

const isWide = (lead: number): boolean => lead >= WIDE_LEAD;
const wasWide = (bytes: Uint8Array, at: number, start: number): boolean =>
  isWide(bytes[characterBefore(bytes, at, start)]!); // at > start

/** Where the character begins that ends before `at`. */
function characterBefore(bytes: Uint8Array, at: number, start: number): number {
  let before = at - 1;
  while (before > start && bytes[before]! >= 0x80 && bytes[before]! < CONTINUATION_END) before--; // before ≥ start
  return before;
}

/**
 * A URL with a scheme and two slashes.
 * @param at of the colon
 * @returns where to go on: behind the URL, or at the colon where there is none
 */
export function recogniseUrl({ bytes, start, end }: Text, at: number, spans: Spans): number {
  if (at + 3 >= end || bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH) return at;
  let from = at;
  const first = Math.max(start, at - MAX_SCHEME);
  while (from > first && (kinds[bytes[from - 1]!]! & SCHEME) !== 0) from--; // from > start
  const to = urlEnd({ bytes, start: at + 3, end });
  if (from === at || to === at + 3) return at;
  spans.add(from, to, 'url');
  return to;
}

const MAX_SCHEME = 32;
const WWW = 4;

/** @param at of the first w of `www.` */
export function recogniseBareUrl({ bytes, start, end }: Text, at: number, spans: Spans): number {
  if (at + WWW >= end || bytes[at + 3] !== DOT || isAlphanumeric(at > start ? bytes[at - 1] : 0)) return at;
  if ((bytes[at + 1]! | 0x20) !== 0x77 || (bytes[at + 2]! | 0x20) !== 0x77) return at; // w; before end
  const to = urlEnd({ bytes, start: at + WWW, end });
  if (to <= at + WWW) return at;
  spans.add(at, to, 'url');
  return to;
}

function urlEnd({ bytes, start, end }: Text): number {
  let to = start;
  while (to < end && (kinds[bytes[to]!]! & IN_URL) !== 0) to++; // to < end
  while (to > start && (kinds[bytes[to - 1]!]! & CLOSING) !== 0) to--; // to > start
  return to;
}

/** The longest IPv6 address: eight groups, the last two as IPv4. */
const MAX_IPV6 = 45;

/**
 * An IPv6 address.
 * @param at of its first colon
 * @returns where to go on: behind the address, or at the colon where there is none
 */
export function recogniseIpv6({ bytes, start, end }: Text, at: number, spans: Spans): number {
  let from = at;
  while (from > start && at - from <= 4 && isHexadecimal(bytes[from - 1]!)) from--; // from > start
  let to = at;
  const last = Math.min(end, at + MAX_IPV6 + 1);
  while (to < last && (kinds[bytes[to]!]! & IPV6) !== 0) to++; // to < end
  const isInside = isAlphanumeric(from > start ? bytes[from - 1] : 0) || isAlphanumeric(to < end ? bytes[to] : 0);
  while (to > from && (bytes[to - 1] === DOT || (bytes[to - 1] === COLON && bytes[to - 2] !== COLON))) to--;
  if (isInside || to - from > MAX_IPV6 || to - from < 3) return at;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  // A digit, because a::b is as good a name in a program.
  if (!/\d/.test(text) || networkOf(text, { ipv4: 32, ipv6: 128 }) === undefined) return at;
  spans.add(from, to, 'ip');
  return to;
}

const isHexadecimal = (byte: number): boolean => byte !== COLON && byte !== DOT && (kinds[byte]! & IPV6) !== 0; // a byte
