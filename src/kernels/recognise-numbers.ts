// Recognises what consists of digits in groups: IPv4 addresses, card numbers (Luhn's formula), social security numbers and
// telephone numbers. Dates and decimal numbers are passed over. Rather too much than too little: what may be a telephone
// number is taken for one.

import type { Kind, SpanKind, Spans, Text } from './text-spans.ts';

const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const OPENING = 0x28;
const CLOSING = 0x29;
const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;

const CARD = { min: 13, max: 19 } as const;
/** Digits of a telephone number (ITU-T E.164 §6.1 for the most). */
const PHONE = { min: 7, max: 15 } as const;
/** A number in one piece without + and 0 in front is a telephone number from here on. */
const PLAIN_PHONE = 9;
/** Between two groups: `) ` or ` / `. */
const MAX_SEPARATORS = 3;
const MAX_GROUPS = 64;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
const isLetter = (byte: number): boolean => {
  const small = byte | 0x20;
  return (small >= 0x61 && small <= 0x7a) || byte === 0x5f;
};
const isSeparator = (byte: number): boolean =>
  byte === SPACE || byte === HYPHEN || byte === DOT || byte === SLASH || byte === OPENING || byte === CLOSING;

/** Groups of digits with little between them; one object is filled again and again. */
class Groups {
  count = 0;
  /** Of all groups. */
  digits = 0;
  bytes: Uint8Array = new Uint8Array(0);
  readonly from = new Int32Array(MAX_GROUPS);
  readonly to = new Int32Array(MAX_GROUPS);
  /** The separator behind a group where it is a single one; 0 where there are several or none. */
  readonly separator = new Uint8Array(MAX_GROUPS);

  /** @param at where a digit is */
  read({ bytes, end }: Text, at: number): void {
    this.bytes = bytes;
    this.count = 0;
    this.digits = 0;
    let next = at;
    while (this.count < MAX_GROUPS && next < end && isDigit(bytes[next]!)) {
      const group = this.count++;
      this.from[group] = next;
      while (next < end && isDigit(bytes[next]!)) next++; // next < end
      this.to[group] = next;
      this.digits += next - this.from[group]!;
      const digits = next;
      while (next < end && next - digits < MAX_SEPARATORS && isSeparator(bytes[next]!)) next++;
      this.separator[group] = next - digits === 1 && next < end && isDigit(bytes[next]!) ? bytes[digits]! : 0;
      if (bytes[digits] === DOT && this.separator[group] === 0) break; // the end of a sentence
    }
  }

  length(group: number): number {
    return group < this.count ? this.to[group]! - this.from[group]! : 0;
  }

  number(group: number): number {
    let number = 0;
    for (let at = this.from[group]!; at < this.to[group]!; at++) number = number * 10 + this.bytes[at]! - ZERO;
    return number;
  }

  /** Whether groups from `first` on have these lengths, with the same separator between them. */
  are(first: number, lengths: readonly number[], separators: readonly number[]): boolean {
    const between = this.separator[first]!; // first < count
    if (!separators.includes(between)) return false;
    return lengths.every((length, index) => {
      const group = first + index;
      return this.length(group) === length && (index === lengths.length - 1 || this.separator[group] === between);
    });
  }
}

const groups = new Groups();

/** Where numbers go; of kinds that are not wanted they are passed over. */
export interface Finding {
  readonly spans: Spans;
  readonly wanted: ReadonlySet<Kind>;
}

/**
 * Finds the numbers in the groups of digits that begin at `at`.
 * @returns where to go on
 */
export function recogniseNumbers(text: Text, at: number, finding: Finding): number {
  groups.read(text, at);
  if (groups.count < 4 && groups.digits < PHONE.min) return groups.to[groups.count - 1]!; // there is one
  let first = 0;
  while (first < groups.count) first = recogniseAt(text, first, finding);
  return groups.to[groups.count - 1]!; // there is one
}

/** @returns the group to go on with */
function recogniseAt(text: Text, first: number, { spans, wanted }: Finding): number {
  const add = (kind: SpanKind, count: number): number => {
    if (!wanted.has(kind)) return first + count;
    spans.add(kind === 'phone' ? numberStart(text, first) : groups.from[first]!, groups.to[first + count - 1]!, kind);
    return first + count;
  };
  if (isIpv4(first)) return add('ip', 4);
  const cardGroups = hasPlus(text, first) ? 0 : cardAt(first);
  if (cardGroups > 0) return add('card', cardGroups);
  if (groups.are(first, [3, 2, 4], [HYPHEN, SPACE, DOT])) return add('ssn', 3);
  const skipped = datesAt(first) || decimalsAt(first);
  if (skipped > 0 && !hasPlus(text, first)) return first + skipped;
  const phoneGroups = phoneAt(text, first);
  return phoneGroups > 0 ? add('phone', phoneGroups) : first + 1;
}

