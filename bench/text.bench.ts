// What redact_text does per second and core: MB/s of text without hits, and hits/s. E-mail addresses and telephone numbers are labels
// here: their surrogates are strategies with figures of their own.

import { ColumnOutput } from '../src/batch/column.ts';
import type { Figure } from './figure.ts';
import { perCpuSecond } from './measure.ts';
import { bindCase, columnOf } from './strategy-work.ts';

const TEXTS = 500;
/** MB/s of text without hits. */
const FLOOR = 50;

const PROSE =
  'The parcel came on the 3rd of May, two weeks after it was ordered; the box was open and one of the cups had broken. ' +
  'The customer would rather have the money back than another set, and has sent photographs. Refund approved by the shop. ';
const DIGITS =
  'Order 48213 of 2024-02-29 12:34, 3 cups at 12.50 each, 37.50 in total, see page 12. It weighs 1.2 kg: fine. ';
const GERMAN =
  'Das Päckchen kam zwei Wochen später; die Schachtel war geöffnet, und für die Rückgabe fehlte die Grösse. ';
const HITS = 'Call +41 79 123 45 67 or write to ada@mail.org; card 4111 1111 1111 1111, from 192.0.2.77. ';

interface Case {
  readonly what: string;
  readonly text: string;
  readonly hits: number;
  /** Names in other columns of the row. */
  readonly names?: readonly string[];
}

const CASES: readonly Case[] = [
  { what: 'prose without hits', text: PROSE.repeat(4), hits: 0 },
  { what: 'prose without hits, two names to look for', text: PROSE.repeat(4), hits: 0, names: ['Ada', 'Lovelace'] },
  { what: 'numbers and dates without hits', text: DIGITS.repeat(4), hits: 0 },
  { what: 'German without hits', text: GERMAN.repeat(4), hits: 0 },
  { what: 'four hits in a sentence', text: HITS, hits: 4 },
];

/** Measures each case. */
export async function* benchText(): AsyncGenerator<Figure> {
  for (const { what, text, hits, names = [] } of CASES) {
    const others = Object.fromEntries(names.map((name, number) => [`name_${number}`, () => name]));
    const options = { email: 'label', phone: 'label', names: Object.keys(others), names_as: 'label' };
    const { instance, reads } = await bindCase({ strategy: 'redact_text', options, value: () => text, others });
    const input = columnOf(Array.from({ length: TEXTS }, () => text));
    const read = reads.map(name => columnOf(Array.from({ length: TEXTS }, others[name]!))); // it reads what it is given
    const output = new ColumnOutput(TEXTS);
    const bytes = perCpuSecond(() => {
      output.reset(TEXTS);
      instance.column(input, output, read, 0);
      if ((output.at === input.bytes.length) !== (hits === 0)) throw new Error(`${what}: other hits than said`);
      return input.bytes.length;
    });
    yield { what: `redact_text, ${what}`, value: bytes / 1e6, unit: 'MB/s', floor: hits === 0 ? FLOOR : undefined };
    if (hits > 0) {
      const each = input.bytes.length / (TEXTS * hits);
      yield { what: `redact_text, ${what}`, value: bytes / each, unit: 'hits/s' };
    }
  }
}
