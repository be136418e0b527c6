// What redact_text does per second and core: MB/s of text without hits, and hits/s. Run it alone with
// `npx node bench/text.bench.ts [--record]`.

import { writeFileSync } from 'node:fs';
import { type Column, ColumnOutput } from '../src/batch/column.ts';
import { createPrf } from '../src/kernels/prf.ts';
import { type Replacements, type ReplaceParts, redactColumn } from '../src/kernels/redacted-column.ts';
import { surrogateColumn } from '../src/kernels/surrogates.ts';
import type { SpanKind } from '../src/kernels/text-spans.ts';

/** One line of the bench. */
export interface TextFigure {
  readonly what: string;
  readonly megabytesPerSecond: number;
  readonly hitsPerSecond: number;
}

const TEXTS = 500;
const ROUND_MS = 200;
const ROUNDS = 5;
const KEY = new Uint8Array(32).fill(7);

const PROSE =
  'The parcel came on the 3rd of May, two weeks after it was ordered; the box was open and one of the cups had broken. ' +
  'The customer would rather have the money back than another set, and has sent photographs. Refund approved by the shop. ';
const DIGITS =
  'Order 48213 of 2024-02-29 12:34, 3 cups at 12.50 each, 37.50 in total, see page 12. It weighs 1.2 kg: fine. ';
const GERMAN =
  'Das Päckchen kam zwei Wochen später; die Schachtel war geöffnet, und für die Rückgabe fehlte die Grösse. ';
const HITS = 'Call +41 79 123 45 67 or write to ada@mail.org; card 4111 1111 1111 1111, from 192.0.2.77. ';

const SURROGATES: Replacements = new Map<SpanKind, 'label' | ReplaceParts>([
  // Strategies of their own in redact_text; their speed is in the bench of strategies.
  ['email', 'label'],
  ['phone', 'label'],
  ...(['card', 'iban', 'ssn', 'ip', 'url'] as const).map(
    kind => [kind, surrogateColumn(kind, createPrf(KEY))] as const,
  ),
]);

const CASES = [
  { what: 'prose without hits', text: PROSE.repeat(4), hits: 0 },
  { what: 'prose without hits, two names to look for', text: PROSE.repeat(4), hits: 0, names: ['Ada', 'Lovelace'] },
  { what: 'numbers and dates without hits', text: DIGITS.repeat(4), hits: 0 },
  { what: 'German without hits', text: GERMAN.repeat(4), hits: 0 },
  { what: 'four hits in a sentence', text: HITS, hits: 4 },
] as const;

/** Measures everything; `show` gets one line for each. */
export function benchText(show: (line: string) => void): readonly TextFigure[] {
  return CASES.map(one => {
    const input = columnOf(Array.from({ length: TEXTS }, () => one.text));
    const names = 'names' in one ? one.names.map(name => columnOf(Array.from({ length: TEXTS }, () => name))) : [];
    const replacements: Replacements = names.length > 0 ? new Map([...SURROGATES, ['name', 'label']]) : SURROGATES;
    const redact = redactColumn(replacements, names.length);
    const output = new ColumnOutput(TEXTS);
    const perSecond = measure(() => {
      output.reset(TEXTS);
      redact(input, output, names, 0);
      if ((output.at === input.bytes.length) !== (one.hits === 0)) throw new Error(`${one.what}: other hits than said`);
    });
    const megabytesPerSecond = Math.round((perSecond * input.bytes.length) / 1e6);
    const hitsPerSecond = Math.round(perSecond * TEXTS * one.hits);
    show(
      `${String(megabytesPerSecond).padStart(6)} MB/s ${(hitsPerSecond / 1e6).toFixed(2).padStart(6)} M hits/s  ${one.what}`,
    );
    return { what: one.what, megabytesPerSecond, hitsPerSecond };
  });
}

function columnOf(values: readonly string[]): Column {
  const output = new ColumnOutput(values.length);
  for (const value of values) output.pushBytes(Buffer.from(value));
  const { offsets, lengths, count } = output;
  return { bytes: output.bytes.slice(0, output.at), offsets, lengths, count };
}

/** Calls per second of this thread's CPU time; the best of some rounds, since the rest measures what else the machine does. */
function measure(run: () => void): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      run();
      calls++;
      elapsed = cpuMs() - start;
    }
    best = Math.max(best, (calls / elapsed) * 1000);
  }
  return best;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

if (import.meta.main) {
  const figures = benchText(line => process.stdout.write(`${line}\n`));
  if (process.argv.includes('--record')) {
    const record = { date: new Date().toISOString().slice(0, 10), node: process.version, figures };
    writeFileSync(new URL('./records/text.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
}
