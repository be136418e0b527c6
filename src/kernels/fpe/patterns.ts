// How the symbols of a value are encrypted, by the classes that they are of: symbols of one class as a numeral string of its radix;
// symbols of several as the number that they make in mixed radices, so that each stays in its class.

import type { Column } from '../../batch/column.ts';
import { MIN_DOMAIN, type Numerals } from '../numerals.ts';
import type { CipherOf, Direction } from './ciphers.ts';
import { positional } from './positional.ts';
import { ranksBelow } from './ranks.ts';
import type { Symbols } from './symbols.ts';
import { walk } from './walk.ts';

/** Encrypts strings of one pattern in their place. */
export interface Pattern {
  permute(numerals: Numerals, tweaks: Column | undefined): void;
}

/** The pattern of the symbols from `at` to `end`; undefined where they are too few to encrypt, or too many. */
export type PatternOf = (values: Uint16Array, at: number, end: number) => Pattern | undefined;

export interface PatternSettings {
  readonly symbols: Symbols;
  readonly cipherOf: CipherOf;
  readonly direction: Direction;
  /** See TextFormat. */
  readonly groupOf?: ((values: Uint16Array, at: number) => number) | undefined;
}

/** Patterns that are kept; values of ever new ones make it begin again. */
const MAX_PATTERNS = 1000;

export function patternFinder(settings: PatternSettings): PatternOf {
  const { classes, classOf } = settings.symbols;
  const uniform = classes.map((_, index) => uniformPattern(settings, index));
  const mixed = new Map<string, Pattern | undefined>();
  let kinds = Buffer.alloc(64);
  return (values, at, end) => {
    const length = end - at;
    if (length < 1) return undefined;
    const first = classOf[values[at]!]!; // at < end, and it is a numeral of the symbols
    let isUniform = true;
    if (length > kinds.length) kinds = Buffer.alloc(2 * length);
    for (let index = 0; index < length && classes.length > 1; index++) {
      kinds[index] = classOf[values[at + index]!]!; // as above
      if (kinds[index] !== first) isUniform = false;
    }
    if (isUniform) {
      const { cipher, pattern } = uniform[first]!; // one for each class
      return length >= cipher.minLength && length <= cipher.maxLength ? pattern : undefined;
    }
    const key = kinds.toString('latin1', 0, length);
    if (mixed.has(key)) return mixed.get(key);
    if (mixed.size >= MAX_PATTERNS) mixed.clear();
    const pattern = mixedPattern(settings, Uint8Array.from(kinds.subarray(0, length)));
    mixed.set(key, pattern);
    return pattern;
  };
}

function uniformPattern({ symbols, cipherOf, direction, groupOf }: PatternSettings, index: number) {
  const { from, radix } = symbols.classes[index]!; // an index of the classes
  const cipher = cipherOf(radix);
  const pattern: Pattern = {
    permute(numerals, tweaks) {
      if (from > 0) shift(numerals, -from);
      if (groupOf) walkInGroups(numerals, tweaks);
      else cipher[direction](numerals, tweaks);
      if (from > 0) shift(numerals, from);
    },
  };
  function walkInGroups(numerals: Numerals, tweaks: Column | undefined): void {
    const { values, offsets, count } = numerals;
    const groups = Uint8Array.from({ length: count }, (_, value) => groupOf!(values, offsets[value]!)); // value < count
    walk(numerals, {
      cipher,
      direction,
      tweaks,
      isInside: (start, value) => groupOf!(values, start) === groups[value],
    });
  }
  return { cipher, pattern };
}

function shift({ values, offsets, lengths, count }: Numerals, by: number): void {
  for (let index = 0; index < count; index++) {
    const start = offsets[index]!; // index < count, as below
    const end = start + lengths[index]!;
    for (let at = start; at < end; at++) values[at]! += by;
  }
}

function mixedPattern({ symbols, cipherOf, direction }: PatternSettings, kinds: Uint8Array): Pattern | undefined {
  const classes = [...kinds].map(kind => symbols.classes[kind]!); // an index of the classes
  const source = positional(classes.map(({ radix }) => radix));
  if (source.size < MIN_DOMAIN) return undefined;
  const ranks = ranksBelow(source.size);
  const cipher = cipherOf(ranks.radix);
  if (ranks.length > cipher.maxLength) return undefined;
  const isSmall = source.isSmall && ranks.digits.isSmall;
  const froms = Uint8Array.from(classes, ({ from }) => from);
  const own = new Uint16Array(kinds.length);
  return {
    permute({ values, offsets, count }, tweaks) {
      const { length, digits } = ranks;
      const strings = new Uint16Array(count * length);
      for (let index = 0; index < count; index++) {
        const start = offsets[index]!; // index < count
        for (let at = 0; at < own.length; at++) own[at] = values[start + at]! - froms[at]!; // as long
        if (isSmall) digits.writeNumber(strings, index * length, source.readNumber(own, 0));
        else digits.write(strings, index * length, source.read(own, 0));
      }
      const numerals = {
        values: strings,
        offsets: Int32Array.from({ length: count }, (_, index) => index * length),
        lengths: new Int32Array(count).fill(length),
        count,
      };
      ranks.permute(numerals, { cipher, direction, tweaks });
      for (let index = 0; index < count; index++) {
        if (isSmall) source.writeNumber(own, 0, digits.readNumber(strings, index * length));
        else source.write(own, 0, digits.read(strings, index * length));
        const start = offsets[index]!; // index < count
        for (let at = 0; at < own.length; at++) values[start + at] = own[at]! + froms[at]!; // as long
      }
    },
  };
}
