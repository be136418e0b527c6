// Formats of text: which symbols of a value are encrypted, which stay, and which are computed again from the others.

import { minLengthOf } from '../numerals.ts';
import { countryCodeLength } from '../phone-numbers.ts';
import { luhnRemainder, setLuhnRemainder } from './luhn.ts';
import { DIGITS, LETTERS_AND_DIGITS, type Symbols, symbolsOf } from './symbols.ts';
import type { TextValue } from './text-values.ts';

/** How a text is encrypted. */
export interface TextFormat {
  readonly symbols: Symbols;
  /** What a value must be, for messages. */
  readonly wanted: string;
  /** Symbols that a value has at the least. */
  readonly shortest: number;
  /** Sets what is encrypted and what stays. @returns false where the value is not of this format */
  fit(value: TextValue): boolean;
  /** What the encrypted value must agree with its original in, before (`remember`) and after (`restore`) it is encrypted. */
  readonly check?: {
    remember(value: TextValue): number;
    restore(value: TextValue, remembered: number): void;
  };
  /** Values of one group become values of that group. Without it, there is one. @returns a number for the group */
  readonly groupOf?: (values: Uint16Array, at: number) => number;
}

/** What stays of a text, and whether its digits have a Luhn sum. */
export interface Keeping {
  readonly first: number;
  readonly last: number;
  readonly luhn: boolean;
}

/** The numbers of digits that a card number may have (ISO/IEC 7812-1). */
const CARD_DIGITS = { min: 12, max: 19 } as const;
/** Free digits that make a domain of 1,000,000. */
const MIN_FREE_DIGITS = 6;
const SSN_DIGITS = 9;

/** Texts of symbols, with separators between them. */
export function plainFormat(
  { symbols, wanted }: { readonly symbols: Symbols; readonly wanted: string },
  { first, last, luhn }: Keeping,
): TextFormat {
  const computed = luhn ? 1 : 0;
  const radix = Math.max(...symbols.classes.map(one => one.radix));
  return {
    ...{ symbols, wanted },
    shortest: first + last + computed + minLengthOf(radix),
    fit(value) {
      keep(value, { first, last, computed });
      return true;
    },
    ...(luhn && { check: luhnCheck }),
  };
}

/**
 * Card numbers: the first and last digits stay as far as the rest still is a domain of 1,000,000; the last ones go first.
 * One digit of the rest follows from the others by Luhn's formula and does not count.
 */
export function cardFormat(separators: string, { first, last, luhn }: Keeping): TextFormat {
  const computed = luhn ? 1 : 0;
  const needed = MIN_FREE_DIGITS + computed;
  return {
    symbols: symbolsOf([DIGITS], separators),
    shortest: CARD_DIGITS.min,
    wanted: `a card number has ${CARD_DIGITS.min} to ${CARD_DIGITS.max} digits`,
    fit(value) {
      const { total } = value;
      if (total < CARD_DIGITS.min || total > CARD_DIGITS.max) return false;
      const lastKept = Math.min(last, Math.max(0, total - first - needed));
      const firstKept = Math.min(first, total - lastKept - needed);
      keep(value, { first: firstKept, last: lastKept, computed });
      return true;
    },
    ...(luhn && { check: luhnCheck }),
  };
}

/** Social security numbers of the USA: numbers that may be issued become numbers that may be issued, others become others. */
export function ssnFormat(separators: string): TextFormat {
  return {
    symbols: symbolsOf([DIGITS], separators),
    shortest: SSN_DIGITS,
    wanted: `a social security number has ${SSN_DIGITS} digits`,
    fit(value) {
      keep(value, { first: 0, last: 0, computed: 0 });
      return value.total === SSN_DIGITS;
    },
    groupOf: (values, at) => (isIssuable(values, at) ? 1 : 0),
  };
}

/** Telephone numbers: after a leading + the country code stays. */
export function phoneFormat(separators: string, { first, last }: Keeping): TextFormat {
  return {
    symbols: symbolsOf([DIGITS], separators),
    shortest: first + last + MIN_FREE_DIGITS,
    wanted: 'a telephone number has digits and punctuation',
    fit(value) {
      const isInternational = value.lead === 0x2b;
      const code = isInternational
        ? countryCodeLength(value.values[value.at] ?? 0, value.values[value.at + 1] ?? 0)
        : 0;
      keep(value, { first: code + first, last, computed: 0 });
      return true;
    },
  };
}

/** Texts of letters and digits: digits become digits, capitals capitals, small letters small letters. */
export function lettersAndDigits(separators: string, keeping: Keeping): TextFormat {
  const symbols = symbolsOf(LETTERS_AND_DIGITS, separators);
  return plainFormat({ symbols, wanted: 'it consists of ASCII letters, digits and separators' }, keeping);
}

function keep(
  value: TextValue,
  { first, last, computed }: { readonly first: number; readonly last: number; readonly computed: number },
): void {
  value.from = first;
  value.to = value.total - last - computed;
  value.keptFirst = first;
  value.keptLast = last;
}

/** The digit behind the encrypted ones takes care of Luhn's sum: a valid number stays valid, another one as wrong as it is. */
const luhnCheck: NonNullable<TextFormat['check']> = {
  remember: ({ values, at, total }) => luhnRemainder(values, at, at + total),
  restore({ values, at, total, to }, remainder) {
    setLuhnRemainder(values, { from: at, to: at + total, at: at + to }, remainder);
  },
};

/** Areas 001 to 899 without 666, groups from 01, serial numbers from 0001 (Social Security Administration, since 2011). */
function isIssuable(values: Uint16Array, at: number): boolean {
  const digit = (index: number): number => values[at + index]!; // index < 9
  const area = digit(0) * 100 + digit(1) * 10 + digit(2);
  if (area === 0 || area === 666 || area >= 900) return false;
  return (digit(3) | digit(4)) > 0 && (digit(5) | digit(6) | digit(7) | digit(8)) > 0;
}
