// Encrypts and decrypts columns of texts: reads the symbols of all values, has each pattern permute those of its values, and
// writes them back between the separators.

import { type Column, ColumnOutput, type ColumnWithNulls } from '../../batch/column.ts';
import type { CipherOf, Direction } from './ciphers.ts';
import type { TextFormat } from './formats.ts';
import { type Pattern, patternFinder } from './patterns.ts';
import { refuse } from './refuse.ts';
import { freeNumerals, readSymbols, roomFor, type TextValue, type TextValues, writeSymbols } from './text-values.ts';
import { pickColumn, pickNumerals } from './walk.ts';

export interface Ciphering {
  readonly cipherOf: CipherOf;
  readonly direction: Direction;
}

/** @param others what the tweak of each value ends with, where it takes another column; NULL is nothing */
export type ReplaceTexts = (input: Column, output: ColumnOutput, others?: ColumnWithNulls) => void;

/** @throws {UnfitValue} what it returns does, for a value that is not of the format */
export function textColumn(format: TextFormat, { cipherOf, direction }: Ciphering): ReplaceTexts {
  const { symbols, check, groupOf } = format;
  const patternOf = patternFinder({ symbols, cipherOf, direction, groupOf });
  const tweaks = new ColumnOutput();
  const value: TextValue = {
    ...{ values: new Uint16Array(), at: 0, total: 0, lead: 0 },
    ...{ from: 0, to: 0, keptFirst: 0, keptLast: 0 },
  };
  let room: TextValues | undefined;
  return (input, output, others) => {
    const texts = roomFor(input, room);
    room = texts;
    const patterns: Pattern[] = [];
    const columns = { input, symbols, texts, output };
    tweaks.reset(input.count);
    for (let index = 0; index < input.count; index++) {
      if (!readSymbols(input, index, columns)) refuse(output, index, format.wanted);
      show(value, index, columns);
      if (!format.fit(value)) refuse(output, index, format.wanted);
      const { at, from, to } = value;
      const pattern = patternOf(texts.values, at + from, at + to);
      if (!pattern)
        refuse(output, index, `${format.wanted}, and what is encrypted of them has at least 1,000,000 forms`);
      patterns.push(pattern);
      texts.offsets[index] = at + from;
      texts.lengths[index] = to - from;
      if (check) texts.remembered[index] = check.remember(value);
      if (others || value.keptFirst + value.keptLast > 0) writeTweak(tweaks, { value, symbols, others, index });
      tweaks.push();
    }
    permute(patterns, texts, tweaks.at > 0 ? tweaks : undefined);
    for (let index = 0; index < input.count; index++) {
      if (check) {
        show(value, index, columns);
        format.fit(value);
        check.restore(value, texts.remembered[index]!); // set above
      }
      writeSymbols(input, index, columns);
    }
  };
}

interface ShownColumns {
  readonly input: Column;
  readonly texts: TextValues;
}

function show(value: TextValue, index: number, { input, texts }: ShownColumns): void {
  value.values = texts.values;
  value.at = texts.starts[index]!; // read, as the next one is
  value.total = texts.starts[index + 1]! - value.at;
  value.lead = input.lengths[index]! > 0 ? input.bytes[input.offsets[index]!]! : 0; // index < count
}

interface TweakParts {
  readonly value: TextValue;
  readonly symbols: TextFormat['symbols'];
  readonly others: ColumnWithNulls | undefined;
  readonly index: number;
}

/** What stays of a value belongs to its tweak: what it says must not tell how the rest of another value is encrypted. */
function writeTweak(tweaks: ColumnOutput, { value, symbols, others, index }: TweakParts): void {
  const { values, at, total, keptFirst, keptLast } = value;
  for (let kept = 0; kept < keptFirst + keptLast; kept++) {
    const symbol = kept < keptFirst ? kept : total - keptLast + kept - keptFirst;
    const numeral = values[at + symbol]!; // a symbol of the value
    tweaks.write(symbols.bytes, 4 * numeral, 4 * numeral + symbols.sizes[numeral]!); // as many as symbols
  }
  const length = others ? others.lengths[index]! : -1; // as many values
  if (others && length > 0) {
    const start = others.offsets[index]!; // as many values
    tweaks.write(others.bytes, start, start + length);
  }
}

function permute(patterns: readonly Pattern[], texts: TextValues, tweaks: Column | undefined): void {
  const numerals = freeNumerals(texts, patterns.length);
  const [first] = patterns;
  if (patterns.every(pattern => pattern === first)) {
    first?.permute(numerals, tweaks);
    return;
  }
  const groups = Map.groupBy(patterns.keys(), index => patterns[index]!); // its keys
  for (const [pattern, indexes] of groups) {
    pattern.permute(pickNumerals(numerals, indexes), tweaks && pickColumn(tweaks, indexes));
  }
}