function isIpv4(first: number): boolean {
  if (first + 4 > groups.count || (first > 0 && groups.separator[first - 1] === DOT)) return false;
  for (let group = first; group < first + 4; group++) {
    const isLast = group === first + 3;
    if (groups.length(group) > 3 || groups.number(group) > 255) return false;
    if ((groups.separator[group] === DOT) === isLast) return false;
  }
  return true;
}

/** How many groups are a card number, the most that can be; 0: none. */
function cardAt(first: number): number {
  let digits = 0;
  let found = 0;
  for (let group = first; group < groups.count; group++) {
    digits += groups.length(group);
    if (digits > CARD.max) break;
    if (digits >= CARD.min && isLuhnValid(first, group)) found = group - first + 1;
  }
  return found;
}

/** ISO/IEC 7812-1, Annex B; a number of zeros only is none. */
function isLuhnValid(first: number, last: number): boolean {
  let sum = 0;
  let isDoubled = false;
  let any = 0;
  for (let group = last; group >= first; group--) {
    for (let at = groups.to[group]! - 1; at >= groups.from[group]!; at--) {
      const digit = groups.bytes[at]! - ZERO;
      any |= digit;
      sum += isDoubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
      isDoubled = !isDoubled;
    }
  }
  return any !== 0 && sum % 10 === 0;
}

/** Groups of a date such as 2024-02-29, 29.02.2024 or 2/29/2024; 0: none. */
function datesAt(first: number): number {
  const between = groups.separator[first]; // a group
  if (between !== HYPHEN && between !== DOT && between !== SLASH) return 0;
  if (first + 2 >= groups.count || groups.separator[first + 1] !== between) return 0;
  const startsWithYear = groups.length(first) === 4;
  const year = startsWithYear ? first : first + 2;
  const one = startsWithYear ? first + 1 : first;
  if (groups.length(year) !== 4 || groups.length(one) > 2 || groups.length(one + 1) > 2) return 0;
  const [years, month, day] = [groups.number(year), groups.number(one), groups.number(one + 1)];
  const isDate = isDayOf(month, day) || (!startsWithYear && isDayOf(day, month));
  return isDate && years >= 1000 && years < 3000 ? 3 : 0;
}

const isDayOf = (month: number, day: number): boolean => month >= 1 && month <= 12 && day >= 1 && day <= 31;

/** Groups of a number such as 12.50 or 1.000.000; 0: none. */
function decimalsAt(first: number): number {
  if (first + 1 >= groups.count || (first > 0 && groups.separator[first - 1] === DOT)) return 0;
  if (groups.separator[first] === DOT && groups.separator[first + 1] !== DOT) {
    return groups.length(first) <= 2 || groups.length(first + 1) <= 2 ? 2 : 0;
  }
  const between = groups.separator[first];
  if ((between !== DOT && between !== SPACE) || groups.length(first) > 2 || groups.bytes[groups.from[first]!] === ZERO)
    return 0;
  let last = first;
  while (groups.separator[last] === between && groups.length(last + 1) === 3) last++;
  return last - first === 2 && groups.separator[last] !== between ? 3 : 0;
}

/** How many groups are a telephone number; 0: none. */
function phoneAt(text: Text, first: number): number {
  let digits = 0;
  let last = first;
  for (; last < groups.count; last++) {
    const isOther = last > first && (datesAt(last) > 0 || (decimalsAt(last) > 0 && groups.separator[last - 1] !== DOT));
    if (isOther || digits + groups.length(last) > PHONE.max) break;
    digits += groups.length(last);
  }
  const count = last - first;
  if (digits < PHONE.min || isWithinWord(text, first, last - 1)) return 0;
  const startsWithZero = groups.bytes[groups.from[first]!] === ZERO;
  if (count > 1 || hasPlus(text, first) || startsWithZero || digits >= PLAIN_PHONE) return count;
  return 0;
}

function isWithinWord({ bytes, start, end }: Text, first: number, last: number): boolean {
  const from = groups.from[first]!; // both are groups
  const to = groups.to[last]!;
  return (from > start && isLetter(bytes[from - 1]!)) || (to < end && isLetterThenMore(bytes, to, end));
}

/** `x9` behind a number is an extension. */
const isLetterThenMore = (bytes: Uint8Array, at: number, end: number): boolean =>
  isLetter(bytes[at]!) && !(at + 1 < end && (bytes[at]! | 0x20) === 0x78 && isDigit(bytes[at + 1]!)); // at < end

const hasPlus = (text: Text, group: number): boolean => {
  const from = numberStart(text, group);
  return text.bytes[from] === PLUS;
};

/** A telephone number begins with its + and ( as far as they stand there. */
function numberStart({ bytes, start }: Text, group: number): number {
  let from = groups.from[group]!; // a group
  if (from > start && bytes[from - 1] === OPENING) from--;
  if (from > start && bytes[from - 1] === PLUS) from--;
  return from;
}
