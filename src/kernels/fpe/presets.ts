// The presets of format-preserving encryption: what each is for, which options it takes, and what it refuses while planning.

import { type ColumnType, StrategyRefusal, type ValueKind } from '../../strategy.ts';
import { MAX_RADIX } from '../numerals.ts';
import {
  cardFormat,
  type Keeping,
  lettersAndDigits,
  phoneFormat,
  plainFormat,
  ssnFormat,
  type TextFormat,
} from './formats.ts';
import { ibanFormat } from './iban.ts';
import { bindDates, bindIntegers } from './ranges.ts';
import { DIGITS, SEPARATOR, symbolAt, symbolsOf } from './symbols.ts';
import { type Ciphering, type ReplaceTexts, textColumn } from './text-column.ts';
import { uuidColumn } from './uuids.ts';

export const PRESETS = ['card', 'ssn', 'iban', 'phone', 'digits', 'alphanumerics', 'uuid', 'integer', 'date'] as const;
type Preset = (typeof PRESETS)[number];

/** The options that presets take. */
export interface Chosen {
  readonly preset?: Preset | undefined;
  readonly alphabet?: string | undefined;
  readonly separators?: string | undefined;
  readonly keep_first?: number | undefined;
  readonly keep_last?: number | undefined;
  readonly luhn?: boolean | undefined;
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
}

/** Makes the column of a preset. */
export type Bind = (ciphering: Ciphering) => Bound;

export interface Bound {
  readonly replace: ReplaceTexts;
  /** Characters of the longest output, if there is a limit. */
  readonly maxLength?: number | undefined;
}

interface Definition {
  readonly kinds: readonly ValueKind[];
  readonly takes: readonly (keyof Chosen)[];
  bind(chosen: Chosen, type: ColumnType): Bind;
}

const KEEPS = ['keep_first', 'keep_last'] as const;
const DEFINITIONS: Readonly<Record<Preset | 'alphabet', Definition>> = {
  card: textPreset(['separators', ...KEEPS, 'luhn'], ({ separators = ' -', keep_first, keep_last, luhn }) =>
    cardFormat(separators, { first: keep_first ?? 6, last: keep_last ?? 4, luhn: luhn ?? true }),
  ),
  ssn: textPreset(['separators'], ({ separators = ' -' }) => ssnFormat(separators)),
  iban: textPreset(['separators'], ({ separators = ' ' }) => ibanFormat(separators)),
  phone: textPreset(['separators', ...KEEPS], ({ separators = ' +()-./', ...chosen }) =>
    phoneFormat(separators, keeping(chosen)),
  ),
  digits: textPreset(['separators', ...KEEPS, 'luhn'], ({ separators = ' -./', ...chosen }) => {
    const wanted = 'it consists of digits and separators';
    return plainFormat({ symbols: symbolsOf([DIGITS], separators), wanted }, keeping(chosen));
  }),
  alphanumerics: textPreset(['separators', ...KEEPS], ({ separators = ' -./_', ...chosen }) =>
    lettersAndDigits(separators, keeping(chosen)),
  ),
  alphabet: textPreset(['alphabet', 'separators', ...KEEPS, 'luhn'], alphabetFormat),
  uuid: {
    kinds: ['uuid', 'text'],
    takes: [],
    bind: () => ciphering => ({ replace: uuidColumn(ciphering), maxLength: 36 }),
  },
  integer: { kinds: ['integer', 'decimal', 'text'], takes: ['min', 'max'], bind: bindIntegers },
  date: { kinds: ['date', 'timestamp', 'text'], takes: ['min', 'max'], bind: bindDates },
};

/** Where no preset and no alphabet is given. */
const PRESET_OF_KIND: Partial<Record<ValueKind, Preset>> = {
  integer: 'integer',
  date: 'date',
  timestamp: 'date',
  uuid: 'uuid',
};

/** @throws {StrategyRefusal} for options that do not go together, and for a domain below 1,000,000 */
export function choosePreset(chosen: Chosen, type: ColumnType): Bind {
  const { preset = chosen.alphabet === undefined ? PRESET_OF_KIND[type.kind] : 'alphabet' } = chosen;
  if (!preset) {
    throw new StrategyRefusal(`it does not follow from ${type.name} what the values are`, 'Give preset or alphabet.');
  }
  const { kinds, takes, bind } = DEFINITIONS[preset];
  const strange = Object.entries(chosen).find(([name, value]) => value !== undefined && isStrange(name, takes))?.[0];
  if (strange) {
    throw new StrategyRefusal(
      `${strange} has no meaning for ${nameOf(preset)}`,
      `Leave out ${strange}, or change the preset.`,
    );
  }
  if (!kinds.includes(type.kind)) {
    throw new StrategyRefusal(`${nameOf(preset)} does not go with ${type.name}`, `It goes with ${kinds.join(', ')}.`);
  }
  return bind(chosen, type);
}

const PRESET_OPTIONS: readonly string[] = ['alphabet', 'separators', ...KEEPS, 'luhn', 'min', 'max'];
const isStrange = (name: string, takes: readonly string[]): boolean =>
  PRESET_OPTIONS.includes(name) && !takes.includes(name);
const nameOf = (preset: Preset | 'alphabet'): string => (preset === 'alphabet' ? preset : `preset ${preset}`);

const keeping = ({ keep_first = 0, keep_last = 0, luhn = false }: Chosen): Keeping => ({
  first: keep_first,
  last: keep_last,
  luhn,
});

function textPreset(takes: readonly (keyof Chosen)[], formatFor: (chosen: Chosen) => TextFormat): Definition {
  return {
    kinds: ['text'],
    takes,
    bind(chosen, { maxLength, name }) {
      const format = formatFor(chosen);
      checkSeparators(format, chosen);
      if (maxLength !== undefined && maxLength < format.shortest) {
        throw new StrategyRefusal(
          `${name} holds no value of which at least 1,000,000 forms are possible: that takes ${format.shortest} characters`,
          'Let fewer characters stay, or use another strategy.',
        );
      }
      return ciphering => ({ replace: textColumn(format, ciphering), maxLength });
    },
  };
}

function checkSeparators({ symbols }: TextFormat, { separators = '' }: Chosen): void {
  if ([...separators].every(separator => symbolAt(symbols, Buffer.from(separator), 0) === SEPARATOR)) return;
  throw new StrategyRefusal('separators has a character that is to be encrypted', 'Take it out of separators.');
}

function alphabetFormat({ alphabet = '', separators = '', ...chosen }: Chosen): TextFormat {
  const size = [...alphabet].length;
  if (size < 2 || size > MAX_RADIX || new Set([...alphabet]).size !== size || !alphabet.isWellFormed()) {
    throw new StrategyRefusal(`alphabet is not 2 to ${MAX_RADIX} different characters`, 'Give each character once.');
  }
  if (chosen.luhn && alphabet !== DIGITS) {
    throw new StrategyRefusal(`luhn takes the digits, in their order`, `Use alphabet: "${DIGITS}", or leave out luhn.`);
  }
  const wanted = 'it consists of characters of the alphabet and separators';
  return plainFormat({ symbols: symbolsOf([alphabet], separators), wanted }, keeping(chosen));
}
