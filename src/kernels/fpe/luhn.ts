// The Luhn formula (ISO/IEC 7812-1, Annex B) over numerals: what a digit must be so that the sum keeps its remainder.

/** By digit: what it adds where it is doubled, and the digit that adds so much. */
const doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
const halved = doubled.map((_, sum) => doubled.indexOf(sum));

/** The Luhn sum of digits, mod 10: 0 where they are valid. The last digit counts once, the one before it twice. */
export function luhnRemainder(values: Uint16Array, from: number, to: number): number {
  let sum = 0;
  for (let at = to - 1; at >= from; at -= 2) sum += values[at]!; // from ≤ at < to, as below
  for (let at = to - 2; at >= from; at -= 2) sum += doubled[values[at]!]!; // a digit
  return sum % 10;
}

/** Changes the digit at `at` so that digits `from` to `to` have this remainder; there is one such digit. */
export function setLuhnRemainder(
  values: Uint16Array,
  { from, to, at }: { readonly from: number; readonly to: number; readonly at: number },
  remainder: number,
): void {
  values[at] = 0;
  const missing = (remainder - luhnRemainder(values, from, to) + 10) % 10;
  values[at] = (to - 1 - at) % 2 === 0 ? missing : halved[missing]!; // below 10
}
