// Recognises IBANs (ISO 13616-1): a country with an IBAN, as many letters and digits as it has, and right check digits.

import type { Spans, Text } from './text-spans.ts';

/** Letters and digits of each country's IBAN (SWIFT IBAN registry, release 99). */
const LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const SPACE = 0x20;
const HYPHEN = 0x2d;
/** Between two symbols. */
const MAX_SEPARATORS = 2;

/** The value of a letter or digit in the check sum, A = 10; -1 for another byte. */
export function ibanNumeral(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? letter - 0x57 : -1;
}

/**
 * @param at the first check digit
 * @returns where to go on: behind the IBAN, or `at` where there is none
 */
export function recogniseIban({ bytes, start, end }: Text, at: number, spans: Spans): number {
  const from = at - 2;
  if (from < start || ibanNumeral(bytes[from]!) < 10 || ibanNumeral(bytes[from + 1]!) < 10) return at; // within the text
  if (from > start && ibanNumeral(bytes[from - 1]!) >= 0) return at;
  const country = String.fromCharCode(bytes[from]! & 0xdf, bytes[from + 1]! & 0xdf);
  const length = LENGTHS.get(country);
  const to = length === undefined ? -1 : ibanEnd({ bytes, start: from, end }, length);
  if (to < 0) return at;
  spans.add(from, to, 'iban');
  return to;
}

/** Where the IBAN ends, or -1 where this is none. */
function ibanEnd({ bytes, start, end }: Text, length: number): number {
  let seen = 0;
  let separators = 0;
  let head = 0;
  let remainder = 0;
  for (let at = start; at < end; at++) {
    const numeral = ibanNumeral(bytes[at]!); // at < end
    if (numeral < 0) {
      const isSeparator = bytes[at] === SPACE || bytes[at] === HYPHEN;
      if (!isSeparator || ++separators > MAX_SEPARATORS) return -1;
      continue;
    }
    separators = 0;
    if (seen < 4) head = appendMod97(head, numeral);
    else remainder = appendMod97(remainder, numeral);
    if (++seen < length) continue;
    const isEnd = at + 1 === end || ibanNumeral(bytes[at + 1]!) < 0; // at + 1 < end
    // Country and check digits go behind the account number: six digits, as each letter counts for two.
    return isEnd && (remainder * 1e6 + head) % 97 === 1 ? at + 1 : -1;
  }
  return -1;
}

/** ISO 7064, MOD 97-10: what the number is mod 97 with one more numeral at its end. */
export function appendMod97(remainder: number, numeral: number): number {
  return (remainder * (numeral < 10 ? 10 : 100) + numeral) % 97;
}
