// Symbols: the characters that are encrypted, in classes, and the separators between them, which stay where they are.
// A symbol of a class becomes a symbol of the same class: a digit stays a digit, a capital a capital.

import { codePointAt } from '../characters.ts';

/** Symbols that take each other's places: numerals `from` to `from + radix − 1`. */
export interface SymbolClass {
  readonly from: number;
  readonly radix: number;
}

export interface Symbols {
  readonly classes: readonly SymbolClass[];
  /** The class of each numeral. */
  readonly classOf: Uint8Array;
  /** By ASCII code: a numeral, SEPARATOR or UNKNOWN. */
  readonly ascii: Int32Array;
  /** The same by code point, for what is not ASCII. */
  readonly others: ReadonlyMap<number, number>;
  /** Whether all symbols are of one byte. */
  readonly isAscii: boolean;
  /** UTF-8 of each numeral, four bytes for each. */
  readonly bytes: Uint8Array;
  readonly sizes: Uint8Array;
}

export const UNKNOWN = -1;
export const SEPARATOR = -2;

/** Digits, capitals and small letters, in the order of the classes of `LETTERS_AND_DIGITS`. */
export const DIGIT_CLASS = 0;
export const UPPER_CLASS = 1;
export const DIGITS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LETTERS_AND_DIGITS: readonly string[] = [DIGITS, UPPER, UPPER.toLowerCase()];

/**
 * @param classes the symbols of each class, no two equal
 * @param separators characters that stay, none of them a symbol
 */
export function symbolsOf(classes: readonly string[], separators: string): Symbols {
  const all = classes.flatMap(symbols => [...symbols]);
  const ascii = new Int32Array(0x80).fill(UNKNOWN);
  const others = new Map<number, number>();
  const set = (character: string, meaning: number): void => {
    const code = character.codePointAt(0)!; // it is one character
    if (code < 0x80) ascii[code] = meaning;
    else others.set(code, meaning);
  };
  for (const separator of separators) set(separator, SEPARATOR);
  all.forEach(set);
  const encoded = all.map(symbol => Buffer.from(symbol));
  const bytes = new Uint8Array(4 * all.length);
  for (const [numeral, symbol] of encoded.entries()) bytes.set(symbol, 4 * numeral);
  const sizes = Uint8Array.from(encoded, symbol => symbol.length);
  return {
    classes: classRanges(classes),
    classOf: Uint8Array.from(classes.flatMap((symbols, index) => [...symbols].map(() => index))),
    isAscii: sizes.every(size => size === 1),
    ...{ ascii, others, bytes, sizes },
  };
}

/** What stands at a byte where a character starts: a numeral, SEPARATOR or UNKNOWN. */
export function symbolAt({ ascii, others }: Symbols, bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!; // the caller's index
  if (lead < 0x80) return ascii[lead]!; // below 128
  return others.size === 0 ? UNKNOWN : (others.get(codePointAt(bytes, at)) ?? UNKNOWN);
}

function classRanges(classes: readonly string[]): SymbolClass[] {
  let from = 0;
  return classes.map(symbols => {
    const radix = [...symbols].length;
    from += radix;
    return { from: from - radix, radix };
  });
}
