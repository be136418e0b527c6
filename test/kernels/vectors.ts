// Published test vectors: `$PGVEIL_VECTORS`, or ../shared/vectors beside the repository. Where neither exists tests are skipped.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = process.env.PGVEIL_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url));

/** Whether there are vectors to test with. */
export const hasVectors = existsSync(folder);

/** The fields of every case of a file; `-` is an empty tweak. */
export function readVectors(file: string): string[][] {
  const lines = readFileSync(`${folder}/${file}`, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '');
  return lines.map(line =>
    line
      .trim()
      .split(' ')
      .map(field => (field === '-' ? '' : field)),
  );
}

/** Numerals of a text in an alphabet. */
export function numeralsOf(text: string, alphabet: string): number[] {
  return [...text].map(symbol => {
    const numeral = alphabet.indexOf(symbol);
    if (numeral < 0) throw new Error('a vector has a symbol that is not in its alphabet');
    return numeral;
  });
}

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
/** The alphabets of the vectors. */
export const ALPHABETS = {
  base36: DIGITS + LOWER,
  digits: DIGITS,
  lower: LOWER,
  /** The order of ACVP's radix 64. */
  base64: `${DIGITS}${LOWER.toUpperCase()}${LOWER}+/`,
} as const;
