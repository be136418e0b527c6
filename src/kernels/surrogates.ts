// Keyed surrogates for what is found in texts: card numbers, IBANs, social security numbers, IP addresses, URLs. Each is of
// the kind of what it replaces, and as far as there are numbers for nobody, one of those.

import type { Column, ColumnOutput } from '../batch/column.ts';
import { BASE32, characterWriter } from './alphabets.ts';
import { digitsOf } from './digits.ts';
import { DIGEST_BYTES, type Prf } from './prf.ts';
import { appendMod97, ibanNumeral } from './recognise-iban.ts';
import { isSourceValue } from './source-value.ts';

/** The kinds that are written here; e-mail addresses and telephone numbers have strategies of their own. */
export type SurrogateKind = 'card' | 'iban' | 'ssn' | 'ip' | 'url';

const ZERO = 0x30;
const COLON = 0x3a;
const SMALL = 0x20;
const HEX = Buffer.from('0123456789abcdef');
/** A surrogate that is its source is drawn again, from the digest one byte further on; so often there are bytes for. */
const MOST_DRAWS = 3;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

/** The value at hand, and the digest that it is replaced by; one object is filled again and again. */
interface Source {
  bytes: Uint8Array;
  from: number;
  to: number;
  digests: Uint8Array;
  digest: number;
}

type Write = (source: Source, output: ColumnOutput) => void;

/** Replaces a column of found parts of one kind; nothing but their format stays, and of an IBAN the country. */
export function surrogateColumn(kind: SurrogateKind, prf: Prf): (input: Column, output: ColumnOutput) => void {
  const write = WRITERS[kind];
  return (input, output) => {
    const source: Source = { bytes: input.bytes, from: 0, to: 0, digests: prf.digests(input), digest: 0 };
    for (let index = 0; index < input.count; index++) {
      source.from = input.offsets[index]!; // index < count
      source.to = source.from + input.lengths[index]!; // index < count
      for (let draw = 0; draw < MOST_DRAWS; draw++) {
        output.at = output.start;
        source.digest = index * DIGEST_BYTES + draw;
        write(source, output);
        if (!isSourceValue(input, index, output)) break;
      }
      output.push();
    }
  };
}

/** Digits by digits, and the last one so that Luhn's formula holds (ISO/IEC 7812-1, Annex B). */
function writeCard(source: Source, output: ColumnOutput): void {
  const count = writeDigits(source, output, 0);
  let sum = 0;
  let position = 0;
  let last = -1;
  for (let at = output.at - 1; position < count; at--) {
    const digit = output.bytes[at]! - ZERO; // there are so many digits
    if (digit < 0 || digit > 9) continue;
    if (position === 0) last = at;
    else sum += position % 2 === 1 ? doubled(digit) : digit;
    position++;
  }
  output.bytes[last] = ZERO + ((10 - (sum % 10)) % 10);
}

const doubled = (digit: number): number => (digit > 4 ? 2 * digit - 9 : 2 * digit);

/** Area 9xx: never issued (Social Security Administration, since 2011 as before). */
const writeSsn: Write = (source, output) => void writeDigits(source, output, ZERO + 9);

/** Writes the value with other digits. @param first the first digit; 0: any but zero. @returns how many there are */
function writeDigits({ bytes, from, to, digests, digest }: Source, output: ColumnOutput, first: number): number {
  const digits = digitsOf(digests, digest, MOST_DIGITS);
  output.room(to - from);
  let count = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!; // at < to
    output.bytes[output.at++] = isDigit(byte) ? digits[count++]! : byte; // a card number has 19 at most
    if (count === 1 && isDigit(byte)) output.bytes[output.at - 1] = first || digits[0]! | 1; // odd is not zero
  }
  return count;
}

const MOST_DIGITS = 24;

/** Digits by digits, letters by letters; the check digits follow (ISO 7064, MOD 97-10). */
function writeIban({ bytes, from, to, digests, digest }: Source, output: ColumnOutput): void {
  output.room(to - from);
  const { start } = output;
  let symbol = 0;
  let remainder = 0;
  let check = start;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!; // at < to
    const numeral = ibanNumeral(byte);
    if (numeral >= 0) symbol++;
    if (symbol === 3 && numeral >= 0) check = output.at;
    const drawn = numeral < 0 || symbol <= 4 ? byte : drawSymbol(byte, digests[digest + symbol - 5]!); // 30 at most
    if (numeral >= 0 && symbol > 4) remainder = appendMod97(remainder, ibanNumeral(drawn));
    output.bytes[output.at++] = drawn;
  }
  for (let at = from, seen = 0; seen < 2; at++) {
    const numeral = ibanNumeral(bytes[at]!); // an IBAN
    if (numeral < 0) continue;
    remainder = appendMod97(remainder, numeral);
    seen++;
  }
  const digits = 98 - ((remainder * 100) % 97);
  let second = check + 1;
  while (ibanNumeral(output.bytes[second]!) < 0) second++; // separators
  output.bytes[check] = ZERO + Math.floor(digits / 10);
  output.bytes[second] = ZERO + (digits % 10);
}

function drawSymbol(byte: number, random: number): number {
  if (isDigit(byte)) return ZERO + ((random * 10) >> 8);
  return 0x41 + ((random * 26) >> 8) + (byte & SMALL);
}

/** An address in 10.0.0.0/8 (RFC 1918), or in 2001:db8::/32 (RFC 3849). */
function writeIp({ bytes, from, to, digests, digest }: Source, output: ColumnOutput): void {
  if (bytes.subarray(from, to).includes(COLON)) {
    output.write(IPV6_PREFIX);
    writeGroups(digests, digest, output);
    return;
  }
  const drawn = digests.subarray(digest, digest + 3);
  output.write(Buffer.from(`10.${drawn.join('.')}`));
}

const IPV6_PREFIX = Buffer.from('2001:db8');
const FREE_GROUPS = 6;

function writeGroups(digests: Uint8Array, digest: number, output: ColumnOutput): void {
  output.room(5 * FREE_GROUPS);
  const { bytes } = output;
  for (let byte = 0; byte < 2 * FREE_GROUPS; byte++) {
    if (byte % 2 === 0) bytes[output.at++] = COLON;
    const drawn = digests[digest + byte]!; // 12 of 32
    bytes[output.at++] = HEX[drawn >> 4]!;
    bytes[output.at++] = HEX[drawn & 15]!;
  }
}

/** Reserved for examples (RFC 2606 §3). */
const URL_PREFIX = Buffer.from('https://example.com/');
/** 90 bits: no two URLs meet. */
const writePath = characterWriter(BASE32, 18);

const WRITERS: Readonly<Record<SurrogateKind, Write>> = {
  card: writeCard,
  ssn: writeSsn,
  iban: writeIban,
  ip: writeIp,
  url({ digests, digest }, output) {
    output.write(URL_PREFIX);
    writePath(digests, digest, output);
  },
};
