// Numbers as digits of given radices, most significant first: how numeral strings of one kind become numeral strings of another.
// Digits are gathered in doubles as long as they are exact; only larger numbers take BigInt, once for each double.

/** Converts between a number and its digits in `values`, from `at` on. */
export interface Positional {
  readonly length: number;
  /** Numbers are below it. */
  readonly size: bigint;
  /** Whether all numbers are exact in a double: `readNumber` and `writeNumber` work. */
  readonly isSmall: boolean;
  read(values: Uint16Array, at: number): bigint;
  write(values: Uint16Array, at: number, number: bigint): void;
  readNumber(values: Uint16Array, at: number): number;
  writeNumber(values: Uint16Array, at: number, number: number): void;
}

/** Digits `from` to `to`, as one number below `size`. */
interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

const MAX_SAFE = 2 ** 53;

/** @param radices of the digits, each from 1 to 65,536 */
export function positional(radices: readonly number[]): Positional {
  const chunks = cutIntoChunks(radices);
  const sizes = chunks.map(({ size }) => BigInt(size));
  const whole = chunks[0] ?? { from: 0, to: 0, size: 1 };
  return {
    length: radices.length,
    size: sizes.reduce((product, size) => product * size, 1n),
    isSmall: chunks.length <= 1,
    read(values, at) {
      let number = 0n;
      for (let index = 0; index < chunks.length; index++) {
        number = number * sizes[index]! + BigInt(readChunk(values, at, { radices, ...chunks[index]! })); // index < length
      }
      return number;
    },
    write(values, at, number) {
      let rest = number;
      for (let index = chunks.length - 1; index >= 0; index--) {
        const size = sizes[index]!; // index < length
        writeChunk(values, at, { radices, ...chunks[index]! }, Number(rest % size)); // index < length
        rest /= size;
      }
    },
    readNumber: (values, at) => readChunk(values, at, { radices, ...whole }),
    writeNumber: (values, at, number) => writeChunk(values, at, { radices, ...whole }, number),
  };
}

function cutIntoChunks(radices: readonly number[]): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  let size = 1;
  for (const [index, radix] of radices.entries()) {
    if (size * radix > MAX_SAFE) {
      chunks.push({ from, to: index, size });
      from = index;
      size = 1;
    }
    size *= radix;
  }
  return from < radices.length ? [...chunks, { from, to: radices.length, size }] : chunks;
}

type Digits = Chunk & { readonly radices: readonly number[] };

function readChunk(values: Uint16Array, at: number, { radices, from, to }: Digits): number {
  let number = 0;
  for (let digit = from; digit < to; digit++) number = number * radices[digit]! + values[at + digit]!; // digit < length
  return number;
}

function writeChunk(values: Uint16Array, at: number, { radices, from, to }: Digits, number: number): void {
  let rest = number;
  for (let digit = to - 1; digit >= from; digit--) {
    const radix = radices[digit]!; // digit < length
    let quotient = Math.floor(rest / radix);
    if (quotient * radix > rest) quotient--; // the division was rounded up to a whole number
    values[at + digit] = rest - quotient * radix;
    rest = quotient;
  }
}
