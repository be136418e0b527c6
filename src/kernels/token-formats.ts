// What tokens look like: the formats of `tokenize`, each with how it is written and how many different tokens it has.

import type { Column, ColumnOutput } from '../batch/column.ts';
import { type ColumnType, StrategyRefusal } from '../strategy.ts';
import { BASE32, BASE64URL, type CharacterWriter, characterWriter, DECIMAL, HEX, nextCharacter } from './alphabets.ts';
import { DIGITS_OF_DIGEST, digitWriter } from './digits.ts';
import { isSourceNumber, isSourceValue } from './source-value.ts';
import { alphabetWriter, hasShape, type TokenWriter, turnShape, writeShape } from './token-text.ts';
import { integerDigits } from './type-text.ts';
import { UUID_BITS, UUID_LENGTH, writeUuid } from './uuid.ts';

/** The formats by name. */
export const TOKEN_FORMATS = ['base32', 'base64url', 'hex', 'digits', 'uuid', 'shape'] as const;

/** As the options of `tokenize` say it. */
export interface TokenChoice {
  readonly format?: (typeof TOKEN_FORMATS)[number] | undefined;
  readonly prefix?: string | undefined;
  readonly alphabet?: string | undefined;
  readonly length?: number | undefined;
}

export interface TokenFormat {
  /** Writes a whole token, prefix included; never the value that it replaces. */
  readonly write: TokenWriter;
  /** Characters with the prefix, and log2 of how many tokens there are; undefined where both are the value's. */
  readonly length?: number;
  readonly bits?: number;
  /** Why there can be no token for value `index`, if so. */
  readonly obstacle?: (input: Column, index: number) => string | undefined;
}

const OF_DIGEST = {
  base32: { alphabet: BASE32, usual: 26, most: 51 },
  base64url: { alphabet: BASE64URL, usual: 22, most: 42 },
  hex: { alphabet: HEX, usual: 32, most: 64 },
} as const;
/** Digits of a bigint that every one may have. */
const USUAL_DIGITS = 18;
const ENOUGH_BITS = 128;
/** Letters and digits that a value must have to lend its shape: fewer leave too few tokens. */
const LEAST_SHAPE = 4;

/** A part of a format before the prefix and the check for the source value. */
interface Body {
  readonly write: TokenWriter;
  readonly turn: (output: ColumnOutput) => void;
  readonly length?: number;
  readonly bits?: number;
}

/** @throws {StrategyRefusal} for what does not go together, or not into the type */
export function tokenFormat(choice: TokenChoice, type: ColumnType): TokenFormat {
  const isNumber = type.kind === 'integer' || type.kind === 'decimal';
  const body = bodyFor(choice, type, isNumber);
  const prefix = Buffer.from(choice.prefix ?? '');
  const isSource = isNumber ? isSourceNumber : isSourceValue;
  return {
    ...(body.length !== undefined && { length: prefix.length + body.length }),
    ...(body.bits !== undefined && { bits: body.bits }),
    ...(choice.format === 'shape' && { obstacle: shapeless }),
    write(seeds, from, { input, index }, output) {
      output.write(prefix);
      body.write(seeds, from, { input, index }, output);
      if (isSource(input, index, output)) body.turn(output);
    },
  };
}

function bodyFor(choice: TokenChoice, type: ColumnType, isNumber: boolean): Body {
  const usual = isNumber ? 'digits' : type.kind === 'uuid' ? 'uuid' : 'base32';
  const { format = usual, prefix, alphabet, length } = choice;
  if (type.kind !== 'text' && (format !== usual || prefix !== undefined || alphabet !== undefined)) {
    throw new StrategyRefusal(
      `${type.name} holds no other tokens than ${usual}`,
      'Leave out format, prefix and alphabet.',
    );
  }
  if (alphabet !== undefined) return ofAlphabet(alphabet, choice);
  if (format === 'digits') return ofDigits(length, type, isNumber);
  if (format === 'shape' || format === 'uuid') {
    if (length !== undefined) throw new StrategyRefusal(`format ${format} has its own length`, 'Leave out length.');
    if (format === 'shape') return { write: writeShape, turn: turnShape };
    return { write: byDigest(writeUuid), turn: turnLastOf(HEX), length: UUID_LENGTH, bits: UUID_BITS };
  }
  const { alphabet: characters, usual: usualLength, most } = OF_DIGEST[format];
  const count = atMost(most, length ?? usualLength);
  return {
    write: byDigest(characterWriter(characters, count)),
    turn: turnLastOf(characters),
    length: count,
    bits: count * characters.bits,
  };
}

function ofAlphabet(alphabet: string, { format, length }: TokenChoice): Body {
  if (format !== undefined)
    throw new StrategyRefusal('format and alphabet exclude each other', 'Leave out one of the two.');
  const characters = Uint8Array.from(Buffer.from(alphabet, 'latin1'));
  const bits = Math.log2(characters.length);
  const count = length ?? Math.ceil(ENOUGH_BITS / bits);
  return {
    write: alphabetWriter(characters, count),
    turn: turnLastOf({ characters }),
    length: count,
    bits: count * bits,
  };
}

function ofDigits(length: number | undefined, type: ColumnType, isNumber: boolean): Body {
  const most = Math.min((isNumber && integerDigits(type)) || DIGITS_OF_DIGEST, DIGITS_OF_DIGEST);
  const count = atMost(most, length ?? Math.min(most, USUAL_DIGITS));
  const write = byDigest(digitWriter(count, isNumber));
  return { write, turn: turnLastOf(DECIMAL), length: count, bits: count * Math.log2(10) };
}

function atMost(most: number, length: number): number {
  if (length <= most) return length;
  throw new StrategyRefusal(`length: ${length} is more than fits`, `Use length: ${most} or less.`);
}

const byDigest =
  (write: CharacterWriter): TokenWriter =>
  (seeds, from, _, output) =>
    write(seeds, from, output);

const turnLastOf =
  (alphabet: Parameters<typeof nextCharacter>[0]) =>
  (output: ColumnOutput): void => {
    const last = output.at - 1;
    output.bytes[last] = nextCharacter(alphabet, output.bytes[last]!); // a token has a character at least
  };

const shapeless = (input: Column, index: number): string | undefined =>
  hasShape(input, index, LEAST_SHAPE)
    ? undefined
    : `it has no shape of its own: that takes ASCII text with ${LEAST_SHAPE} letters or digits.`;
