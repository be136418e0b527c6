// IBANs (ISO 13616-1): the country stays, the account number is encrypted class by class, and the check digits follow from both.

import type { TextFormat } from './formats.ts';
import { DIGIT_CLASS, LETTERS_AND_DIGITS, symbolsOf } from './symbols.ts';
import type { TextValue } from './text-values.ts';

const LENGTHS = { min: 15, max: 34 } as const;
/** Two letters of the country and two check digits. */
const HEAD = 4;

/** IBANs; a wrong pair of check digits stays wrong by as much. National check digits inside of the account number are not seen to. */
export function ibanFormat(separators: string): TextFormat {
  const symbols = symbolsOf(LETTERS_AND_DIGITS, separators);
  const isDigit = (numeral: number): boolean => symbols.classOf[numeral] === DIGIT_CLASS;
  return {
    symbols,
    shortest: LENGTHS.min,
    wanted: `an IBAN has two letters, two check digits and up to ${LENGTHS.max - HEAD} letters and digits`,
    fit(value) {
      const { values, at, total } = value;
      if (total < LENGTHS.min || total > LENGTHS.max) return false;
      value.from = HEAD;
      value.to = total;
      value.keptFirst = 2;
      value.keptLast = 0;
      const [first, second, third, fourth] = values.subarray(at, at + HEAD);
      return !isDigit(first!) && !isDigit(second!) && isDigit(third!) && isDigit(fourth!); // total ≥ 15
    },
    check: {
      remember: value => (writtenCheck(value) - rightCheck(value) + 100) % 100,
      restore(value, difference) {
        const check = (rightCheck(value) + difference) % 100;
        value.values[value.at + 2] = Math.floor(check / 10);
        value.values[value.at + 3] = check % 10;
      },
    },
  };
}

const writtenCheck = ({ values, at }: TextValue): number => values[at + 2]! * 10 + values[at + 3]!; // total ≥ 15

/** 98 − (account number || country || 00) mod 97, letters counting from A = 10 (ISO 7064, MOD 97-10). */
function rightCheck({ values, at, total }: TextValue): number {
  let remainder = 0;
  const add = (numeral: number): void => {
    // Capitals are numerals 10 to 35, small letters the 26 after them.
    const number = numeral < 36 ? numeral : numeral - 26;
    remainder = (remainder * (number < 10 ? 10 : 100) + number) % 97;
  };
  for (let symbol = HEAD; symbol < total; symbol++) add(values[at + symbol]!); // symbol < total
  add(values[at]!);
  add(values[at + 1]!);
  return 98 - ((remainder * 100) % 97);
}
